"""The rules of sessions and bookings, one sentence each."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.booking.days import day_of, day_that_lists, days_from
from standfast.booking.model import (
    BOOKING,
    SESSION,
    Arrive,
    Booking,
    BookingCommand,
    CancelBooking,
    MarkNotAttended,
    Refusal,
    State,
    UndoArrival,
)
from standfast.booking.reactions import REACTIONS
from standfast.booking.tables import HoldRow, SlotRow, booking_rows, session_rows
from standfast.booking.words import DESCRIBES, REFUSALS
from standfast.facts.booking import (
    ArrivalUndone,
    BookingCancelled,
    BookingDetailsChanged,
    BookingEvent,
    DidNotAttend,
    PatientArrived,
    SlotBooked,
)
from standfast.facts.contact import Patient
from standfast.facts.requests import AppointmentGivenUp, AppointmentRequested
from standfast.kernel.messages import Command, Refused
from tests.booking.examples import AT_TWO, CLINIC, SESSION_AT_TWO, booking_of, slot
from tests.support.site import NOON

CANCEL = CancelBooking(reason="The clinician is ill", by="Owen Price", by_clinic=True)
ARRIVE = Arrive(by="Owen Price")
UNDO = UndoArrival(by="Owen Price")
ABSENT = MarkNotAttended(by="Owen Price")


def after(*steps: BookingCommand, at: datetime = NOON) -> Booking:
    """Return a booking of the two o'clock slot after *steps*, a minute apart from *at*."""
    events: list[BookingEvent] = list(BOOKING.decide(BOOKING.initial, booking_of(0), NOON))
    for number, step in enumerate(steps):
        now = at + timedelta(minutes=number)
        events.extend(BOOKING.decide(BOOKING.replay(events), step, now))
    return BOOKING.replay(events)


def refusal_of(known: Booking, command: BookingCommand, at: datetime = NOON) -> Any:
    with pytest.raises(Refused) as refused:
        BOOKING.decide(known, command, at)
    return refused.value.reason


def test_a_slot_is_booked_for_the_patient() -> None:
    (booked,) = BOOKING.decide(BOOKING.initial, booking_of(0), NOON)
    assert isinstance(booked, SlotBooked)
    assert booked.booked_at == NOON
    assert after().state is State.BOOKED


def test_the_same_booking_twice_is_one() -> None:
    assert BOOKING.decide(after(), booking_of(0), NOON) == ()


def test_one_booking_never_moves_to_another_slot() -> None:
    other = replace(booking_of(1), booking_id=booking_of(0).booking_id)
    assert refusal_of(after(), other) is Refusal.BOOKING_EXISTS
    assert refusal_of(after(CANCEL), booking_of(0)) is Refusal.BOOKING_EXISTS


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1), timedelta(days=1)])
def test_a_slot_that_has_begun_is_refused(late: timedelta) -> None:
    assert refusal_of(BOOKING.initial, booking_of(0), AT_TWO + late) is Refusal.SLOT_PAST


def test_who_has_arrived_is_here_until_that_is_undone() -> None:
    assert after(ARRIVE).state is State.ARRIVED
    assert after(ARRIVE, UNDO).state is State.BOOKED
    assert after(ARRIVE, UNDO, ARRIVE).state is State.ARRIVED


def test_arriving_twice_is_arriving_once() -> None:
    assert BOOKING.decide(after(ARRIVE), ARRIVE, NOON) == ()


def test_nobody_un_arrives_who_has_not_arrived() -> None:
    assert refusal_of(after(), UNDO) is Refusal.NOT_ARRIVED


def test_a_cancelled_booking_gives_its_slot_back_and_stays_cancelled() -> None:
    cancelled = after(CANCEL)
    assert cancelled.state is State.CANCELLED
    assert not cancelled.holds_slot
    for command in (CANCEL, ARRIVE, ABSENT):
        assert refusal_of(cancelled, command, AT_TWO) is Refusal.ALREADY_CANCELLED


def test_the_booking_of_somebody_in_the_room_is_not_cancelled() -> None:
    assert refusal_of(after(ARRIVE), CANCEL) is Refusal.ALREADY_ARRIVED
    assert refusal_of(after(ARRIVE), ABSENT, AT_TWO) is Refusal.ALREADY_ARRIVED


