"""What the prescriber's screen shows of one need. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.facts.people import PersonSummary
from standfast.facts.prescribing import Medicine
from standfast.prescribing.content import quantity, strength, units
from standfast.prescribing.safety import (
    TITLES,
    Safety,
    SafetyStatus,
    allergy_words,
    duplicates,
    is_severe,
    matching_allergies,
    safety_hash,
    safety_of,
)
from standfast.prescribing.state import Need, Stage, instant
from standfast.prescribing.words import STAGES, describe
from standfast.prescribing.writing import is_controlled, is_open

KINDS: Final[Mapping[SafetyStatus, str]] = {
    SafetyStatus.KNOWN: "crit",
    SafetyStatus.NONE_KNOWN: "good",
    SafetyStatus.NOT_RECORDED: "warn",
    SafetyStatus.UNAVAILABLE: "warn",
}
"""How loud each title is: "not recorded" never looks like "none"."""


class SafetyView(Struct, frozen=True, kw_only=True):
    """Allergies and medicines, as the panel shows them."""

    safety: Safety
    title: str
    kind: str
    allergies: tuple[tuple[str, bool], ...]
    """In words, and whether it is severe."""
    shown_hash: str
    needs_reason: bool
    identified: bool
    source: str
    recorded_at: datetime | None


class MedicineView(Struct, frozen=True, kw_only=True):
    """A medicine, and what stands against it for this patient."""

    medicine: Medicine
    strength: str
    units: str
    most: str
    doses: tuple[str, ...]
    templates: tuple[str, ...]
    """Usual doses that leave the amount open: to be filled in, not chosen."""
    is_controlled: bool
    severe: tuple[str, ...]
    allergies: tuple[str, ...]
    duplicates: tuple[str, ...]

    @property
    def is_barred(self) -> bool:
        return self.is_controlled or bool(self.severe)


class Step(Struct, frozen=True, kw_only=True):
    """A thing that happened, for the timeline."""

    at: datetime
    words: str
    turning: bool


def safety_view(person: PersonSummary | None) -> SafetyView:
    """Return the panel of *person*; of None when nobody is identified."""
    safety = safety_of(person)
    return SafetyView(
        safety=safety,
        title=TITLES[safety.status],
        kind=KINDS[safety.status],
        allergies=tuple((allergy_words(each), is_severe(each)) for each in safety.allergies),
        shown_hash=safety_hash(safety),
        needs_reason=safety.status in (SafetyStatus.NOT_RECORDED, SafetyStatus.UNAVAILABLE),
        identified=person is not None,
        source=person.safety_source if person else "",
        recorded_at=person.safety_recorded_at if person else None,
    )


def medicine_view(medicine: Medicine, safety: Safety) -> MedicineView:
    """Return how *medicine* looks for a patient of whom *safety* is known."""
    matches = matching_allergies(medicine, safety)
    return MedicineView(
        medicine=medicine,
        strength=strength(medicine.strength_value, medicine.strength_unit),
        units=units(medicine.unit),
        doses=tuple(each for each in medicine.doses if not is_open(each)),
        templates=tuple(each for each in medicine.doses if is_open(each)),
        most=quantity(medicine.maximum_quantity, medicine.unit),
        is_controlled=is_controlled(medicine),
        severe=tuple(allergy_words(each) for each in matches if is_severe(each)),
        allergies=tuple(allergy_words(each) for each in matches if not is_severe(each)),
        duplicates=tuple(
            f"{each.generic_name} {each.strength}, {each.dose}"
            for each in duplicates(medicine, safety)
        ),
    )


_TURNING: Final = ("SupplyRefused", "PrescriptionCancelled", "NeedPutBack", "SupplyUndone")


def timeline(need: Need) -> tuple[Step, ...]:
    """Return what happened, newest first."""
    return tuple(
        Step(at=instant(event), words=describe(event), turning=type(event).__name__ in _TURNING)
        for event in reversed(need.facts)
    )


class Progress(Struct, frozen=True, kw_only=True):
    """One of the steps that a prescription goes through."""

    label: str
    state: str
    """done, current, or empty: still to do."""


_WAY: Final = (Stage.WAITING, Stage.TAKEN, Stage.DRAFTED, Stage.SIGNED, Stage.SENT)
_LABELS: Final = ("Taken", "Drafted", "Signed", "Sent", "Supplied")


def progress(need: Need) -> tuple[Progress, ...]:
    """Return how far along it is."""
    return tuple(_progress(need.stage))


def _progress(stage: Stage) -> Iterator[Progress]:
    here = len(_WAY) if stage is Stage.SUPPLIED else -1
    if stage in _WAY:
        here = _WAY.index(stage)
    for number, label in enumerate(_LABELS):
        state = "done" if number < here else "current" if number == here else ""
        yield Progress(label=label, state=state)


def allowed_minutes(due_at: datetime, received_at: datetime) -> int:
    """Return how long was allowed in all, for the clock to know when it is soon."""
    return max(0, int((due_at - received_at) / timedelta(minutes=1)))


def stage_words(need: Need) -> str:
    """Return what a need waits for, in words."""
    return STAGES[need.stage]
