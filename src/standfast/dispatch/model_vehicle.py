"""The rules for one vehicle: on shift, on one job at a time, and where it is. Pure."""

from datetime import datetime
from typing import Final, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.dispatch.refusals import Refusal
from standfast.dispatch.state import WITH_PATIENT
from standfast.facts.dispatch import (
    VehicleChanged,
    VehicleEvent,
    VehicleOnShift,
    VehicleStatus,
)
from standfast.kernel.geo import Point
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText


class StartShift(Command, frozen=True, kw_only=True):
    """This vehicle and its crew can be sent from now on."""

    vehicle_id: ShortText
    org: ShortText
    callsign: ShortText
    kind: ShortText
    station: ShortText
    crew: tuple[str, ...]
    point: Point
    status: VehicleStatus


class ReportPosition(Command, frozen=True, kw_only=True):
    """The vehicle says where it is."""

    point: Point


class SetStatus(Command, frozen=True, kw_only=True):
    """A vehicle without a job is available, at hospital or off the road."""

    status: VehicleStatus


class TakeJob(Command, frozen=True, kw_only=True):
    """Go to this case; ``leaving`` is the one it is knowingly taken from."""

    case_id: str
    leaving: str | None


class FollowJob(Command, frozen=True, kw_only=True):
    """The vehicle has a new status on the case that it is on."""

    case_id: str
    status: VehicleStatus
    point: Point | None


class LeaveJob(Command, frozen=True, kw_only=True):
    """The vehicle is done with the case, or need not go."""

    case_id: str


VehicleCommand: TypeAlias = (
    StartShift | ReportPosition | SetStatus | TakeJob | FollowJob | LeaveJob
)


class Vehicle(Struct, frozen=True, kw_only=True):
    """One vehicle. ``jobs`` holds more than one case only when two sites contradict (H15)."""

    org: str = ""
    vehicle_id: str = ""
    callsign: str = ""
    kind: str = ""
    station: str = ""
    crew: tuple[str, ...] = ()
    status: VehicleStatus = VehicleStatus.OFF_ROAD
    status_at: datetime | None = None
    point: Point | None = None
    point_at: datetime | None = None
    jobs: tuple[str, ...] = ()

    @property
    def is_contested(self) -> bool:
        """Whether it was sent to two places by people who did not know of each other."""
        return len(self.jobs) > 1


