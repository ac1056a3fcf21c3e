"""A relationship: why an organisation may see a record, from the first event to the last. Pure.

One stream is one piece of work at one organisation: a case, an incident, a booking, a
prescription. Nobody makes one by hand: each follows from a fact of the work itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.access.lasting import Basis, lasting
from standfast.facts.access import (
    RelationshipBegan,
    RelationshipEnding,
    RelationshipEvent,
    RelationshipNamed,
    RelationshipResumed,
    StaffJoined,
    StaffLeft,
)
from standfast.kernel.messages import Command, Decider, Refused


class Refusal(StrEnum):
    """Why something about a relationship was refused."""

    NO_SUCH_RELATIONSHIP = "no_such_relationship"


class Begin(Command, frozen=True, kw_only=True):
    """Say that an organisation has to do with somebody from now on."""

    relationship_id: str
    org: str
    basis: Basis
    thing_id: str
    case_id: str
    reference: str
    person_id: str = ""
    staff_id: str = ""
    at: datetime
    ends_at: datetime | None = None
    """When the work is known to end, as an appointment is."""


class Name(Command, frozen=True, kw_only=True):
    """Say who it is about; empty: nobody known."""

    person_id: str


class LetGo(Command, frozen=True, kw_only=True):
    """Say that it is not about this person."""

    person_id: str


class Join(Command, frozen=True, kw_only=True):
    """Say that this member of staff works on it too."""

    staff_id: str


class Leave(Command, frozen=True, kw_only=True):
    """Say that this member of staff works on it no more; they may read it on until then."""

    staff_id: str
    reads_until: datetime | None = None


class Finish(Command, frozen=True, kw_only=True):
    """Say that the work is done."""

    at: datetime


class Resume(Command, frozen=True, kw_only=True):
    """Say that the work is not done after all."""


RelationshipCommand: TypeAlias = Begin | Name | LetGo | Join | Leave | Finish | Resume


class Leaver(Struct, frozen=True):
    """Somebody who works on it no more. They read it on until then; None: no longer."""

    staff_id: str
    left_at: datetime
    reads_until: datetime | None = None


class Tie(Struct, frozen=True, kw_only=True):
    """What is known of one relationship. ``began`` is None while it is not known whose it is."""

    began: RelationshipBegan | None = None
    person_id: str = ""
    staff: tuple[str, ...] = ()
    leavers: tuple[Leaver, ...] = ()
    ended_at: datetime | None = None
    until: datetime | None = None


def decide(
    tie: Tie, command: RelationshipCommand, now: datetime
) -> Sequence[RelationshipEvent]:
    """Answer *command* with the events it causes."""
    if isinstance(command, Begin):
        return () if tie.began else (_began(command),)
    if tie.began is None:
        raise Refused(Refusal.NO_SUCH_RELATIONSHIP)
    match command:
        case Name():
            return _named(tie, command.person_id, now)
        case LetGo():
            return _named(tie, "", now) if tie.person_id == command.person_id else ()
        case Join() | Leave():
            return _staffed(tie, tie.began, command, now)
        case Finish():
            return _finished(tie, tie.began, command)
        case Resume():
            key = tie.began.relationship_id
            over = tie.ended_at is not None
            return (RelationshipResumed(relationship_id=key, resumed_at=now),) if over else ()
        case _:
            assert_never(command)


def evolve(tie: Tie, event: RelationshipEvent) -> Tie:
    """Learn one fact."""
    match event:
        case RelationshipBegan():
            staff = (event.staff_id,) if event.staff_id else ()
            return structs.replace(
                tie,
                began=event,
                person_id=event.person_id or tie.person_id,
                staff=tuple(dict.fromkeys((*staff, *tie.staff))),
                until=event.until if tie.ended_at is None else tie.until,
            )
        case RelationshipNamed():
            return structs.replace(tie, person_id=event.person_id)
        case StaffJoined():
            return structs.replace(
                tie,
                staff=tuple(dict.fromkeys((*tie.staff, event.staff_id))),
                leavers=_without(tie, event.staff_id),
            )
        case StaffLeft():
            still = tuple(each for each in tie.staff if each != event.staff_id)
            leaver = Leaver(event.staff_id, event.left_at, event.reads_until)
            return structs.replace(
                tie, staff=still, leavers=(*_without(tie, event.staff_id), leaver)
            )
        case RelationshipEnding():
            return structs.replace(tie, ended_at=event.ended_at, until=event.until)
        case RelationshipResumed():
            until = tie.began.until if tie.began else None
            return structs.replace(tie, ended_at=None, until=until)
        case _:
            assert_never(event)


def _began(command: Begin) -> RelationshipBegan:
    until = command.ends_at and command.ends_at + _after(command.basis.value)
    return RelationshipBegan(
        relationship_id=command.relationship_id,
        org=command.org,
        basis=command.basis.value,
        thing_id=command.thing_id,
        case_id=command.case_id,
        reference=command.reference,
        person_id=command.person_id,
        staff_id=command.staff_id,
        began_at=command.at,
        until=until,
    )


def _named(tie: Tie, person_id: str, now: datetime) -> tuple[RelationshipEvent, ...]:
    assert tie.began is not None  # noqa: S101 - decide looked
    if tie.person_id == person_id:
        return ()
    key = tie.began.relationship_id
    return (RelationshipNamed(relationship_id=key, person_id=person_id, named_at=now),)


def _staffed(
    tie: Tie, began: RelationshipBegan, command: Join | Leave, now: datetime
) -> tuple[RelationshipEvent, ...]:
    key, staff_id = began.relationship_id, command.staff_id
    if not staff_id or (staff_id in tie.staff) is isinstance(command, Join):
        return ()
    if isinstance(command, Join):
        return (StaffJoined(relationship_id=key, staff_id=staff_id, joined_at=now),)
    return (
        StaffLeft(
            relationship_id=key,
            staff_id=staff_id,
            left_at=now,
            reads_until=command.reads_until,
        ),
    )


def _without(tie: Tie, staff_id: str) -> tuple[Leaver, ...]:
    return tuple(each for each in tie.leavers if each.staff_id != staff_id)


def _finished(
    tie: Tie, began: RelationshipBegan, command: Finish
) -> tuple[RelationshipEvent, ...]:
    if tie.ended_at is not None:
        return ()
    key, until = began.relationship_id, command.at + _after(began.basis)
    return (RelationshipEnding(relationship_id=key, ended_at=command.at, until=until),)


def _after(basis: str) -> timedelta:
    return timedelta(hours=lasting(basis).hours_after)


RELATIONSHIP: Final[Decider[Tie, RelationshipCommand, RelationshipEvent]] = Decider(
    stream="access.relationship",
    event_type=RelationshipEvent,
    initial=Tie(),
    decide=decide,
    evolve=evolve,
    org=lambda tie: tie.began.org if tie.began else "",
    record=lambda tie: tie.began.case_id if tie.began else "",
    subject=lambda tie: tie.person_id or None,
)
