"""What the desk says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.dispatch.refusals import Refusal
from standfast.facts.dispatch import (
    CategoryLowered,
    DetailsRead,
    DetailsReceived,
    IncidentClosed,
    IncidentEvent,
    MapEvent,
    RequestAccepted,
    RequestNotAccepted,
    RequestPhoned,
    RequestReceived,
    VehicleAllocated,
    VehicleChanged,
    VehicleEvent,
    VehicleMoved,
    VehicleOnShift,
    VehicleStatus,
    VehicleStoodDown,
)
from standfast.web.rendering import local_time

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.NOT_OPEN: "This incident is closed. Ask for a new request, which opens it again.",
    Refusal.ALREADY_ACCEPTED: "Somebody else has taken it. Look at the incident for who it is.",
    Refusal.NOT_ACCEPTED: "Take it first: nobody has it yet.",
    Refusal.NOTHING_TO_ACCEPT: "Nothing waits to be accepted. Look at the list again.",
    Refusal.NOT_READ: "Read the summary and every finding, then tick that you have read them.",
    Refusal.CHANGED_SINCE: "The details changed while you were reading. Read them again below.",
    Refusal.NOT_LOWER: "Select a category that is less urgent than it has now.",
    Refusal.VEHICLE_BUSY: "This vehicle is on another incident. Send another, or divert it.",
    Refusal.VEHICLE_UNKNOWN: "This vehicle is not on shift. Select one from the list.",
    Refusal.VEHICLE_NOT_AVAILABLE: "This vehicle is not available. Set it to available first.",
    Refusal.VEHICLE_NOT_ON_IT: "This vehicle is not on this incident any more. Look again.",
    Refusal.VEHICLE_STILL_ON_IT: "A vehicle is still on it. Clear it or stand it down first.",
    Refusal.WITH_PATIENT: "The crew is with the patient. Wait until it is clear.",
    Refusal.BACKWARDS: "The vehicle is further on already. Select a later step.",
    Refusal.NOBODY_ATTENDED: "Nobody reached the patient. Select another ending, and say why.",
    Refusal.SOMEBODY_ATTENDED: "A crew was with the patient. Select how that ended.",
    Refusal.WHY_MISSING: "Enter why nobody goes.",
    Refusal.NOT_A_MAP: "This map cannot be shown. Draw it with paths and text alone.",
}

STATUS: Final[Mapping[VehicleStatus, str]] = {
    VehicleStatus.AVAILABLE: "Available",
    VehicleStatus.ALLOCATED: "Allocated",
    VehicleStatus.MOBILE: "Mobile",
    VehicleStatus.ON_SCENE: "On scene",
    VehicleStatus.CONVEYING: "Conveying",
    VehicleStatus.AT_HOSPITAL: "At hospital",
    VehicleStatus.OFF_ROAD: "Off the road",
}
"""What a status is called."""


def describe_incident(event: IncidentEvent) -> str:  # noqa: C901, PLR0911, PLR0912 - one case each
    """Return one plain sentence for what happened."""
    match event:
        case RequestReceived():
            return f"Ambulance desk received, category {event.category[1]}: {event.reason}"
        case DetailsReceived():
            return "Ambulance desk received newer details of who and where"
        case RequestAccepted():
            return (
                f"{event.staff_name} at {event.desk} accepted it as incident "
                f"{event.incident_number}"
            )
        case RequestNotAccepted():
            return f"Nobody at the ambulance desk accepted it by {local_time(event.noticed_at)}"
        case RequestPhoned():
            return f"{event.by} rang it through to control, which gave {event.incident_number}"
        case DetailsRead():
            return f"{event.staff_name} read all the details"
        case CategoryLowered():
            return (
                f"{event.by} lowered it from category {event.seen[1]} to {event.category[1]}, "
                f"agreed by {event.agreed_by}: {event.reason}"
            )
        case VehicleAllocated():
            there = f", there about {local_time(event.eta_at)}" if event.eta_at else ""
            diverted = ", diverted from another incident" if event.diverted_from else ""
            return f"{event.by} sent {event.callsign}{there}{diverted}"
        case VehicleMoved():
            if event.status is VehicleStatus.AVAILABLE:
                return f"{event.callsign} is clear"
            return f"{event.callsign} is now: {STATUS[event.status].lower()}"
        case VehicleStoodDown():
            return f"{event.by} stood {event.callsign} down: {event.reason}"
        case IncidentClosed():
            return f"{event.by} closed the incident. {event.outcome}"
        case _:
            assert_never(event)


def describe_vehicle(event: VehicleEvent) -> str:
    """Return one plain sentence for what happened."""
    match event:
        case VehicleOnShift():
            return f"{event.callsign} came on shift at {event.station}"
        case VehicleChanged():
            on = " on an incident" if event.case_id else ""
            return f"The vehicle is now: {STATUS[event.status].lower()}{on}"
        case _:
            assert_never(event)


def describe_map(_: MapEvent) -> str:
    """Return one plain sentence for what happened."""
    return "The desk's map was drawn anew"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "dispatch.incident": describe_incident,
    "dispatch.vehicle": describe_vehicle,
    "dispatch.map": describe_map,
}
"""By kind of stream: one plain sentence for each of its events."""
