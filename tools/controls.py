"""The 44 security controls as data: one YAML file for each, and the table made from them.

A control is *met* when the program holds it and a test proves it; *partly* when some of it is
held; *not yet* when nothing is; *not ours* when an organisation must do it, and which.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from tools.facts import ROOT

CONTROLS: Final = ROOT / "safety" / "controls"

NUMBERS: Final = range(1, 45)

GROUPS: Final[Mapping[int, str]] = {
    1: "Who somebody is",
    12: "What they may see",
    18: "Data and journal",
    27: "Backup and survival",
    32: "Input and output",
    40: "Supply chain and process",
}
"""By the first number of each."""

State: TypeAlias = Literal["met", "partly", "not_yet", "not_ours"]

STATES: Final[Mapping[State, str]] = {
    "met": "met",
    "partly": "partly",
    "not_yet": "not yet",
    "not_ours": "not ours",
}

Words = Annotated[str, Meta(min_length=10)]


class Control(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement that can be tested. ``code`` is ``path`` or ``path::Name``."""

    control: Words
    state: State
    how: Words
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    missing: str = ""
    whose: str = ""

    def __post_init__(self) -> None:
        """Refuse a claim without what it needs: evidence, what is missing, or whose it is."""
        if self.state == "met" and not (self.code and self.tests):
            raise ValueError("what is met names its code and at least one test")
        if (self.state in {"partly", "not_yet"}) != bool(self.missing):
            raise ValueError("what is not wholly met, and only that, says what is missing")
        if (self.state == "not_ours") != bool(self.whose):
            raise ValueError("what is not ours, and only that, says whose it is")


def controls() -> Iterator[tuple[int, Control]]:
    """Yield every control with its number, in order. Raises for a file of another shape."""
    for path in sorted(CONTROLS.glob("*.yaml")):
        yield number_of(path), msgspec.yaml.decode(path.read_bytes(), type=Control)


def number_of(path: Path) -> int:
    """Return the number that the name of a file gives: ``C07.yaml`` is 7."""
    return int(path.stem.removeprefix("C"))


def awaited() -> tuple[int, ...]:
    """Return the numbers of the controls that have no file."""
    return tuple(sorted(set(NUMBERS) - {number for number, _ in controls()}))


def table() -> str:
    """Return all controls as one document."""
    found = dict(controls())
    counted = Counter(each.state for each in found.values())
    lines = [
        "# Security controls",
        "",
        "<!-- Made by `python -m tools.generate` from safety/controls/. Do not edit. -->",
        "",
        f"Of {len(NUMBERS)} controls "
        + ", ".join(f"**{counted[state]} {words}**" for state, words in STATES.items())
        + (f", {len(awaited())} not written down yet" if awaited() else "")
        + ".",
        "",
        "*Met*: the program holds it and the tests named prove it. *Partly*: what is missing is",
        "said. *Not yet*: nothing holds it today. *Not ours*: an organisation must see to it.",
        "The names of tests are checked against the code; the tests run in `make check`.",
    ]
    for number in NUMBERS:
        if number in GROUPS:
            lines += ["", f"## {GROUPS[number]}", "", _HEAD, "|---|---|---|---|---|"]
        if number in found:
            lines.append(_line(number, found[number]))
    return "\n".join(lines) + "\n"


_HEAD: Final = "| | Control | State | How | Held by |"


def _line(number: int, control: Control) -> str:
    how = [control.how.strip()]
    if control.missing:
        how.append(f"**Missing:** {control.missing.strip()}")
    if control.whose:
        how.append(f"**Whose:** {control.whose.strip()}")
    held = "<br>".join(_link(each) for each in (*control.tests, *control.code)) or "—"
    said = " ".join(how).replace("|", "\\|")
    return (
        f"| {number} | {control.control} | {STATES[control.state]} | {said} | {held} |".replace(
            "\n", " "
        )
    )


def _link(reference: str) -> str:
    """Return a link from ``docs/security/`` to a file, or to what is in it."""
    path, _, name = reference.partition("::")
    return f"[`{name or path.removeprefix('src/standfast/')}`](../../{path})"
