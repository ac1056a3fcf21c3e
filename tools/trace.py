"""From each hazard and each security control to its code and its test: ``python -m tools.trace``.

Exits 1 when something leads nowhere. With ``--results report.xml`` each named test must have
passed in that run: one that was skipped or did not run proves nothing. CI says ``--skipped``
where the examples that some need are not beside the repository. ``--strict`` wants a file
for every hazard and every control besides.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools import facts
from tools.controls import awaited, controls
from tools.hazards import hazards
from tools.results import WORDS, Lenient, Outcome, Run
from tools.safety_case import handover

HAZARDS: Final = frozenset(f"H{number:02}" for number in range(1, 31))
"""The hazards that the project began with; more may be added."""


def broken(
    run: Run | None = None, *, strict: bool = False, skipped: bool = False
) -> Iterator[str]:
    """Yield a sentence for everything that leads nowhere; *skipped* tests count as passed."""
    said = Lenient(run) if run is not None and skipped else run
    given = handover()
    for _, hazard in hazards():
        for control in hazard.controls:
            if control.kind == "design":
                yield from _dead_code(hazard.id, control.code)
                yield from _dead_test(hazard.id, control.test, said)
            elif control.text not in given:
                yield f"{hazard.id}: not in the hand-over: {control.text}"
    for number, held in controls():
        for code in held.code:
            yield from _dead_code(f"C{number:02}", code)
        for test in held.tests:
            yield from _dead_test(f"C{number:02}", test, said)
    if strict:
        yield from (f"{each}: there is no such file" for each in missing_hazards())
        yield from (f"C{number:02}: there is no such file" for number in awaited())


def missing_hazards() -> list[str]:
    """Return the hazards that have no file."""
    return sorted(HAZARDS - {hazard.id for _, hazard in hazards()})


def names_something(reference: str) -> bool:
    """Return whether *reference*, ``path`` or ``path::Name``, is there."""
    path, _, name = reference.partition("::")
    file = facts.ROOT / path
    if not path or not file.exists():
        return False
    if not name:
        return True
    if file.suffix == ".py":
        return name.partition(".")[0] in facts.names_in(file)
    return name in file.read_text(encoding="utf-8")


def _dead_code(of: str, reference: str) -> Iterator[str]:
    if not names_something(reference):
        yield f"{of}: there is no code {reference or '(none named)'}"


def _dead_test(of: str, test: str, run: Run | Lenient | None) -> Iterator[str]:
    if test not in facts.every_test():
        yield f"{of}: there is no test {test or '(none named)'}"
    elif run is not None and run[test] is not Outcome.PASSED:
        yield f"{of}: {WORDS[run[test]]}: {test}"


def main() -> int:
    """Print what leads nowhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="pytest's JUnit report")
    parser.add_argument("--strict", action="store_true", help="want every file")
    parser.add_argument("--skipped", action="store_true", help="let tests be skipped")
    asked = parser.parse_args()
    run = Run(asked.results) if asked.results else None
    found = list(broken(run, strict=asked.strict, skipped=asked.skipped))
    print(
        *found or ["Every hazard and every control leads to its code and its test."], sep="\n"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
