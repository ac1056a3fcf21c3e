"""What booking does when something happens elsewhere."""

from typing import Final

from standfast.booking.model import (
    BOOKING,
    BookSlot,
    CancelBooking,
    ChangeBookingDetails,
    Refusal,
)
from standfast.facts.requests import (
    AppointmentDetailsChanged,
    AppointmentGivenUp,
    AppointmentRequested,
)
from standfast.kernel.reactions import Reaction


def _book(event: AppointmentRequested) -> BookSlot:
    return BookSlot(
        booking_id=event.booking_id,
        org=event.to_org,
        from_org=event.org,
        case_id=event.case_id,
        reference=event.reference,
        slot_id=event.slot_id,
        service_id=event.service_id,
        service_name=event.service_name,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        patient=event.patient,
        numbers=event.numbers,
        problem=event.problem,
        disposition=event.disposition,
        by=event.by,
    )


def _give_up(event: AppointmentGivenUp) -> CancelBooking:
    return CancelBooking(reason=event.reason, by=event.by, by_clinic=False)


def _change_details(event: AppointmentDetailsChanged) -> ChangeBookingDetails:
    return ChangeBookingDetails(
        patient=event.patient, numbers=event.numbers, changed_at=event.changed_at
    )


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(
        on=AppointmentRequested,
        decider=BOOKING,
        key=lambda event: event.booking_id,
        command=_book,
    ),
    Reaction(
        on=AppointmentGivenUp,
        decider=BOOKING,
        key=lambda event: event.booking_id,
        command=_give_up,
        ignore=frozenset({Refusal.ALREADY_CANCELLED}),
    ),
    Reaction(
        on=AppointmentDetailsChanged,
        decider=BOOKING,
        key=lambda event: event.booking_id,
        command=_change_details,
        ignore=frozenset({Refusal.NOT_BOOKED}),
    ),
)
