"""Who rings, about whom, and what they will say: all of it from the seed. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from random import Random
from typing import Any, Final

from msgspec import Struct

from standfast.demo.structs import Person
from standfast.triage.engine import Facts, Given, Step, walk
from standfast.triage.protocols import ProtocolSet


class Manner(StrEnum):
    """How a call goes, apart from what it is about."""

    USUAL = "usual"
    GIVES_UP = "gives_up"
    """Hangs up before anybody answers."""
    CUT_OFF = "cut_off"
    """The line is lost in the middle of the questions."""
    SENT_TWICE = "sent_twice"
    """The device sends everything twice: it never heard the first receipts."""
    SENT_LATE = "sent_late"
    """The device is without a network: everything arrives at once, at the end."""
    CLAIMED_TWICE = "claimed_twice"
    """Two call handlers answer at the same moment."""
    RACES = "races"
    """Wants the slot that another caller wants at the same moment."""


WANTED: Final[Mapping[str, int]] = {
    "ambulance C1": 5,
    "ambulance C2": 7,
    "ambulance C3": 2,
    "emergency_department": 9,
    "primary_care": 38,
    "medicines": 12,
    "clinician": 7,
    "mental_health": 3,
    "dental": 5,
    "pharmacy": 4,
    "self_care": 8,
}
"""What calls come to, in parts of a hundred: our own mix, near that of a weekend line."""

MANNERS: Final[Mapping[Manner, int]] = {
    Manner.USUAL: 66,
    Manner.GIVES_UP: 5,
    Manner.CUT_OFF: 3,
    Manner.SENT_TWICE: 6,
    Manner.SENT_LATE: 5,
    Manner.CLAIMED_TWICE: 3,
    Manner.RACES: 12,
}
"""How calls go, in parts of a hundred."""

RELATIONSHIPS: Final = ("self", "self", "self", "parent", "partner", "daughter", "neighbour")
_WORDS: Final = (
    "It started last night and is not getting better",
    "She is not herself, I am worried about her",
    "I did not know whom else to ring",
    "It came on suddenly this morning",
    "The surgery is closed and it cannot wait",
    "He says it is worse when he lies down",
)
_TRIES: Final = 400
"""Walks through the questions before another outcome than the wanted one is taken."""


class Caller(Struct, frozen=True, kw_only=True):
    """One call to come. ``rings_after`` is in seconds from the start of the run."""

    number: int
    rings_after: float
    patient: Person
    is_known: bool
    """Whether the call handler finds the patient's record, or writes down what is said."""
    relationship: str
    words: str
    manner: Manner
    answers: Mapping[str, str]
    """By question: the key of what they answer."""

    @property
    def phone(self) -> str:
        return self.patient.phones[0] if self.patient.phones else f"077009{self.number:05}"[:11]

    def facts(self, today: date) -> Facts:
        """Return what triage knows of the patient."""
        return Facts(age_years(self.patient.birth_date, today), self.patient.sex)


def invent_callers(
    random: Random,
    moments: Sequence[float],
    people: Sequence[Person],
    protocols: ProtocolSet,
    *,
    today: date,
) -> tuple[Caller, ...]:
    """Return a caller for each of *moments*. The same dice give the same callers."""
    alive = [person for person in people if person.death_date is None]
    return tuple(
        _caller(
            random,
            protocols,
            random.choice(alive),
            number=number,
            rings_after=at,
            today=today,
        )
        for number, at in enumerate(moments)
    )


def age_years(born: date, today: date) -> int:
    """Return somebody's age on *today*."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def outcome(step: Step) -> str:
    """Return what a finished walk came to, in the words of :data:`WANTED`."""
    end = step.disposition
    assert end is not None  # noqa: S101 - a finished walk has one
    return f"ambulance {end.category}" if end.category else end.kind.value


def next_answer(caller: Caller, step: Step) -> Given | None:
    """Return what *caller* answers to the question of *step*; None when there is none."""
    if step.question is None:
        return None
    planned = caller.answers.get(step.question.id, step.question.choices[-1].key)
    return Given(step.question.id, planned)


def _caller(
    random: Random,
    protocols: ProtocolSet,
    patient: Person,
    *,
    number: int,
    rings_after: float,
    today: date,
) -> Caller:
    wanted = _drawn(random, WANTED)
    facts = Facts(age_years(patient.birth_date, today), patient.sex)
    return Caller(
        number=number,
        rings_after=rings_after,
        patient=patient,
        is_known=patient.nhs_number is not None and random.random() < 0.8,  # noqa: PLR2004
        relationship=random.choice(RELATIONSHIPS),
        words=random.choice(_WORDS),
        manner=_drawn(random, MANNERS),
        answers={given.question: given.key for given in _way(random, protocols, facts, wanted)},
    )


def _drawn(random: Random, parts: Mapping[Any, int]) -> Any:
    return random.choices(list(parts), weights=list(parts.values()))[0]


def _way(random: Random, protocols: ProtocolSet, facts: Facts, wanted: str) -> list[Given]:
    """Return answers that lead to *wanted*, if chance finds any in reasonable time."""
    given: list[Given] = []
    for _ in range(_TRIES):
        given = []
        step = walk(protocols, facts, given)
        while step.question is not None:
            given.append(Given(step.question.id, _said(random, protocols, step, wanted)))
            step = walk(protocols, facts, given)
        if outcome(step) == wanted:
            break
    return given


def _said(random: Random, protocols: ProtocolSet, step: Step, wanted: str) -> str:
    """Return a key: mostly one that does not lead away to a more urgent outcome."""
    assert step.question is not None  # noqa: S101 - the caller looks first
    choices = step.question.choices
    if not wanted.startswith("ambulance"):
        mild = [
            choice
            for choice in choices
            if not choice.rules_in or protocols.dispositions[choice.rules_in].category is None
        ]
        choices = tuple(mild) or choices
    elif random.random() < 0.8:  # noqa: PLR2004 - most answers to an emergency are "no"
        calm = [choice for choice in choices if not choice.rules_in]
        choices = tuple(calm) or choices
    return random.choice(choices).key
