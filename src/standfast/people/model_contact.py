"""Which person a case is about, as the person's own record needs to know it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.people import (
    ContactEvent,
    ContactOutcome,
    ContactRecorded,
    ContactUnlinked,
)
from standfast.kernel.messages import Command, Decider


class RecordContact(Command, frozen=True, kw_only=True):
    """Link the case to a person, and to nobody else."""

    case_id: str
    org: str
    person_id: str
    problem: str
    at: datetime


class UnlinkContact(Command, frozen=True, kw_only=True):
    """Say that the case is not about this person."""

    person_id: str


class RecordOutcome(Command, frozen=True, kw_only=True):
    """Say what came of the case."""

    outcome: str
    at: datetime


ContactCommand: TypeAlias = RecordContact | UnlinkContact | RecordOutcome


class Contact(Struct, frozen=True):
    """What is known of one contact. ``linked`` is None while the case is about nobody known."""

    org: str = ""
    linked: ContactRecorded | None = None
    about: str = ""
    """Whoever the case was last linked to, also when it is no more: the fact is about them."""
    outcome: str = ""


def decide(contact: Contact, command: ContactCommand, now: datetime) -> Sequence[ContactEvent]:
    """Answer *command* with the events it causes. Nothing here is ever refused."""
    match command:
        case RecordContact():
            return _record(contact, command, now)
        case UnlinkContact():
            if contact.linked is None or contact.linked.person_id != command.person_id:
                return ()
            return (_unlinked(contact.linked, now),)
        case RecordOutcome():
            if contact.linked is None or contact.outcome == command.outcome:
                return ()
            return (
                ContactOutcome(
                    case_id=contact.linked.case_id,
                    org=contact.org,
                    outcome=command.outcome,
                    at=command.at,
                ),
            )
        case _:
            assert_never(command)


def evolve(contact: Contact, event: ContactEvent) -> Contact:
    """Learn one fact."""
    contact = structs.replace(contact, org=event.org)
    match event:
        case ContactRecorded():
            return structs.replace(contact, linked=event, about=event.person_id)
        case ContactUnlinked():
            linked = contact.linked
            if linked is not None and linked.person_id == event.person_id:
                linked = None
            return structs.replace(contact, linked=linked, about=event.person_id)
        case ContactOutcome():
            return structs.replace(contact, outcome=event.outcome)
        case _:
            assert_never(event)


def _record(
    contact: Contact, command: RecordContact, now: datetime
) -> tuple[ContactEvent, ...]:
    """Link the case; whoever it was linked to before is let go first."""
    event = ContactRecorded(
        case_id=command.case_id,
        org=command.org,
        person_id=command.person_id,
        problem=command.problem,
        at=command.at,
    )
    before = contact.linked
    if before == event:
        return ()
    if before is not None and before.person_id != command.person_id:
        return (_unlinked(before, now), event)
    return (event,)


def _unlinked(linked: ContactRecorded, now: datetime) -> ContactUnlinked:
    return ContactUnlinked(
        case_id=linked.case_id, org=linked.org, person_id=linked.person_id, unlinked_at=now
    )


CONTACT: Final[Decider[Contact, ContactCommand, ContactEvent]] = Decider(
    stream="people.contact",
    event_type=ContactEvent,
    initial=Contact(),
    decide=decide,
    evolve=evolve,
    org=lambda contact: contact.org,
    subject=lambda contact: contact.about or None,
)
