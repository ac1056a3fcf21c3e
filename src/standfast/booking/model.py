"""The rules of clinic sessions and of bookings. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, json, structs

from standfast.facts.booking import (
    ArrivalUndone,
    BookingCancelled,
    BookingDetailsChanged,
    BookingEvent,
    DidNotAttend,
    PatientArrived,
    SessionEvent,
    SessionOpened,
    SlotBooked,
    SlotOffer,
)
from standfast.facts.contact import NumberToRing, Patient
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import Sex, ShortText


class Refusal(StrEnum):
    """Every way a clinic can say no."""

    SLOT_TAKEN = "slot_taken"
    SLOT_PAST = "slot_past"
    BOOKING_EXISTS = "booking_exists"
    NOT_BOOKED = "not_booked"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_ARRIVED = "already_arrived"
    NOT_ARRIVED = "not_arrived"
    NOT_DUE_YET = "not_due_yet"
    SLOTS_OVERLAP = "slots_overlap"
    NO_SLOTS = "no_slots"
    SESSION_OF_ANOTHER = "session_of_another"


class State(StrEnum):
    """Where a booking stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"
    DID_NOT_ATTEND = "did_not_attend"


class OpenSession(Command, frozen=True, kw_only=True):
    """Offer these slots, or more of them. A slot offered before and not named again stays."""

    session_id: ShortText
    org: ShortText
    service_id: ShortText
    clinician: ShortText
    clinician_role: ShortText
    clinician_sex: Sex
    channel: ShortText
    slots: tuple[SlotOffer, ...]


class BookSlot(Command, frozen=True, kw_only=True):
    """Give the slot to this patient. ``org`` is the clinic's."""

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
    by: str


class Arrive(Command, frozen=True, kw_only=True):
    """The patient is here."""

    by: ShortText


class UndoArrival(Command, frozen=True, kw_only=True):
    """It was somebody else who came."""

    by: ShortText


class CancelBooking(Command, frozen=True, kw_only=True):
    """Give the slot back. ``by_clinic``: the caller's side must find another way."""

    reason: ShortText
    by: ShortText
    by_clinic: bool


class MarkNotAttended(Command, frozen=True, kw_only=True):
    """The patient did not come."""

    by: ShortText


class ChangeBookingDetails(Command, frozen=True, kw_only=True):
    """The case has learnt who the patient is, or whom to ring, at ``changed_at``."""

    patient: Patient
    numbers: tuple[NumberToRing, ...]
    changed_at: datetime


BookingCommand: TypeAlias = (
    BookSlot | Arrive | UndoArrival | CancelBooking | MarkNotAttended | ChangeBookingDetails
)
Step: TypeAlias = PatientArrived | ArrivalUndone | BookingCancelled | DidNotAttend


class Session(Struct, frozen=True):
    """What is known of one session. None: nothing yet."""

    opened: SessionOpened | None = None


class Booking(Struct, frozen=True):
    """What is known of one booking: what was booked, and the latest step of each kind.

    Kept so that any order in which the facts arrive comes to the same.
    """

    made: SlotBooked | None = None
    arrived: PatientArrived | None = None
    undone: ArrivalUndone | None = None
    cancelled: BookingCancelled | None = None
    absent: DidNotAttend | None = None
    changed: BookingDetailsChanged | None = None

    @property
    def patient(self) -> Patient:
        """Whose it is by all that is known now, who need not be whom it was made for."""
        latest = self.changed or self.made
        return latest.patient if latest else Patient()

    @property
    def patient_changed_at(self) -> datetime | None:
        """When it was learnt that it is for somebody else; None: it is as it was booked."""
        if self.changed is None or self.made is None or self.patient == self.made.patient:
            return None
        return self.changed.changed_at

    @property
    def is_here(self) -> bool:
        """Whether the patient has come, and nobody took that back."""
        if self.arrived is None:
            return False
        return self.undone is None or self.arrived.arrived_at > self.undone.undone_at

    @property
    def state(self) -> State:
        """Where it stands: somebody who is in the room is, whatever else was written."""
        if self.is_here:
            return State.ARRIVED
        if self.cancelled is not None:
            return State.CANCELLED
        return State.DID_NOT_ATTEND if self.absent else State.BOOKED

    @property
    def holds_slot(self) -> bool:
        """Whether nobody else can have the slot."""
        return self.made is not None and self.cancelled is None


def decide_session(
    known: Session, command: OpenSession, _: datetime
) -> tuple[SessionEvent, ...]:
    """Offer the session, unless all of it is offered already."""
    if known.opened is not None and known.opened.org != command.org:
        raise Refused(Refusal.SESSION_OF_ANOTHER)
    if not command.slots:
        raise Refused(Refusal.NO_SLOTS)
    before = known.opened.slots if known.opened else ()
    by_id = {slot.slot_id: slot for slot in (*before, *command.slots)}
    slots = tuple(sorted(by_id.values(), key=lambda slot: (slot.starts_at, slot.slot_id)))
    backwards = any(slot.starts_at >= slot.ends_at for slot in slots)
    if backwards or any(one.ends_at > other.starts_at for one, other in pairwise(slots)):
        raise Refused(Refusal.SLOTS_OVERLAP)
    opened = SessionOpened(
        session_id=command.session_id,
        org=command.org,
        service_id=command.service_id,
        clinician=command.clinician,
        clinician_role=command.clinician_role,
        clinician_sex=command.clinician_sex,
        channel=command.channel,
        slots=slots,
    )
    return () if known.opened == opened else (opened,)


def evolve_session(_: Session, event: SessionEvent) -> Session:
    """Learn one fact: the latest offer stands."""
    return Session(event)


