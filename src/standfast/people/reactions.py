"""What people does when something happens elsewhere: a case becomes a contact of somebody."""

from typing import Final

from standfast.facts.cases import CaseClosed, PatientIdentified, PatientUnlinked
from standfast.kernel.reactions import Reaction
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


REACTIONS: Final[tuple[Reaction, ...]] = (
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
