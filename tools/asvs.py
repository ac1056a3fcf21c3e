"""OWASP ASVS 5.0.0 answered by our controls, as data: safety/asvs.yaml.

``python -m tools.asvs --catalogue asvs5.csv`` reads the official list besides and prints which
requirements nobody has answered, by level.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tools.controls import STATES, State, controls
from tools.facts import ROOT

ANSWERS: Final = ROOT / "safety" / "asvs.yaml"

REQUIREMENTS: Final = 345
"""How many the catalogue has: 70 of level 1, 183 of level 2, 92 of level 3."""

WORST: Final[tuple[State, ...]] = ("not_yet", "partly", "not_ours", "met")


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One requirement, section or chapter, and the controls that answer it."""

    id: Annotated[str, Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2}){0,2}$")]
    controls: Annotated[tuple[int, ...], Meta(min_length=1)]
    note: str = ""

    @property
    def is_requirement(self) -> bool:
        """Whether it is one requirement, and not a whole section or chapter."""
        return self.id.count(".") == 2  # noqa: PLR2004


class Requirement(Struct, frozen=True, kw_only=True):
    """One line of the official catalogue."""

    id: str
    level: str


def answers() -> tuple[Answer, ...]:
    """Return every answer, in the order of the catalogue."""
    found = msgspec.yaml.decode(ANSWERS.read_bytes(), type=tuple[Answer, ...])
    return tuple(sorted(found, key=lambda each: _order(each.id)))


def state(answer: Answer) -> State:
    """Return how far it is met: no further than the least met of its controls."""
    known = {number: control.state for number, control in controls()}
    return min((known.get(each, "not_yet") for each in answer.controls), key=WORST.index)


def catalogue(path: Path) -> tuple[Requirement, ...]:
    """Return the requirements of the official CSV. Raises ValueError for another file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines or not {"req_id", "L"} <= lines[0].keys():
        raise ValueError(f"{path} is not the CSV of ASVS 5: it wants the columns req_id and L")
    return tuple(
        Requirement(id=line["req_id"].removeprefix("V"), level=line["L"]) for line in lines
    )


def unanswered(wanted: Iterable[Requirement]) -> list[Requirement]:
    """Return what no answer is about. One for a whole chapter answers none of its lines."""
    answered = {each.id for each in answers() if each.is_requirement}
    return [each for each in wanted if each.id not in answered]


def table() -> str:
    """Return the answers as one document."""
    single = [each for each in answers() if each.is_requirement]
    counted = Counter(state(each) for each in single)
    said = ", ".join(
        f"{counted[name]} {words}" for name, words in STATES.items() if counted[name]
    )
    lines = [
        "# OWASP ASVS 5.0.0",
        "",
        "<!-- Made by `python -m tools.generate` from safety/asvs.yaml. Do not edit. -->",
        "",
        f"**{len(single)} of {REQUIREMENTS} requirements are answered one by one** ({said}), and",
        f"{len(answers()) - len(single)} chapters and sections in outline. **The others are not",
        "answered**: the catalogue was not at hand, and no wording is made up here. With the",
        "official CSV `python -m tools.asvs --catalogue asvs5.csv` lists each that is missing.",
        "How far something is met follows from [our controls](../security/controls.md).",
        "",
        "| ASVS | Met | Controls | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {'' if each.is_requirement else 'V'}{each.id} | {STATES[state(each)]} "
        f"| {', '.join(str(number) for number in each.controls)} | {each.note} |"
        for each in answers()
    ]
    return "\n".join(lines) + "\n"


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def main() -> None:
    """Print what is unanswered of a catalogue."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--catalogue", type=Path, required=True, help="the official CSV")
    wanted = catalogue(parser.parse_args().catalogue)
    missing = unanswered(wanted)
    for each in missing:
        print(f"V{each.id} (level {each.level})")
    print(f"{len(wanted) - len(missing)} of {len(wanted)} answered, {len(missing)} not.")


if __name__ == "__main__":
    main()
