"""A clinic waits for whoever the case is about now, not for whom it was booked (hazard H02)."""

import pytest

from standfast.booking.model import BOOKING
from standfast.calls.commands import IdentifyPatient, UnlinkPatient
from standfast.calls.model_case import CASE
from standfast.facts.contact import Patient
from standfast.identity.permissions import Role
from tests.booking.examples import MARGARET, OWEN, open_session
from tests.calls.examples import CASE_ID, DESCRIBE, open_case
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

AMIRA = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")
DILYS = Patient(person_id="p-dilys", family="Grey", given="Dilys", nhs_number="9990000018")


async def identify(site: Site, patient: Patient) -> None:
    order = IdentifyPatient(
        case_id=CASE_ID,
        patient=patient,
        gp_name="",
        language="",
        needs_interpreter=False,
        staff_name="Amira Khan",
    )
    await site.execute(CASE, CASE_ID, order, actor=AMIRA)


async def test_the_clinic_sees_who_the_patient_turned_out_to_be_and_that_it_changed(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site, KINGSMOOR)
        await open_session(site)
        await open_case(site, DESCRIBE, who=AMIRA)
        await state_need(site, NEED_WITHIN_TWO_HOURS)
        await identify(site, MARGARET)
        await site.post(f"/calls/{CASE_ID}/book", {"slot_id": "slot-0"})
        booking = (await site.state(CASE, CASE_ID)).booking
        assert booking is not None
        assert "Patient changed" not in (await site.as_(OWEN).get("/booking/clinic")).text

        unlink = UnlinkPatient(case_id=CASE_ID, staff_name="Amira Khan")
        await site.execute(CASE, CASE_ID, unlink, actor=AMIRA)
        await identify(site, DILYS)
        day = (await site.get("/booking/clinic")).text
        assert "GREY, Dilys" in day
        assert "OKONKWO-BRIGHT" not in day
        assert "Patient changed" in day
        page = (await site.get(f"/booking/{booking.booking_id}")).text
        assert "GREY, Dilys" in page
        assert "The patient has changed since it was booked" in page
        assert "OKONKWO-BRIGHT" not in page
        known = await site.state(BOOKING, booking.booking_id)
        assert BOOKING.subject(known) == DILYS.person_id
