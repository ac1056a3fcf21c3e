"""What the desk does when a case asks for an ambulance, and what follows for the vehicles."""

from typing import Final

from standfast.dispatch.commands import (
    NotePhoned,
    ReceiveDetails,
    ReceiveRequest,
    ReleaseVehicle,
)
from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_vehicle import VEHICLE, FollowJob, LeaveJob, TakeJob
from standfast.facts.dispatch import (
    Category,
    VehicleAllocated,
    VehicleMoved,
    VehicleStatus,
    VehicleStoodDown,
)
from standfast.facts.requests import (
    AmbulanceDetailsChanged,
    AmbulancePhoned,
    AmbulanceRequested,
)
from standfast.kernel.reactions import Reaction

UNKNOWN_IS: Final = Category.C2
"""A category we do not know is answered as an emergency, never dropped."""


def _receive_request(event: AmbulanceRequested) -> ReceiveRequest:
    known = event.category in set(Category)
    return ReceiveRequest(
        case_id=event.case_id,
        org=event.to_org,
        from_org=event.org,
        reference=event.reference,
        category=Category(event.category) if known else UNKNOWN_IS,
        reason=event.reason,
        findings=event.findings
        if known
        else (f"Asked for as {event.category}", *event.findings),
        patient=event.patient,
        place=event.place,
        numbers=event.numbers,
        accept_by=event.accept_by,
    )


def _receive_details(event: AmbulanceDetailsChanged) -> ReceiveDetails:
    return ReceiveDetails(patient=event.patient, place=event.place, numbers=event.numbers)


def _note_phoned(event: AmbulancePhoned) -> NotePhoned:
    return NotePhoned(incident_number=event.incident_number, by=event.by)


def _take_job(event: VehicleAllocated) -> TakeJob:
    return TakeJob(case_id=event.case_id, leaving=event.diverted_from)


def _release(event: VehicleAllocated) -> ReleaseVehicle | None:
    if event.diverted_from is None:
        return None
    return ReleaseVehicle(vehicle_id=event.vehicle_id, by=event.by)


def _follow(event: VehicleMoved) -> FollowJob | LeaveJob:
    if event.status is VehicleStatus.AVAILABLE:
        return LeaveJob(case_id=event.case_id)
    return FollowJob(case_id=event.case_id, status=event.status, point=event.point)


def _leave(event: VehicleStoodDown) -> LeaveJob:
    return LeaveJob(case_id=event.case_id)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(AmbulanceRequested, INCIDENT, lambda event: event.case_id, _receive_request),
    Reaction(AmbulanceDetailsChanged, INCIDENT, lambda event: event.case_id, _receive_details),
    Reaction(AmbulancePhoned, INCIDENT, lambda event: event.case_id, _note_phoned),
    Reaction(VehicleAllocated, VEHICLE, lambda event: event.vehicle_id, _take_job),
    Reaction(VehicleAllocated, INCIDENT, lambda event: event.diverted_from, _release),
    Reaction(VehicleMoved, VEHICLE, lambda event: event.vehicle_id, _follow),
    Reaction(VehicleStoodDown, VEHICLE, lambda event: event.vehicle_id, _leave),
)
"""A diverted vehicle has its new job before it is let go from the old: never free between."""
