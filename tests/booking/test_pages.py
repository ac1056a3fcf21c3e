"""What the receptionist of a clinic sees and does."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from standfast.booking.model import BOOKING, CancelBooking
from standfast.facts.contact import Patient
from standfast.facts.identity import OrganisationDetails
from standfast.identity.model import ORGANISATION, RegisterOrganisation
from tests.booking.examples import (
    AMIRA,
    AT_TWO,
    OWEN,
    SESSION_AT_TWO,
    STRANGER,
    book,
    open_session,
    slot,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

DAY = "/booking/clinic"
TEN_TO_TWELVE = AT_TWO.replace(hour=23, minute=50)


async def state_of(site: Site, booking_id: str) -> str:
    return (await site.state(BOOKING, booking_id)).state.value


async def test_a_day_without_a_session_says_so(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        page = await site.get(DAY)
        assert page.status_code == 200
        assert "No clinic today" in page.text


async def test_a_session_without_bookings_says_how_many_slots_are_free(
    database: Database,
) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        page = await site.get(DAY)
        for words in (
            "nobody is booked yet",
            "Grace Akande",
            "3 of 4 slots free",
            "face to face",
        ):
            assert words in page.text


async def test_a_booking_is_listed_with_patient_age_problem_and_whoever_sent_it(
    database: Database,
) -> None:
    async with open_site(database, actor=OWEN) as site:
        details = OrganisationDetails(
            org=PROVIDER, name="Harrowmere Urgent Care", kind="provider", phone="01632960111"
        )
        await site.execute(ORGANISATION, PROVIDER, RegisterOrganisation(organisation=details))
        await open_session(site)
        await book(site, 0)
        page = await site.get(DAY)
        for words in (
            "14:00",
            "OKONKWO-BRIGHT, Margaret (Mrs)",
            "78y",
            "Dizzy on standing",
            "Harrowmere Urgent Care",
            "C-7F3K2",
            "Booked",
            "1 booked, 1 still to come",
            "2 of 4 slots free",
        ):
            assert words in page.text
        assert "hot" in page.text  # the tab counts who is due


async def test_the_list_alone_is_served_to_whoever_watches_it(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        page = await site.get(f"{DAY}?day=2026-11-23")
        assert 'data-live="/booking/clinic/_day?day=2026-11-23"' in page.text
        part = await site.get("/booking/clinic/_day?day=2026-11-22")
        assert part.status_code == 200
        assert "<html" not in part.text
        assert "Grace Akande" in part.text


async def test_a_clinic_that_is_open_over_midnight_sees_the_patients_of_both_days(
    database: Database,
) -> None:
    async with open_site(
        database, actor=OWEN, now=TEN_TO_TWELVE - timedelta(minutes=5)
    ) as site:
        night = tuple(slot(each, first=TEN_TO_TWELVE) for each in (0, 1, 2, 60))
        await open_session(site, replace(SESSION_AT_TWO, slots=night))
        await book(site, 0, starts_at=night[0].starts_at)
        holt = Patient(family="Holt", given="Sam")
        after = await book(site, 1, "case-2", patient=holt, starts_at=night[1].starts_at)
        page = (await site.get(DAY)).text
        assert 'data-live="/booking/clinic/_day"' in page, "at one, it is the next day's"
        for words in (
            "OKONKWO-BRIGHT",
            "HOLT",
            "23:50",
            '00:05 <span class="small">23-Nov-2026',
        ):
            assert words in page
        assert "2 booked, 2 still to come" in page
        assert "1 of 3 slots free" in page, "tomorrow afternoon's is not tonight's"
        answer = await site.post(f"/booking/{after}/arrived")
        assert answer.headers["location"] == f"{DAY}?day=2026-11-22", "where it was pressed"
        site.clock.move(hours=1)
        part = (await site.get(f"{DAY}/_day")).text
        for words in ("23-Nov-2026</span>: 2 booked, 1 still to come", "Not here yet"):
            assert words in part


async def test_an_age_in_years_is_enough_and_an_unknown_one_is_said(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        await book(site, 0, patient=Patient(family="Holt", given="Sam", age_years=41))
        await book(site, 1, case="case-2", patient=Patient(family="Reed", given="Kit"))
        page = await site.get(DAY)
        assert "41y" in page.text
        assert "Not known" in page.text


async def test_an_arrival_is_recorded_and_taken_back(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        answer = await site.post(f"/booking/{booking_id}/arrived")
        assert answer.headers["location"] == "/booking/clinic?day=2026-11-22"
        assert await state_of(site, booking_id) == "arrived"
        assert "Undo arrival" in (await site.get(DAY)).text
        await site.post(f"/booking/{booking_id}/not-arrived")
        assert await state_of(site, booking_id) == "booked"


async def test_a_cancellation_needs_a_reason_and_frees_the_slot(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        answer = await site.post(f"/booking/{booking_id}/cancel", {"reason": "  "})
        assert answer.status_code == 422
        assert "Enter why the booking is cancelled" in answer.text
        assert await state_of(site, booking_id) == "booked"
        await site.post(f"/booking/{booking_id}/cancel", {"reason": "The clinician is ill"})
        page = await site.get(DAY)
        assert "Cancelled" in page.text
        assert "The clinician is ill" in page.text
        assert "3 of 4 slots free" in page.text


async def test_a_reason_that_is_too_long_is_kept_and_marked(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        answer = await site.post(f"/booking/{booking_id}/cancel", {"reason": "ill " * 80})
        assert answer.status_code == 422
        assert "ill ill ill" in answer.text


async def test_who_is_not_here_at_their_time_is_marked_and_may_come_late(
    database: Database,
) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        early = await site.post(f"/booking/{booking_id}/did-not-attend")
        assert early.status_code == 422
        assert "The appointment has not begun yet" in early.text
        site.clock.move(hours=2, minutes=1)
        assert "Not here yet" in (await site.get(DAY)).text
        await site.post(f"/booking/{booking_id}/did-not-attend")
        assert "Did not attend" in (await site.get(DAY)).text
        await site.post(f"/booking/{booking_id}/arrived")
        assert await state_of(site, booking_id) == "arrived"


async def test_what_the_callers_side_cancelled_meanwhile_is_refused_in_words(
    database: Database,
) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        gone = CancelBooking(reason="Feels better", by="Amira Khan", by_clinic=False)
        await site.execute(BOOKING, booking_id, gone, actor=AMIRA)
        answer = await site.post(f"/booking/{booking_id}/arrived")
        assert answer.status_code == 422
        assert "This booking was cancelled. Book a new slot." in answer.text
        assert "Feels better" in answer.text


async def test_a_booking_shows_all_that_came_with_it(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        page = await site.get(f"/booking/{booking_id}")
        for words in (
            "OKONKWO-BRIGHT, Margaret (Mrs)",
            "999 012 3451",
            "07700 900 417",
            "Jane, daughter",
            "See or speak to primary care within 2 hours",
            "Grace Akande, Emergency nurse practitioner",
            "Amira Khan",
        ):
            assert words in page.text


@pytest.mark.parametrize("step", ["arrived", "not-arrived", "did-not-attend", "cancel"])
async def test_another_clinic_finds_no_such_booking(database: Database, step: str) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        booking_id = await book(site, 0)
        site.as_(STRANGER)
        assert (await site.get(f"/booking/{booking_id}")).status_code == 404
        answer = await site.post(f"/booking/{booking_id}/{step}", {"reason": "Not ours"})
        assert answer.status_code == 404
        assert "No clinic today" in (await site.get(DAY)).text
        assert await state_of(site, booking_id) == "booked"


async def test_a_call_handler_may_not_open_the_clinic(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert (await site.get(DAY)).status_code == 403


async def test_other_days_are_one_press_away(database: Database) -> None:
    async with open_site(database, actor=OWEN) as site:
        await open_session(site)
        await book(site, 0)
        assert "/booking/clinic?day=2026-11-23" in (await site.get(DAY)).text
        tomorrow = await site.get(f"{DAY}?day=2026-11-23")
        assert "No clinic on this day" in tomorrow.text
        assert (await site.get(f"{DAY}?day=rubbish")).status_code == 200
