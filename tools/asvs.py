"""OWASP ASVS 5.0.0 answered requirement by requirement, as data: safety/asvs/V01.yaml to V17.yaml.

Only numbers and levels of the catalogue are here; its wording is CC BY-SA and is not. Each answer
says in our own words how it stands, where the code is and which test shows it.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from tools.facts import ROOT

ANSWERS: Final = ROOT / "safety" / "asvs"

State: TypeAlias = Literal["met", "partly", "not_met", "not_applicable"]

STATES: Final[Mapping[State, str]] = {
    "met": "met",
    "partly": "partly",
    "not_met": "not met",
    "not_applicable": "not applicable",
}

CHAPTERS: Final[Mapping[int, str]] = {
    1: "What is written and read",
    2: "What is checked, and what may follow what",
    3: "What the browser is told",
    4: "APIs and HTTP",
    5: "Files",
    6: "Signing in",
    7: "Sessions",
    8: "Who may do what",
    9: "Tokens that carry what they say",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "On the line",
    13: "Settings and secrets",
    14: "Data",
    15: "Code and what it is built from",
    16: "Logs and failures",
    17: "WebRTC",
}
"""What each is about, in our words."""

_LEVELS: Final[Mapping[str, str]] = {
    "1.1": "22",
    "1.2": "1111122223",
    "1.3": "112222222223",
    "1.4": "222",
    "1.5": "123",
    "2.1": "122",
    "2.2": "112",
    "2.3": "12223",
    "2.4": "23",
    "3.1": "3",
    "3.2": "113",
    "3.3": "12223",
    "3.4": "11222233",
    "3.5": "11122333",
    "3.6": "3",
    "3.7": "22333",
    "4.1": "12233",
    "4.2": "23333",
    "4.3": "22",
    "4.4": "1222",
    "5.1": "2",
    "5.2": "112333",
    "5.3": "113",
    "5.4": "222",
    "6.1": "122",
    "6.2": "111111112222",
    "6.3": "11223333",
    "6.4": "112233",
    "6.5": "22222333",
    "6.6": "2223",
    "6.7": "33",
    "6.8": "2222",
    "7.1": "222",
    "7.2": "1111",
    "7.3": "22",
    "7.4": "11222",
    "7.5": "223",
    "7.6": "22",
    "8.1": "1233",
    "8.2": "1123",
    "8.3": "133",
    "8.4": "23",
    "9.1": "111",
    "9.2": "1222",
    "10.1": "22",
    "10.2": "223",
    "10.3": "22223",
    "10.4": "1111122222233333",
    "10.5": "22222",
    "10.6": "22",
    "10.7": "222",
    "11.1": "2233",
    "11.2": "22233",
    "11.3": "11233",
    "11.4": "1222",
    "11.5": "23",
    "11.6": "23",
    "11.7": "33",
    "12.1": "12233",
    "12.2": "11",
    "12.3": "22223",
    "13.1": "2333",
    "13.2": "222223",
    "13.3": "2233",
    "13.4": "1222233",
    "14.1": "22",
    "14.2": "12223333",
    "14.3": "122",
    "15.1": "12233",
    "15.2": "12233",
    "15.3": "1222222",
    "15.4": "3333",
    "16.1": "2",
    "16.2": "22222",
    "16.3": "2222",
    "16.4": "222",
    "16.5": "2223",
    "17.1": "23",
    "17.2": "22223333",
    "17.3": "22",
}
"""Each section, and the level of each of its requirements in turn."""

LEVELS: Final[Mapping[str, int]] = {
    f"{section}.{number}": int(level)
    for section, levels in _LEVELS.items()
    for number, level in enumerate(levels, start=1)
}
"""Every requirement of ASVS 5.0.0 by its number, with its level."""

Words = Annotated[str, Meta(min_length=10)]


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one requirement stands. ``code`` is ``path`` or ``path::Name``."""

    state: State
    how: Words
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a claim without its evidence."""
        if self.state == "met" and not (self.code and self.tests):
            raise ValueError("what is met names its code and at least one test")


def answers() -> Iterator[tuple[str, Answer]]:
    """Yield every answer with its number, as the files have them. Raises for another shape."""
    for chapter in CHAPTERS:
        yield from said_in(file_of(chapter)).items()


def said_in(path: Path) -> dict[str, Answer]:
    """Return the answers of one file."""
    return msgspec.yaml.decode(path.read_bytes(), type=dict[str, Answer])


def file_of(chapter: int) -> Path:
    """Return the file of a chapter."""
    return ANSWERS / f"V{chapter:02}.yaml"


def table() -> str:
    """Return the answers as one document."""
    found = dict(answers())
    lines = [
        "# OWASP ASVS 5.0.0",
        "",
        "<!-- Made by `python -m tools.generate` from safety/asvs/. Do not edit. -->",
        "",
        f"All {len(LEVELS)} requirements, answered one by one from the code: "
        + ", ".join(f"**{_count(found, state)} {words}**" for state, words in STATES.items())
        + ".",
        "",
        "*Met* names code and a test that exist. *Partly* says what is missing, *not met* that",
        "nothing holds it, *not applicable* why it does not arise. The catalogue's own wording is",
        "[OWASP's](https://owasp.org/www-project-application-security-verification-standard/).",
        "These are our own answers; nobody has verified them from outside.",
        "",
        *_totals(found),
    ]
    for chapter, words in CHAPTERS.items():
        lines += [
            "",
            f"## V{chapter} {words}",
            "",
            "| | Level | State | How | Held by |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(number, found[number]) for number in _of(chapter) if number in found]
    return "\n".join(lines) + "\n"


def _totals(found: Mapping[str, Answer]) -> Iterator[str]:
    yield "| | " + " | ".join(STATES.values()) + " | all |"
    yield "|---|" + "---|" * (len(STATES) + 1)
    for level in (1, 2, 3):
        numbers = [number for number, of in LEVELS.items() if of == level]
        yield f"| level {level} | {_row(found, numbers)} |"
    for chapter in CHAPTERS:
        yield f"| V{chapter} | {_row(found, _of(chapter))} |"


def _row(found: Mapping[str, Answer], numbers: list[str]) -> str:
    counted = Counter(found[number].state for number in numbers if number in found)
    return " | ".join(str(counted[state]) for state in STATES) + f" | {len(numbers)}"


def _of(chapter: int) -> list[str]:
    return [number for number in LEVELS if number.startswith(f"{chapter}.")]


def _count(found: Mapping[str, Answer], state: State) -> int:
    return sum(answer.state == state for answer in found.values())


def _line(number: str, answer: Answer) -> str:
    held = "<br>".join(_link(each) for each in (*answer.tests, *answer.code)) or "—"
    how = answer.how.strip().replace("|", "\\|").replace("\n", " ")
    return f"| {number} | {LEVELS[number]} | {STATES[answer.state]} | {how} | {held} |"


def _link(reference: str) -> str:
    """Return a link from ``docs/security/`` to a file, or to what is in it."""
    path, _, name = reference.partition("::")
    return f"[`{name or path.removeprefix('src/standfast/')}`](../../{path})"


def main() -> None:
    """Print the requirements that are not met, lowest level first."""
    found = dict(answers())
    for number, level in sorted(LEVELS.items(), key=lambda each: each[1]):
        if found[number].state == "not_met":
            print(f"{number} (level {level}): {found[number].how}", file=sys.stdout)


if __name__ == "__main__":
    main()
