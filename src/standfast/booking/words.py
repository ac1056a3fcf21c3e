"""What booking says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.booking.model import Refusal, State
from standfast.facts.booking import (
    ArrivalUndone,
    BookingCancelled,
    BookingDetailsChanged,
    BookingEvent,
    DidNotAttend,
    PatientArrived,
    SessionEvent,
    SlotBooked,
)
from standfast.web.rendering import local_date, local_time

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.SLOT_TAKEN: "Somebody has just taken that slot. Book the next free one, shown here.",
    Refusal.SLOT_PAST: "That slot has begun already. Choose a later one.",
    Refusal.BOOKING_EXISTS: "This booking was made before, for another slot. Book again.",
    Refusal.NOT_BOOKED: "There is no such booking. Look at the day's list again.",
    Refusal.ALREADY_CANCELLED: "This booking was cancelled. Book a new slot.",
    Refusal.ALREADY_ARRIVED: "The patient has arrived. Undo the arrival first.",
    Refusal.NOT_ARRIVED: (
        "The patient has not arrived, so there is nothing to undo. Look at the list again."
    ),
    Refusal.NOT_DUE_YET: "The appointment has not begun yet. Mark it once its time has come.",
    Refusal.SLOTS_OVERLAP: (
        "Two slots of this session overlap, or one ends before it begins. Correct the times."
    ),
    Refusal.NO_SLOTS: "Give the session at least one slot.",
    Refusal.SESSION_OF_ANOTHER: (
        "Another organisation has a session by this id. Give yours a different one."
    ),
}

STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    State.BOOKED.value: ("Booked", "", ""),
    State.ARRIVED.value: ("Arrived", "good", "check"),
    State.CANCELLED.value: ("Cancelled", "", "cross"),
    State.DID_NOT_ATTEND.value: ("Did not attend", "warn", "warning"),
}
"""Word, colour and shape of a booking's state."""

CHANNELS: Final[Mapping[str, str]] = {"face_to_face": "Face to face", "phone": "By phone"}


def describe_session(event: SessionEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"{event.clinician} offers {len(event.slots)} slots from {_when(event.slots[0].starts_at)}"


def describe_booking(event: BookingEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case SlotBooked():
            return f"Booked at {event.service_name} for {_when(event.starts_at)}"
        case PatientArrived():
            return "The patient arrived"
        case ArrivalUndone():
            return "The arrival was taken back"
        case BookingCancelled():
            whose = "The clinic" if event.by_clinic else "The caller's side"
            return f"{whose} cancelled the booking: {event.reason}"
        case DidNotAttend():
            return "The patient did not attend"
        case BookingDetailsChanged():
            return "The clinic was told of changed details of the patient"
        case _:
            assert_never(event)


def _when(at: datetime) -> str:
    return f"{local_time(at)} on {local_date(at)}"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "booking.session": describe_session,
    "booking.booking": describe_booking,
}
"""By kind of stream: one plain sentence for each of its events."""