def decide_booking(
    known: Booking, command: BookingCommand, now: datetime
) -> tuple[BookingEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    if isinstance(command, BookSlot):
        return _book(known, command, now)
    if known.made is None:
        raise Refused(Refusal.NOT_BOOKED)
    match command:
        case Arrive():
            return _arrive(known, known.made, command, now)
        case UndoArrival():
            return _undo_arrival(known, known.made, command, now)
        case CancelBooking():
            return _cancel(known, known.made, command, now)
        case MarkNotAttended():
            return _mark_not_attended(known, known.made, command, now)
        case ChangeBookingDetails():
            return _change_details(known, known.made, command)
        case _:
            assert_never(command)


def evolve_booking(known: Booking, event: BookingEvent) -> Booking:
    """Learn one fact: of each kind the latest counts, in whatever order they come."""
    match event:
        case SlotBooked():
            return structs.replace(known, made=event)
        case PatientArrived():
            old = known.arrived
            newer = old is None or old.arrived_at < event.arrived_at
            return structs.replace(known, arrived=event if newer else old)
        case ArrivalUndone():
            before = known.undone
            newer = before is None or before.undone_at < event.undone_at
            return structs.replace(known, undone=event if newer else before)
        case BookingCancelled():  # the first one freed the slot
            first = known.cancelled
            older = first is None or event.cancelled_at < first.cancelled_at
            return structs.replace(known, cancelled=event if older else first)
        case DidNotAttend():
            noted = known.absent
            newer = noted is None or noted.noted_at < event.noted_at
            return structs.replace(known, absent=event if newer else noted)
        case BookingDetailsChanged():
            latest = known.changed
            newer = latest is None or _when_changed(latest) < _when_changed(event)
            return structs.replace(known, changed=event if newer else latest)
        case _:
            assert_never(event)


def _book(known: Booking, command: BookSlot, now: datetime) -> tuple[BookingEvent, ...]:
    """Take the slot. That it is nobody else's is the database's to say: see ``tables.py``."""
    if known.made is not None:
        if known.made.slot_id == command.slot_id and known.holds_slot:
            return ()
        raise Refused(Refusal.BOOKING_EXISTS)
    if command.starts_at <= now:
        raise Refused(Refusal.SLOT_PAST)
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (SlotBooked(booked_at=now, **fields),)


def _arrive(
    known: Booking, made: SlotBooked, command: Arrive, now: datetime
) -> tuple[BookingEvent, ...]:
    """Welcome whoever has come, even late."""
    if known.state is State.CANCELLED:
        raise Refused(Refusal.ALREADY_CANCELLED)
    if known.is_here:
        return ()
    return (
        PatientArrived(
            booking_id=made.booking_id, case_id=made.case_id, by=command.by, arrived_at=now
        ),
    )


def _undo_arrival(
    known: Booking, made: SlotBooked, command: UndoArrival, now: datetime
) -> tuple[BookingEvent, ...]:
    if not known.is_here:
        raise Refused(Refusal.NOT_ARRIVED)
    return (
        ArrivalUndone(
            booking_id=made.booking_id, case_id=made.case_id, by=command.by, undone_at=now
        ),
    )


def _cancel(
    known: Booking, made: SlotBooked, command: CancelBooking, now: datetime
) -> tuple[BookingEvent, ...]:
    if known.state is State.CANCELLED:
        raise Refused(Refusal.ALREADY_CANCELLED)
    if known.is_here:
        raise Refused(Refusal.ALREADY_ARRIVED)
    return (
        BookingCancelled(
            booking_id=made.booking_id,
            case_id=made.case_id,
            reason=command.reason,
            by=command.by,
            by_clinic=command.by_clinic,
            cancelled_at=now,
        ),
    )


def _mark_not_attended(
    known: Booking, made: SlotBooked, command: MarkNotAttended, now: datetime
) -> tuple[BookingEvent, ...]:
    if known.state is State.CANCELLED:
        raise Refused(Refusal.ALREADY_CANCELLED)
    if known.is_here:
        raise Refused(Refusal.ALREADY_ARRIVED)
    if known.state is State.DID_NOT_ATTEND:
        return ()
    if now < made.starts_at:
        raise Refused(Refusal.NOT_DUE_YET)
    return (
        DidNotAttend(
            booking_id=made.booking_id, case_id=made.case_id, by=command.by, noted_at=now
        ),
    )


def _change_details(
    known: Booking, made: SlotBooked, command: ChangeBookingDetails
) -> tuple[BookingEvent, ...]:
    """Learn it; what is learnt later stands later, though two clocks say the same."""
    at, latest = command.changed_at, known.changed or made
    if known.changed is not None:
        at = max(at, known.changed.changed_at + timedelta(microseconds=1))
    if (latest.patient, latest.numbers) == (command.patient, command.numbers):
        return ()
    changed = BookingDetailsChanged(
        booking_id=made.booking_id,
        case_id=made.case_id,
        patient=command.patient,
        numbers=command.numbers,
        changed_at=at,
    )
    return (changed,)


def _when_changed(event: BookingDetailsChanged) -> tuple[datetime, bytes]:
    return event.changed_at, json.encode(event)


SESSION: Final[Decider[Session, OpenSession, SessionEvent]] = Decider(
    stream="booking.session",
    sealed=False,
    event_type=SessionEvent,
    initial=Session(),
    decide=decide_session,
    evolve=evolve_session,
    org=lambda known: known.opened.org if known.opened else "",
)
BOOKING: Final[Decider[Booking, BookingCommand, BookingEvent]] = Decider(
    stream="booking.booking",
    event_type=BookingEvent,
    initial=Booking(),
    decide=decide_booking,
    evolve=evolve_booking,
    org=lambda known: known.made.org if known.made else "",
    subject=lambda known: known.patient.person_id,
)