def test_nobody_is_absent_before_their_time() -> None:
    assert refusal_of(after(), ABSENT, AT_TWO - timedelta(seconds=1)) is Refusal.NOT_DUE_YET
    assert after(ABSENT, at=AT_TWO).state is State.DID_NOT_ATTEND
    assert BOOKING.decide(after(ABSENT, at=AT_TWO), ABSENT, AT_TWO) == ()


def test_somebody_who_comes_late_has_come() -> None:
    assert after(ABSENT, ARRIVE, at=AT_TWO).state is State.ARRIVED
    assert after(ABSENT, ARRIVE, UNDO, at=AT_TWO).state is State.DID_NOT_ATTEND


@pytest.mark.parametrize("command", [CANCEL, ARRIVE, UNDO, ABSENT])
def test_what_was_never_booked_cannot_be_changed(command: BookingCommand) -> None:
    assert refusal_of(BOOKING.initial, command) is Refusal.NOT_BOOKED


def test_a_session_offers_its_slots_by_time() -> None:
    shuffled = replace(SESSION_AT_TWO, slots=tuple(reversed(SESSION_AT_TWO.slots)))
    (opened,) = SESSION.decide(SESSION.initial, shuffled, NOON)
    assert [each.slot_id for each in opened.slots] == ["slot-0", "slot-1", "slot-2", "slot-3"]
    assert SESSION.decide(SESSION.replay([opened]), SESSION_AT_TWO, NOON) == ()


def test_a_slot_that_was_offered_stays_although_it_is_not_named_again() -> None:
    known = SESSION.replay(SESSION.decide(SESSION.initial, SESSION_AT_TWO, NOON))
    more = replace(SESSION_AT_TWO, slots=(slot(3, free=False), slot(4)))
    (opened,) = SESSION.decide(known, more, NOON)
    free = {each.slot_id for each in opened.slots if each.free}
    assert free == {"slot-0", "slot-1", "slot-4"}
    assert len(opened.slots) == 5


