"""What people does when something happens elsewhere: a case becomes a contact of somebody."""

from typing import Final

from standfast.facts.access import RecordLabelled
from standfast.facts.cases import CaseClosed, PatientIdentified, PatientUnlinked
from standfast.kernel.reactions import Reaction
from standfast.people.model import PERSON, HideAddress, Refusal
from standfast.people.model_contact import (
    CONTACT,
    RecordContact,
    RecordOutcome,
    UnlinkContact,
)


def record_contact(event: PatientIdentified) -> RecordContact | None:
    """Link the case to the person that somebody confirmed."""
    if event.patient.person_id is None:
        return None
    return RecordContact(
        case_id=event.case_id,
        org=event.org,
        person_id=event.patient.person_id,
        problem=event.problem,
        at=event.opened_at,
    )


def unlink_contact(event: PatientUnlinked) -> UnlinkContact:
    """Let go of the wrong person."""
    return UnlinkContact(person_id=event.person_id)


def record_outcome(event: CaseClosed) -> RecordOutcome | None:
    """Keep what came of it, if it was about somebody known."""
    if event.person_id is None:
        return None
    return RecordOutcome(outcome=event.summary, at=event.closed_at)


def hide_address(event: RecordLabelled) -> HideAddress | None:
    """Hide where somebody lives, or show it again, as their record's label says."""
    if event.record_kind != "person":
        return None
    return HideAddress(hidden=event.hides_address, at=event.labelled_at)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(
        on=RecordLabelled,
        decider=PERSON,
        key=lambda event: event.record_id,
        command=hide_address,
        ignore=frozenset({Refusal.NOT_REGISTERED}),
    ),
    Reaction(
        on=PatientIdentified,
        decider=CONTACT,
        key=lambda event: event.case_id,
        command=record_contact,
    ),
    Reaction(
        on=PatientUnlinked,
        decider=CONTACT,
        key=lambda event: event.case_id,
        command=unlink_contact,
    ),
    Reaction(
        on=CaseClosed,
        decider=CONTACT,
        key=lambda event: event.case_id,
        command=record_outcome,
    ),
)
