"""What prescribing does when a case asks for medicines, or learns more about the patient."""

from typing import Final

from standfast.facts.requests import PrescriptionDetailsChanged, PrescriptionRequested
from standfast.kernel.reactions import Reaction
from standfast.prescribing.commands import ChangeDetails, ReceiveNeed
from standfast.prescribing.model import NEED


def _receive(event: PrescriptionRequested) -> ReceiveNeed:
    return ReceiveNeed(
        case_id=event.case_id,
        org=event.org,
        reference=event.reference,
        patient=event.patient,
        numbers=event.numbers,
        postcode=event.postcode,
        point=event.point,
        problem=event.problem,
        findings=event.findings,
        priority=event.priority,
        due_at=event.due_at,
    )


def _change_details(event: PrescriptionDetailsChanged) -> ChangeDetails:
    return ChangeDetails(
        patient=event.patient,
        numbers=event.numbers,
        postcode=event.postcode,
        point=event.point,
    )


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(PrescriptionRequested, NEED, lambda event: event.case_id, _receive),
    Reaction(PrescriptionDetailsChanged, NEED, lambda event: event.case_id, _change_details),
)