@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        ((), Refusal.NO_SLOTS),
        ((slot(0), replace(slot(0), slot_id="another")), Refusal.SLOTS_OVERLAP),
        (
            (slot(0), replace(slot(1), starts_at=AT_TWO + timedelta(minutes=14))),
            Refusal.SLOTS_OVERLAP,
        ),
        ((replace(slot(0), ends_at=AT_TWO),), Refusal.SLOTS_OVERLAP),
    ],
)
def test_a_session_with_slots_that_cannot_be_is_refused(
    slots: tuple[Any, ...], reason: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        SESSION.decide(SESSION.initial, replace(SESSION_AT_TWO, slots=slots), NOON)
    assert refused.value.reason is reason


def test_another_clinic_cannot_change_a_session() -> None:
    opened = SESSION.decide(SESSION.initial, SESSION_AT_TWO, NOON)
    theirs = replace(SESSION_AT_TWO, org="saltmarsh-access-hub")
    with pytest.raises(Refused) as refused:
        SESSION.decide(SESSION.replay(opened), theirs, NOON)
    assert refused.value.reason is Refusal.SESSION_OF_ANOTHER


def test_a_slot_that_the_clinic_filled_is_held_from_the_start() -> None:
    rows = list(
        session_rows(SESSION.replay(SESSION.decide(SESSION.initial, SESSION_AT_TWO, NOON)))
    )
    assert [row.slot_id for row in rows if isinstance(row, SlotRow)] == [
        "slot-0",
        "slot-1",
        "slot-2",
        "slot-3",
    ]
    assert [row.slot_id for row in rows if isinstance(row, HoldRow)] == ["slot-2"]


moments = st.integers(0, 400).map(lambda minute: NOON + timedelta(minutes=minute))
BOOKED = BOOKING.decide(BOOKING.initial, booking_of(0), NOON)[0]
IDS = {"booking_id": booking_of(0).booking_id, "case_id": "case-1", "by": "Owen Price"}
steps = st.one_of(
    moments.map(lambda at: PatientArrived(arrived_at=at, **IDS)),
    moments.map(lambda at: ArrivalUndone(undone_at=at, **IDS)),
    moments.map(
        lambda at: BookingCancelled(reason="Ill", by_clinic=True, cancelled_at=at, **IDS)
    ),
    moments.map(lambda at: DidNotAttend(noted_at=at, **IDS)),
    moments.map(
        lambda at: BookingDetailsChanged(
            booking_id=BOOKED.booking_id,
            case_id=BOOKED.case_id,
            patient=Patient(family=f"Grey {at.minute}"),
            numbers=(),
            changed_at=at,
        )
    ),
)


@given(st.lists(steps, max_size=4))
def test_in_whatever_order_the_facts_arrive_the_rows_are_the_same(
    happened: list[BookingEvent],
) -> None:
    orders: Sequence[Sequence[BookingEvent]] = list(permutations([BOOKED, *happened]))
    assert len({repr(list(booking_rows(BOOKING.replay(order)))) for order in orders}) == 1


@given(st.lists(st.sampled_from([ARRIVE, UNDO, ABSENT, CANCEL]), max_size=8))
def test_a_slot_is_held_until_the_booking_is_cancelled(commands: list[BookingCommand]) -> None:
    known, now = after(), AT_TWO
    for command in commands:
        now += timedelta(minutes=1)
        with suppress(Refused):
            for event in BOOKING.decide(known, command, now):
                known = BOOKING.evolve(known, event)
        held = [row for row in booking_rows(known) if isinstance(row, HoldRow)]
        assert len(held) == (known.state is not State.CANCELLED)


def test_a_wish_for_an_appointment_becomes_a_booking_of_the_clinic() -> None:
    wanted = booking_of(0)
    request = AppointmentRequested(
        to_org=CLINIC,
        requested_at=NOON,
        **{
            name: getattr(wanted, name)
            for name in AppointmentRequested.__struct_fields__
            if name in wanted.__struct_fields__ and name != "org"
        },
        org=wanted.from_org,
    )
    assert reaction_to(request) == (wanted.booking_id, wanted)


def test_an_appointment_given_up_is_cancelled_by_the_callers_side() -> None:
    given_up = AppointmentGivenUp(
        case_id="case-1", booking_id="b-1", reason="Feels better", by="Amira Khan", at=NOON
    )
    assert reaction_to(given_up) == (
        "b-1",
        CancelBooking(reason="Feels better", by="Amira Khan", by_clinic=False),
    )


def reaction_to(event: Any) -> tuple[str, Command | None]:
    (reaction,) = (each for each in REACTIONS if each.on is type(event))
    return reaction.key(event), reaction.command(event)


def test_every_refusal_has_its_sentence_and_every_fact_too() -> None:
    assert set(REFUSALS) == set(Refusal)
    tell = DESCRIBES["booking.booking"]
    told = [
        tell(BOOKED),
        tell(BookingCancelled(reason="Ill", by_clinic=True, cancelled_at=NOON, **IDS)),
        tell(PatientArrived(arrived_at=NOON, **IDS)),
        tell(ArrivalUndone(undone_at=NOON, **IDS)),
        tell(DidNotAttend(noted_at=NOON, **IDS)),
        DESCRIBES["booking.session"](SESSION.decide(SESSION.initial, SESSION_AT_TWO, NOON)[0]),
    ]
    assert told == [
        "Booked at Kingsmoor Urgent Treatment Centre for 14:00 on 22-Nov-2026",
        "The clinic cancelled the booking: Ill",
        "The patient arrived",
        "The arrival was taken back",
        "The patient did not attend",
        "Grace Akande offers 4 slots from 14:00 on 22-Nov-2026",
    ]


def test_a_clinics_day_is_the_calendars_even_when_the_clocks_change() -> None:
    lengths = {sent: day_of(sent, NOON) for sent in ("2026-10-25", "2027-03-28", "2026-11-22")}
    hours = [(day.end - day.begin) / timedelta(hours=1) for day in lengths.values()]
    assert hours == [25, 23, 24]


def test_today_goes_on_over_midnight_while_it_is_near() -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    near = timedelta(hours=4)
    for hours, begin, end in (
        (0, midnight - near, midnight + timedelta(days=1)),
        (12, midnight, midnight + timedelta(days=1)),
        (23, midnight, midnight + timedelta(hours=27)),
    ):
        day = day_of("", midnight + timedelta(hours=hours))
        assert (day.name, day.begin, day.end) == ("Today", begin, end)
    late = midnight + timedelta(hours=23)
    assert day_that_lists(late + near, late).name == "Tomorrow"
    assert day_that_lists(late + near - timedelta(minutes=1), late).name == "Today"


@pytest.mark.parametrize("sent", ["", "tomorrow", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_today(sent: str) -> None:
    assert day_of(sent, NOON).name == "Today"
    assert [day.name for day in days_from(NOON)] == ["Today", "Tomorrow", "Tuesday"]