def decide(
    vehicle: Vehicle, command: VehicleCommand, now: datetime
) -> tuple[VehicleEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    if isinstance(command, StartShift):
        return _start_shift(vehicle, command, now)
    if not vehicle.org:
        raise Refused(Refusal.VEHICLE_UNKNOWN)
    match command:
        case ReportPosition():
            return _report_position(vehicle, command, now)
        case SetStatus():
            return _set_status(vehicle, command, now)
        case TakeJob():
            return _take_job(vehicle, command, now)
        case FollowJob():
            return _follow_job(vehicle, command, now)
        case LeaveJob():
            return _leave_job(vehicle, command, now)
        case _:
            assert_never(command)


def evolve(vehicle: Vehicle, event: VehicleEvent) -> Vehicle:
    """Learn one fact. A job that was not knowingly left stays beside the new one."""
    match event:
        case VehicleOnShift():
            return replace(
                vehicle,
                org=event.org,
                vehicle_id=event.vehicle_id,
                callsign=event.callsign,
                kind=event.kind,
                station=event.station,
                crew=event.crew,
                point=event.point,
                point_at=event.at,
                status=vehicle.status if vehicle.jobs else event.status,
                status_at=event.at,
            )
        case VehicleChanged():
            return _changed(vehicle, event)
        case _:
            assert_never(event)


def _changed(vehicle: Vehicle, event: VehicleChanged) -> Vehicle:
    jobs = tuple(job for job in vehicle.jobs if job != event.left)
    if event.case_id is not None and event.case_id not in jobs:
        jobs = (*jobs, event.case_id)
    is_newer = vehicle.point_at is None or event.at >= vehicle.point_at
    return replace(
        vehicle,
        jobs=jobs,
        status=event.status,
        status_at=vehicle.status_at if event.status == vehicle.status else event.at,
        point=event.point if event.point and is_newer else vehicle.point,
        point_at=event.at if event.point and is_newer else vehicle.point_at,
    )


def _start_shift(
    vehicle: Vehicle, command: StartShift, now: datetime
) -> tuple[VehicleEvent, ...]:
    if vehicle.jobs:
        raise Refused(Refusal.VEHICLE_BUSY)
    started = VehicleOnShift(
        vehicle_id=command.vehicle_id,
        org=command.org,
        callsign=command.callsign,
        kind=command.kind,
        station=command.station,
        crew=command.crew,
        point=command.point,
        status=command.status,
        at=now,
    )
    return (started,)


def _report_position(
    vehicle: Vehicle, command: ReportPosition, now: datetime
) -> tuple[VehicleEvent, ...]:
    job = vehicle.jobs[-1] if vehicle.jobs else None
    return (_change(vehicle, vehicle.status, job, now, point=command.point),)


def _set_status(
    vehicle: Vehicle, command: SetStatus, now: datetime
) -> tuple[VehicleEvent, ...]:
    if vehicle.jobs:
        raise Refused(Refusal.VEHICLE_BUSY)
    if command.status not in WITHOUT_JOB:
        raise Refused(Refusal.VEHICLE_NOT_ON_IT)
    if command.status is vehicle.status:
        return ()
    return (_change(vehicle, command.status, None, now),)


WITHOUT_JOB: Final = frozenset(
    {VehicleStatus.AVAILABLE, VehicleStatus.AT_HOSPITAL, VehicleStatus.OFF_ROAD}
)
"""What a vehicle can be while it has no incident."""


def _take_job(vehicle: Vehicle, command: TakeJob, now: datetime) -> tuple[VehicleEvent, ...]:
    """Take one job, or swap one that it has not reached yet for another."""
    if command.case_id in vehicle.jobs:
        return ()
    if set(vehicle.jobs) - {command.leaving}:
        raise Refused(Refusal.VEHICLE_BUSY)
    if vehicle.jobs and vehicle.status in WITH_PATIENT:
        raise Refused(Refusal.WITH_PATIENT)
    if not vehicle.jobs and vehicle.status is not VehicleStatus.AVAILABLE:
        raise Refused(Refusal.VEHICLE_NOT_AVAILABLE)
    left = command.leaving if command.leaving in vehicle.jobs else None
    return (_change(vehicle, VehicleStatus.ALLOCATED, command.case_id, now, left=left),)


def _follow_job(
    vehicle: Vehicle, command: FollowJob, now: datetime
) -> tuple[VehicleEvent, ...]:
    if vehicle.jobs and command.case_id not in vehicle.jobs:
        raise Refused(Refusal.VEHICLE_BUSY)
    return (_change(vehicle, command.status, command.case_id, now, point=command.point),)


def _leave_job(vehicle: Vehicle, command: LeaveJob, now: datetime) -> tuple[VehicleEvent, ...]:
    if command.case_id not in vehicle.jobs:
        return ()
    rest = tuple(job for job in vehicle.jobs if job != command.case_id)
    status = VehicleStatus.ALLOCATED if rest else VehicleStatus.AVAILABLE
    job = rest[-1] if rest else None
    return (_change(vehicle, status, job, now, left=command.case_id),)


def _change(
    vehicle: Vehicle,
    status: VehicleStatus,
    case_id: str | None,
    now: datetime,
    *,
    point: Point | None = None,
    left: str | None = None,
) -> VehicleChanged:
    return VehicleChanged(
        vehicle_id=vehicle.vehicle_id,
        status=status,
        case_id=case_id,
        point=point,
        at=now,
        left=left,
    )


VEHICLE: Final = Decider(
    stream="dispatch.vehicle",
    sealed=False,
    event_type=VehicleEvent,
    initial=Vehicle(),
    decide=decide,
    evolve=evolve,
    org=lambda vehicle: vehicle.org,
)
