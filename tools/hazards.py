"""The hazard log as data: one YAML file for each hazard, and the table made from them.

A control that a person must see to (training, the deployer) has no code and no test; one that
the program is to give has both, or it is not a control.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from tools.facts import ROOT

HAZARDS: Final = ROOT / "safety" / "hazards"

Score = Annotated[int, Meta(ge=1, le=5)]
Words = Annotated[str, Meta(min_length=10)]

LEVELS: Final = (
    (1, 1, 2, 2, 3),
    (1, 2, 2, 3, 4),
    (2, 2, 3, 3, 4),
    (2, 3, 3, 4, 5),
    (3, 4, 4, 5, 5),
)
"""Risk, 1 to 5, by likelihood (down) and severity (across), as commonly used with DCB0129."""


class Control(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands between a cause and the patient. ``code`` may name ``file::name``."""

    text: Words
    kind: Literal["design", "train", "deployer"]
    code: str = ""
    test: str = ""


class Hazard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that could happen to a patient. Severity and likelihood are before controls."""

    id: Annotated[str, Meta(pattern=r"^H[0-9]{2}$")]
    hazard: Words
    causes: Annotated[tuple[str, ...], Meta(min_length=1)]
    effects: Annotated[tuple[str, ...], Meta(min_length=1)]
    severity: Score
    likelihood: Score
    controls: Annotated[tuple[Control, ...], Meta(min_length=1)]
    residual: Words
    awaits: str = ""
    """What must still be built before it is controlled, and in which issue. Empty: nothing."""
    owner: str
    cso_review: str

    @property
    def risk(self) -> int:
        """Risk before controls, 1 to 5."""
        return LEVELS[self.likelihood - 1][self.severity - 1]


def hazards() -> Iterator[tuple[Path, Hazard]]:
    """Yield every hazard with its file, in order. Raises for a file of another shape."""
    for path in sorted(HAZARDS.glob("*.yaml")):
        yield path, msgspec.yaml.decode(path.read_bytes(), type=Hazard)


def log() -> str:
    """Return the hazard log as one document."""
    lines = [
        "# Hazard log",
        "",
        "<!-- Made by `python -m tools.generate` from safety/hazards/. Do not edit. -->",
        "",
        "**An engineering draft, not a clinical safety case.** No Clinical Safety Officer has",
        "reviewed it; severities and likelihoods are proposals. See [the plan](plan.md).",
        "Severity and likelihood are before controls.",
        "",
        "| | Hazard | S | L | Risk | Controls | Reviewed |",
        "|---|---|---|---|---|---|---|",
    ]
    found = [hazard for _, hazard in hazards()]
    lines += [
        f"| [{each.id}](#{each.id.lower()}) | {each.hazard} | {each.severity} "
        f"| {each.likelihood} | {each.risk} | {len(each.controls)} | {each.cso_review} |"
        for each in found
    ]
    for each in found:
        lines += ["", f"## {each.id}", "", f"**{each.hazard}**", ""]
        lines += [
            f"- Causes: {'; '.join(each.causes)}",
            f"- Effects: {'; '.join(each.effects)}",
        ]
        lines += ["", "| Control | Kind | Code | Test |", "|---|---|---|---|"]
        lines += [
            f"| {control.text} | {control.kind} | {_link(control.code)} | {_link(control.test)} |"
            for control in each.controls
        ]
        lines += ["", f"What remains: {each.residual}"]
        if each.awaits:
            lines += ["", f"**Not yet controlled.** Awaits {each.awaits}."]
    return "\n".join(lines) + "\n"


def _link(reference: str) -> str:
    """Return a link from ``safety/`` to a file, or to what is in it."""
    if not reference:
        return "—"
    path, _, name = reference.partition("::")
    return f"[`{name or path.removeprefix('src/standfast/')}`](../{path})"
