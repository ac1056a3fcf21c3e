"""From a caller's side to the clinic's and back, through two machines on one database."""

import asyncio

import pytest
from msgspec.structs import replace

from standfast.calls.model_case import CASE
from standfast.identity.permissions import Role
from tests.booking.examples import OWEN, open_session
from tests.calls.examples import DESCRIBE, OPEN, entry, open_case, write
from tests.directory.examples import (
    KINGSMOOR,
    NEED_WITHIN_TWO_HOURS,
    list_services,
    state_need,
)
from tests.identity.examples import actor_in
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

FIRST, SECOND = OPEN["case_id"], "018f9d2e-7c1a-7000-8000-0000000000b2"
AMIRA = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")
JOE = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")


async def set_up(one: Site, two: Site) -> None:
    """Open the clinic, and a case in each of two handlers' hands that wants a service."""
    await list_services(one, KINGSMOOR)
    await open_session(one)
    await open_case(one, DESCRIBE, who=AMIRA)
    opened = entry("calls.open", SECOND, call_id="exchange-1:0002", number="07700900555")
    body = {"family": "Holt", "given": "Sam", "age_years": 41, "sex": "male"}
    await write(two.as_(JOE), opened, entry("calls.describe_patient", SECOND, patient=body))
    for case_id in (FIRST, SECOND):
        await state_need(one, replace(NEED_WITHIN_TWO_HOURS, case_id=case_id))


async def test_two_handlers_on_two_machines_go_for_one_slot_and_the_clinic_sees_one(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as one, open_site(database, actor=JOE) as two:
        await set_up(one, two)
        answers = await asyncio.gather(
            one.post(f"/calls/{FIRST}/book", {"slot_id": "slot-0"}),
            two.post(f"/calls/{SECOND}/book", {"slot_id": "slot-0"}),
        )
        assert sorted(each.status_code for each in answers) == [303, 409]
        site, case_id, answer = (
            (one, FIRST, answers[0])
            if answers[0].status_code == 409
            else (two, SECOND, answers[1])
        )
        assert "Somebody has just taken that slot." in answer.text
        shown = await site.get(f"/directory/needs/{case_id}/_services")
        assert 'value="slot-0"' not in shown.text
        assert 'value="slot-1"' in shown.text
        day = await one.as_(OWEN).get("/booking/clinic")
        assert "1 booked, 1 still to come" in day.text


async def test_what_the_clinic_cancels_the_callers_side_is_told_and_books_again(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as one, open_site(database, actor=JOE) as two:
        await set_up(one, two)
        await one.post(f"/calls/{FIRST}/book", {"slot_id": "slot-0"})
        booking = (await one.state(CASE, FIRST)).booking
        assert booking is not None
        sent = {"reason": "The clinician is ill"}
        await two.as_(OWEN).post(f"/booking/{booking.booking_id}/cancel", sent)
        assert (await one.state(CASE, FIRST)).booking is None
        shown = await one.get(f"/directory/needs/{FIRST}/_services")
        assert "was cancelled: The clinician is ill. Choose another." in shown.text
        answer = await one.post(f"/calls/{FIRST}/book", {"slot_id": "slot-1"})
        assert answer.status_code == 303


async def test_what_the_caller_gives_up_is_free_and_struck_from_the_clinics_list(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as one, open_site(database, actor=JOE) as two:
        await set_up(one, two)
        await one.post(f"/calls/{FIRST}/book", {"slot_id": "slot-0"})
        await one.post(f"/calls/{FIRST}/give-up", {"reason": "Feels better"})
        answer = await two.post(f"/calls/{SECOND}/book", {"slot_id": "slot-0"})
        assert answer.status_code == 303
        day = await one.as_(OWEN).get("/booking/clinic")
        assert "Feels better" in day.text
        assert "HOLT, Sam" in day.text
