"""The desk's rules for vehicles: taking a request, sending, moving, standing down."""

from datetime import datetime
from typing import Final

from standfast.dispatch.checks import must_be_open, must_have_read, not_before
from standfast.dispatch.commands import (
    AcceptRequest,
    AllocateVehicle,
    MoveVehicle,
    ReleaseVehicle,
    StandDownVehicle,
)
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.state import WITH_PATIENT, Incident, OnIncident
from standfast.facts.dispatch import (
    IncidentEvent,
    RequestAccepted,
    VehicleAllocated,
    VehicleMoved,
    VehicleStatus,
    VehicleStoodDown,
)
from standfast.kernel.messages import Refused


def accept(
    incident: Incident, command: AcceptRequest | AllocateVehicle, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Give it to the first who takes it."""
    must_be_open(incident)
    held = incident.accepted
    if held is not None:
        if held.staff_id == command.staff_id:
            return ()
        raise Refused(Refusal.ALREADY_ACCEPTED)
    claim = incident.raised_by
    return (
        RequestAccepted(
            case_id=incident.case_id,
            staff_id=command.staff_id,
            staff_name=command.staff_name,
            desk=command.desk,
            incident_number=incident.incident_number,
            accepted_at=not_before(incident, now),
            category=claim.category if claim else None,
            accept_by=claim.accept_by if claim else None,
        ),
    )


def allocate(
    incident: Incident, command: AllocateVehicle, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Send the vehicle; nobody has it yet: whoever sends accepts it, by name."""
    must_be_open(incident)
    if incident.vehicle(command.vehicle_id):
        return ()
    accepted = () if incident.accepted else accept(incident, command, now)
    return (
        *accepted,
        VehicleAllocated(
            case_id=incident.case_id,
            vehicle_id=command.vehicle_id,
            callsign=command.callsign,
            eta_at=command.eta_at,
            by=command.staff_name,
            allocated_at=now,
            diverted_from=command.diverted_from,
        ),
    )


_ORDER: Final = (
    VehicleStatus.ALLOCATED,
    VehicleStatus.MOBILE,
    VehicleStatus.ON_SCENE,
    VehicleStatus.CONVEYING,
    VehicleStatus.AT_HOSPITAL,
    VehicleStatus.AVAILABLE,
)
"""A crew may have forgotten a step, so steps may be left out; none is taken back."""


def move(incident: Incident, command: MoveVehicle, now: datetime) -> tuple[IncidentEvent, ...]:
    """Record the vehicle's next step."""
    vehicle = _on_it(incident, command.vehicle_id)
    if command.status is vehicle.status:
        return ()
    if command.status not in _ORDER or _ORDER.index(command.status) < _ORDER.index(
        vehicle.status
    ):
        raise Refused(Refusal.BACKWARDS)
    if command.status is VehicleStatus.AVAILABLE and vehicle.status not in WITH_PATIENT:
        raise Refused(Refusal.NOBODY_ATTENDED)  # that is standing down, which needs a reason
    is_there = command.status is VehicleStatus.ON_SCENE
    return (
        VehicleMoved(
            case_id=incident.case_id,
            vehicle_id=vehicle.vehicle_id,
            callsign=vehicle.callsign,
            status=command.status,
            by=command.by,
            moved_at=now,
            point=incident.place.point if is_there else None,
        ),
    )


def release(
    incident: Incident, command: ReleaseVehicle, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Let a vehicle go that was sent elsewhere."""
    vehicle = incident.vehicle(command.vehicle_id)
    if vehicle is None:
        return ()
    return (_stood_down(incident, vehicle, "Diverted to another incident", command.by, now),)


def stand_down(
    incident: Incident, command: StandDownVehicle, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Send a vehicle home that has not reached the patient, with a reason (H14)."""
    vehicle = _on_it(incident, command.vehicle_id)
    if vehicle.status in WITH_PATIENT:
        raise Refused(Refusal.WITH_PATIENT)
    read = must_have_read(incident, command, now)
    by = command.staff_name
    return (read, _stood_down(incident, vehicle, command.reason, by, now))


def _on_it(incident: Incident, vehicle_id: str) -> OnIncident:
    vehicle = incident.vehicle(vehicle_id)
    if vehicle is None:
        raise Refused(Refusal.VEHICLE_NOT_ON_IT)
    return vehicle


def _stood_down(
    incident: Incident, vehicle: OnIncident, reason: str, by: str, now: datetime
) -> VehicleStoodDown:
    return VehicleStoodDown(
        case_id=incident.case_id,
        vehicle_id=vehicle.vehicle_id,
        callsign=vehicle.callsign,
        reason=reason,
        by=by,
        stood_down_at=now,
    )
