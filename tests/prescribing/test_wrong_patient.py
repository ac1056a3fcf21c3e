"""A prescription outlives the mistake about whose it is: nobody may hand it out (hazard H02)."""

import pytest
from msgspec.structs import replace

from standfast.facts.contact import Patient
from standfast.facts.people import AllergyStatus
from standfast.prescribing.commands import ChangeDetails
from standfast.prescribing.model import NEED
from standfast.prescribing.state import Stage
from tests.identity.examples import LOADER
from tests.prescribing.examples import ADA, ASKED, LEILA, LORNA, MARGARET
from tests.prescribing.place import (
    NEED_PAGE,
    ask_for,
    furnish,
    known,
    record,
    send_it,
    sign_it,
)
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

DILYS = Patient(person_id="p-dilys", family="Grey", given="Dilys")


async def sent_to_the_pharmacy(site: Site) -> str:
    """Have a prescription of Margaret's lie with Leila; return where she looks at it."""
    await furnish(site)
    await record(site, AllergyStatus.NONE_KNOWN)
    await ask_for(site)
    await sign_it(site)
    return f"/prescribing/dispensing/{await send_it(site)}"


async def turns_out_to_be(site: Site, patient: Patient) -> None:
    """Learn from the case who the patient is."""
    order = ChangeDetails(
        patient=patient, numbers=ASKED.numbers, postcode=ASKED.postcode, point=ASKED.point
    )
    await site.execute(NEED, "case-1", order, actor=LOADER)


async def test_what_was_sent_for_the_wrong_patient_is_not_supplied_and_is_back_in_the_queue(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        prescription = await sent_to_the_pharmacy(site)
        await turns_out_to_be(site, DILYS)
        site.as_(LEILA).clock.move(minutes=1)
        assert (
            "Do not supply: the patient has changed"
            in (await site.get("/prescribing/dispensing")).text
        )
        page = (await site.get(prescription)).text
        assert "Do not supply: the patient has changed" in page
        assert f'action="{prescription}/supply"' not in page
        assert "Dilys" not in page
        answer = await site.post(f"{prescription}/supply")
        assert answer.status_code == 422
        assert "Who the patient is has changed" in answer.text
        need = await known(site)
        assert (need.stage, need.holder) == (Stage.WAITING, None)

        queue = (await site.as_(LORNA).get("/prescribing/queue")).text
        assert "Do not supply: the patient has changed" in queue
        assert (await site.post("/prescribing/take-next")).headers["location"] == NEED_PAGE
        page = (await site.get(NEED_PAGE)).text
        assert "was written for OKONKWO-BRIGHT, Margaret (Mrs), not for the patient" in page
        cancelled = {
            "prescription_id": need.prescriptions[0].prescription_id,
            "reason": "Wrong patient",
        }
        answer = await site.post(f"{NEED_PAGE}/cancel", cancelled)
        assert answer.status_code == 303
        need = await known(site)
        assert (need.stage, need.live) == (Stage.TAKEN, None)
        assert need.holder is not None
        assert need.holder.staff_id == LORNA.staff_id


async def test_what_was_supplied_for_the_wrong_patient_raises_an_alarm(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        prescription = await sent_to_the_pharmacy(site)
        assert (await site.as_(LEILA).post(f"{prescription}/supply")).status_code == 303
        await turns_out_to_be(site, DILYS)
        queue = (await site.as_(ADA).get("/prescribing/queue")).text
        assert "for somebody who is not the patient. Ring the pharmacy" in queue
        page = (await site.get(NEED_PAGE)).text
        assert "What was supplied was written for somebody else" in page


async def test_what_is_changed_back_or_only_in_spelling_may_be_supplied(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        prescription = await sent_to_the_pharmacy(site)
        await turns_out_to_be(site, DILYS)
        await turns_out_to_be(site, replace(MARGARET, given="Margret"))
        assert (await known(site)).stage is Stage.SENT
        assert (await site.as_(LEILA).post(f"{prescription}/supply")).status_code == 303
