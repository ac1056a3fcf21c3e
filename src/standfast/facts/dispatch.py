"""What the ambulance desk has recorded. This file only ever grows.

Every event names its ``case_id``, so that the case which asked can follow it.
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.kernel.geo import Point
from standfast.kernel.messages import Event


class Category(StrEnum):
    """Ambulance response category. ``C1 < C2``: the lesser is the more urgent."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"


class VehicleStatus(StrEnum):
    """Where a vehicle is in its work."""

    AVAILABLE = "available"
    ALLOCATED = "allocated"
    MOBILE = "mobile"
    ON_SCENE = "on_scene"
    CONVEYING = "conveying"
    AT_HOSPITAL = "at_hospital"
    OFF_ROAD = "off_road"


class RequestReceived(Event, frozen=True, kw_only=True, tag="dispatch.request_received.v1"):
    """An ambulance is wanted. Of several requests for one case the most urgent stands."""

    case_id: str
    org: str
    from_org: str
    reference: str
    incident_number: str
    category: Category
    reason: str
    findings: tuple[str, ...]
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    received_at: datetime
    accept_by: datetime
    respond_by: datetime


class DetailsReceived(Event, frozen=True, kw_only=True, tag="dispatch.details_received.v1"):
    """The caller's side knows more: where, whom to ring, who it is."""

    case_id: str
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    received_at: datetime


class RequestAccepted(Event, frozen=True, kw_only=True, tag="dispatch.request_accepted.v1"):
    """A named person at the desk has it. Only now may anybody say "sent"."""

    case_id: str
    staff_id: str
    staff_name: str
    desk: str
    incident_number: str
    accepted_at: datetime
    category: Category | None = None
    """The request that was accepted, with ``accept_by``; None if it was not recorded which."""
    accept_by: datetime | None = None


class RequestNotAccepted(
    Event, frozen=True, kw_only=True, tag="dispatch.request_not_accepted.v1"
):
    """Nobody took it in time. It stays on the desk; the caller's side has been told to ring."""

    case_id: str
    noticed_at: datetime


class RequestPhoned(Event, frozen=True, kw_only=True, tag="dispatch.request_phoned.v1"):
    """The caller's side has rung it through; control gave ``incident_number`` on the phone."""

    case_id: str
    incident_number: str
    by: str
    at: datetime


class DetailsRead(Event, frozen=True, kw_only=True, tag="dispatch.details_read.v1"):
    """A named person has read all that was known at ``read_at``."""

    case_id: str
    staff_id: str
    staff_name: str
    read_at: datetime


class CategoryLowered(Event, frozen=True, kw_only=True, tag="dispatch.category_lowered.v1"):
    """It is less urgent than was asked for, a clinician agreed.

    ``seen`` is the category it was lowered from. A more urgent request that whoever lowered it
    had not seen stands, whichever arrives first.
    """

    case_id: str
    seen: Category
    category: Category
    reason: str
    agreed_by: str
    by: str
    respond_by: datetime
    lowered_at: datetime


class VehicleAllocated(Event, frozen=True, kw_only=True, tag="dispatch.vehicle_allocated.v1"):
    """A vehicle was given the incident. ``eta_at`` is None when the place is not known.

    ``diverted_from`` is the case that it was knowingly taken from, if any.
    """

    case_id: str
    vehicle_id: str
    callsign: str
    eta_at: datetime | None
    by: str
    allocated_at: datetime
    diverted_from: str | None = None


class VehicleMoved(Event, frozen=True, kw_only=True, tag="dispatch.vehicle_moved.v1"):
    """The vehicle on this incident has a new status; available means that it is clear of it.

    ``point`` is where that puts it, None when it does not say.
    """

    case_id: str
    vehicle_id: str
    callsign: str
    status: VehicleStatus
    by: str
    moved_at: datetime
    point: Point | None = None


class VehicleStoodDown(Event, frozen=True, kw_only=True, tag="dispatch.vehicle_stood_down.v1"):
    """The vehicle no longer goes to this incident, for the ``reason`` given."""

    case_id: str
    vehicle_id: str
    callsign: str
    reason: str
    by: str
    stood_down_at: datetime


class IncidentClosed(Event, frozen=True, kw_only=True, tag="dispatch.incident_closed.v1"):
    """The desk has finished with it. ``outcome`` says how."""

    case_id: str
    outcome: str
    by: str
    closed_at: datetime


IncidentEvent: TypeAlias = (
    RequestReceived
    | DetailsReceived
    | RequestAccepted
    | RequestNotAccepted
    | RequestPhoned
    | DetailsRead
    | CategoryLowered
    | VehicleAllocated
    | VehicleMoved
    | VehicleStoodDown
    | IncidentClosed
)


class VehicleOnShift(Event, frozen=True, kw_only=True, tag="dispatch.vehicle_on_shift.v1"):
    """A vehicle and its crew can be sent from now on."""

    vehicle_id: str
    org: str
    callsign: str
    kind: str
    station: str
    crew: tuple[str, ...]
    point: Point
    status: VehicleStatus
    at: datetime


class VehicleChanged(Event, frozen=True, kw_only=True, tag="dispatch.vehicle_changed.v1"):
    """A vehicle's status or place changed. ``case_id`` is None when it has no incident.

    ``left`` is the incident that it knowingly left with this change.
    """

    vehicle_id: str
    status: VehicleStatus
    case_id: str | None
    point: Point | None
    at: datetime
    left: str | None = None


VehicleEvent: TypeAlias = VehicleOnShift | VehicleChanged


class MapPublished(Event, frozen=True, kw_only=True, tag="dispatch.map_published.v1"):
    """The trust's map was drawn anew: the inside of an SVG of 800 by 600, north up.

    The land, ``width_metres`` by ``height_metres``, fills it as far as it goes and is centred.
    """

    org: str
    drawing: str
    width_metres: float
    height_metres: float
    published_at: datetime


MapEvent: TypeAlias = MapPublished
