"""What clinics offer and what is booked. This file only ever grows."""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.facts.contact import NumberToRing, Patient
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex


class SlotOffer(Struct, frozen=True, kw_only=True):
    """A stretch of a clinician's time. Not ``free``: the clinic has filled it itself."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    free: bool


class SessionOpened(Event, frozen=True, kw_only=True, tag="booking.session_opened.v1"):
    """A clinic offers these slots. ``channel`` is face_to_face or phone."""

    session_id: str
    org: str
    service_id: str
    clinician: str
    clinician_role: str
    clinician_sex: Sex
    channel: str
    slots: tuple[SlotOffer, ...]


SessionEvent: TypeAlias = SessionOpened


class SlotBooked(Event, frozen=True, kw_only=True, tag="booking.slot_booked.v1"):
    """The slot is this patient's. ``org`` is the clinic's, ``from_org`` whoever booked it."""

    booking_id: str
    org: str
    from_org: str
    case_id: str
    reference: str
    slot_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    booked_at: datetime
    by: str


class PatientArrived(Event, frozen=True, kw_only=True, tag="booking.patient_arrived.v1"):
    """The patient is here."""

    booking_id: str
    case_id: str
    by: str
    arrived_at: datetime


class ArrivalUndone(Event, frozen=True, kw_only=True, tag="booking.arrival_undone.v1"):
    """It was somebody else who came."""

    booking_id: str
    case_id: str
    by: str
    undone_at: datetime


class BookingCancelled(Event, frozen=True, kw_only=True, tag="booking.booking_cancelled.v1"):
    """The slot is free again. ``by_clinic``: the caller's side must find another way."""

    booking_id: str
    case_id: str
    reason: str
    by: str
    by_clinic: bool
    cancelled_at: datetime


class DidNotAttend(Event, frozen=True, kw_only=True, tag="booking.did_not_attend.v1"):
    """The patient did not come."""

    booking_id: str
    case_id: str
    by: str
    noted_at: datetime


class BookingDetailsChanged(
    Event, frozen=True, kw_only=True, tag="booking.booking_details_changed.v1"
):
    """The case has learnt who the patient is, or whom to ring; the slot stays theirs."""

    booking_id: str
    case_id: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    changed_at: datetime


BookingEvent: TypeAlias = (
    SlotBooked
    | PatientArrived
    | ArrivalUndone
    | BookingCancelled
    | DidNotAttend
    | BookingDetailsChanged
)


class SlotDetails(Struct, frozen=True, kw_only=True):
    """A slot as somebody who books it must know it; ``org`` is the clinic's."""

    slot_id: str
    org: str
    service_id: str
    starts_at: datetime
    ends_at: datetime
    clinician: str
    clinician_role: str
    channel: str
    free: bool
    clinician_sex: Sex = Sex.UNKNOWN


SLOT: Final[Question[SlotDetails | None]] = Question("booking.slot")
"""By slot id, whoever asks: what a clinic offers is no secret. None when there is no such slot."""

FREE_SLOTS: Final[Question[tuple[SlotDetails, ...]]] = Question("booking.free_slots")
"""The key is ``service_id,service_id|from|until``, the instants in ISO 8601: every slot of these
services that begins from then until then and is nobody's, earliest first. Whoever asks."""


class BookingSummary(Struct, frozen=True, kw_only=True):
    """What became of a booking. ``state``: booked, arrived, cancelled, did_not_attend."""

    booking_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    state: str
    note: str
    """Why it was cancelled."""


CASE_BOOKINGS: Final[Question[tuple[BookingSummary, ...]]] = Question("booking.of_case")
"""By case id, for the organisation that booked: its bookings, the earliest made first."""
