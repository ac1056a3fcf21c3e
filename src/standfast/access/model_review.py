"""Broken glass and signals: each stands in the queue until a named person has looked. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.access.reasons import explains
from standfast.facts.access import GlassBroken, ReviewConcluded, ReviewEvent, SignalRaised
from standfast.kernel.access import Assurance
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import OptionalText

LASTS: Final = timedelta(minutes=30)
"""How long a given reason opens a record: one conversation with the patient or their doctor."""

REVIEW_WITHIN: Final = timedelta(hours=72)
"""An unreviewed case is overdue then: a weekend, and a day to ask whoever it was."""


class Refusal(StrEnum):
    """Why something about a review was refused."""

    REASON_TOO_SHORT = "reason_too_short"
    NO_SUCH_REVIEW = "no_such_review"
    ALREADY_REVIEWED = "already_reviewed"
    OWN_REVIEW = "own_review"
    NOTE_NEEDED = "note_needed"


class Outcome(StrEnum):
    """What a review came to."""

    APPROPRIATE = "appropriate"
    LOOK_INTO = "look_into"


class BreakGlass(Command, frozen=True, kw_only=True):
    """Open a record without a relationship, for a reason that somebody will read."""

    review_id: str
    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    reason: Annotated[str, Meta(max_length=400)]
    assurance: Assurance
    way: str
    offline: bool
    proof_id: str = ""


class RaiseSignal(Command, frozen=True, kw_only=True):
    """Say that an opening wants a second look."""

    raised: SignalRaised


class Conclude(Command, frozen=True, kw_only=True):
    """Say what a review came to."""

    outcome: Outcome
    note: OptionalText = ""
    staff_id: str
    staff_name: str


ReviewCommand: TypeAlias = BreakGlass | RaiseSignal | Conclude


class Review(Struct, frozen=True, kw_only=True):
    """What is to be reviewed, and what came of it."""

    glass: GlassBroken | None = None
    signal: SignalRaised | None = None
    concluded: tuple[ReviewConcluded, ...] = ()

    @property
    def org(self) -> str:
        cause = self.glass or self.signal
        return cause.org if cause else ""

    @property
    def person_id(self) -> str:
        cause = self.glass or self.signal
        return cause.person_id if cause else ""


def decide(review: Review, command: ReviewCommand, now: datetime) -> Sequence[ReviewEvent]:
    """Answer *command* with the events it causes."""
    match command:
        case BreakGlass():
            return () if review.glass else (_broken(command, now),)
        case RaiseSignal():
            return () if review.signal else (command.raised,)
        case Conclude():
            return _conclude(review, command, now)
        case _:
            assert_never(command)


def evolve(review: Review, event: ReviewEvent) -> Review:
    """Learn one fact."""
    match event:
        case GlassBroken():
            return structs.replace(review, glass=event)
        case SignalRaised():
            return structs.replace(review, signal=event)
        case ReviewConcluded():
            return structs.replace(review, concluded=(*review.concluded, event))
        case _:
            assert_never(event)


def _broken(command: BreakGlass, now: datetime) -> GlassBroken:
    reason = " ".join(command.reason.split())
    if not explains(reason):
        raise Refused(Refusal.REASON_TOO_SHORT)
    given = structs.asdict(command) | {"reason": reason}
    return GlassBroken(**given, broken_at=now, until=now + LASTS)


def _conclude(review: Review, command: Conclude, now: datetime) -> tuple[ReviewEvent, ...]:
    """Conclude it once; nobody reviews themselves, and what is to be looked into says what."""
    cause = review.glass or review.signal
    if cause is None:
        raise Refused(Refusal.NO_SUCH_REVIEW)
    if cause.staff_id == command.staff_id:
        raise Refused(Refusal.OWN_REVIEW)
    if review.concluded:
        raise Refused(Refusal.ALREADY_REVIEWED, who=review.concluded[0].staff_name)
    if command.outcome is Outcome.LOOK_INTO and not command.note.strip():
        raise Refused(Refusal.NOTE_NEEDED)
    return (
        ReviewConcluded(
            review_id=cause.review_id,
            outcome=command.outcome.value,
            note=command.note.strip(),
            staff_id=command.staff_id,
            staff_name=command.staff_name,
            concluded_at=now,
        ),
    )


REVIEW: Final[Decider[Review, ReviewCommand, ReviewEvent]] = Decider(
    stream="access.review",
    event_type=ReviewEvent,
    initial=Review(),
    decide=decide,
    evolve=evolve,
    org=lambda review: review.org,
    subject=lambda review: review.person_id or None,
    presence=True,
)
