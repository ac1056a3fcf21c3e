"""The prescriber at work: queue, workbench, signature, pharmacy. Real pages, real PostgreSQL."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from standfast.facts.people import AllergyStatus, CurrentMedicine
from standfast.kernel.access import Assurance
from standfast.prescribing.state import Stage
from tests.prescribing.examples import ADA, DUE, LEILA, LORNA, MARGARET, RUTH, allergy
from tests.prescribing.place import (
    NEED_PAGE,
    ask_for,
    furnish,
    hidden,
    known,
    record,
    send_it,
    sign_it,
    write_page,
)
from tests.support.database import Database
from tests.support.site import TRUST, open_site

pytestmark = pytest.mark.anyio

QUEUE = "/prescribing/queue"


async def test_the_queue_shows_who_waits_the_most_urgent_first(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await ask_for(site, case_id="later", problem="Repeat inhaler", priority=4)
        await ask_for(site, case_id="sooner", problem="No insulin left", priority=2)
        page = (await site.get(QUEUE)).text
        assert page.index("No insulin left") < page.index("Repeat inhaler")
        assert "07700 900 417" in (await site.get("/prescribing/needs/later")).text
        assert "OKONKWO-BRIGHT, Margaret (Mrs)" in page
        site.clock.now = DUE + timedelta(minutes=1)
        due = DUE + timedelta(hours=3)
        await ask_for(site, case_id="new", problem="Lost tablets", priority=1, due_at=due)
        page = (await site.get(QUEUE)).text
        assert page.index("No insulin left") < page.index("Lost tablets")


async def test_take_next_gives_the_first_and_then_the_next(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await ask_for(site, case_id="later", priority=4)
        await ask_for(site, case_id="sooner", priority=2)
        first = await site.post("/prescribing/take-next")
        site.as_(LORNA)
        second = await site.post("/prescribing/take-next")
        third = await site.post("/prescribing/take-next")
        assert first.headers["location"] == "/prescribing/needs/sooner"
        assert second.headers["location"] == "/prescribing/needs/later"
        assert third.headers["location"] == QUEUE


async def test_only_prescribers_come_in_and_a_need_of_another_organisation_is_not_there(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await ask_for(site)
        for other in (RUTH, LEILA):
            site.as_(other)
            assert (await site.get(NEED_PAGE)).status_code == 403
            assert (await site.post(f"{NEED_PAGE}/sign", {})).status_code == 403
        site.as_(replace(ADA, org=TRUST))
        for path in ("", "/sign", "/pharmacy", "/print", "/_progress", "/_medicines?q=amox"):
            assert (await site.get(NEED_PAGE + path)).status_code == 404
        for path in ("/take", "/write", "/sign", "/pharmacy", "/cancel", "/put-back"):
            assert (await site.post(NEED_PAGE + path, {"reason": "x"})).status_code == 404


async def test_not_recorded_is_never_shown_as_none(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await ask_for(site)
        page = (await site.get(NEED_PAGE)).text
        assert 'data-status="not_recorded"' in page
        assert "Allergies not recorded" in page
        assert "Medicines not recorded" in page
        assert "No known allergies" not in page
        await record(site, AllergyStatus.NONE_KNOWN)
        page = (await site.get(NEED_PAGE)).text
        assert "No known allergies" in page
        assert "Takes no medicines" in page
        assert "not recorded" not in page
        await record(site, AllergyStatus.KNOWN, allergy("penicillin", "severe", "Anaphylaxis"))
        page = (await site.get(NEED_PAGE)).text
        assert "Known allergies" in page
        assert "Penicillin (Anaphylaxis, severe)" in page
        assert "No known allergies" not in page


async def test_a_patient_not_identified_has_allergies_unavailable(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await ask_for(site, patient=replace(MARGARET, person_id=None))
        page = (await site.get(NEED_PAGE)).text
        assert "Allergies unavailable" in page
        assert "Patient not identified yet" in page
        assert "No known allergies" not in page


async def test_the_search_works_without_script_and_as_a_fragment(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        page = (await site.get(f"{NEED_PAGE}?q=amoxycilin")).text
        part = (await site.get(f"{NEED_PAGE}/_medicines?q=amoxycilin")).text
        for text in (page, part):
            assert "code=39732411000001106" in text
            assert "up to 30 capsules" in text
        assert "<html" not in part


async def test_a_controlled_drug_is_found_and_cannot_be_chosen(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        page = (await site.get(f"{NEED_PAGE}?q=midazolam")).text
        assert "Controlled, schedule 3: not here" in page
        assert "code=midazolam" not in page
        code = "midazolam-10mg-per-2-ml-solution-for-injection"
        page = (await site.get(f"{NEED_PAGE}?code={code}")).text
        assert "not prescribed here out of hours" in page
        sent = {"code": code, "unit": "ampoule", "quantity": "1", "dose": "2.5 mg"}
        answer = await site.post(f"{NEED_PAGE}/write", sent)
        assert answer.status_code == 422
        assert (await known(site)).stage is Stage.TAKEN


async def test_all_mistakes_are_shown_at_once_and_nothing_typed_is_lost(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        sent = await write_page(site, quantity="lots", dose="own", own_dose="")
        answer = await site.post(f"{NEED_PAGE}/write", sent)
        assert answer.status_code == 422
        for sentence in (
            "Enter the quantity as a whole number, such as 15.",
            "Select or enter the dose.",
            "Allergies are not recorded: ask the patient, then enter what they said.",
        ):
            assert answer.text.count(sentence) == 2, sentence  # in the summary and at the field
        assert 'value="lots"' in answer.text
        assert (await known(site)).stage is Stage.TAKEN


@pytest.mark.parametrize("typed", ["31", "0", "-1", "1.5", "1e1", "15 mL", "", "ten"])
async def test_no_quantity_but_a_whole_one_up_to_the_maximum_is_taken(
    database: Database, typed: str
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        answer = await site.post(f"{NEED_PAGE}/write", await write_page(site, quantity=typed))
        assert answer.status_code == 422
        assert f'value="{typed}"' in answer.text
        assert (await known(site)).stage is Stage.TAKEN


async def test_a_usual_dose_that_leaves_the_amount_open_cannot_be_chosen(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        code = "insulin-glargine-100units-per-ml-pre-filled-pens"
        page = (await site.get(f"{NEED_PAGE}?code={code}")).text
        assert "As before: state the units and the time" in page
        assert 'value="As before' not in page
        sent = await write_page(
            site, code=code, unit="pen", quantity="2", dose="own", own_dose=""
        )
        answer = await site.post(f"{NEED_PAGE}/write", sent)
        assert "Select or enter the dose." in answer.text
        assert "Enter 1 pen or fewer." in answer.text


async def test_a_dose_chosen_and_another_typed_is_asked_again(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        sent = await write_page(site, own_dose="Two at night")
        answer = await site.post(f"{NEED_PAGE}/write", sent)
        assert answer.status_code == 422
        assert "Two at night" in answer.text
        sent = await write_page(site, dose="own", own_dose="Two at night")
        assert (await site.post(f"{NEED_PAGE}/write", sent)).status_code == 303


async def test_warnings_are_overridden_with_a_reason_and_severe_ones_never(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        takes = CurrentMedicine(
            generic_name="amoxicillin",
            form="capsules",
            strength="500 mg",
            dose="One at night",
            ingredients=("amoxicillin",),
        )
        await record(
            site, AllergyStatus.KNOWN, allergy("penicillin", "mild"), medicines=(takes,)
        )
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        answer = await site.post(f"{NEED_PAGE}/write", await write_page(site))
        assert "Known allergy: Penicillin (Rash, mild). Select another" in answer.text
        assert "The patient takes amoxicillin 500 mg already" in answer.text
        reasons = {"allergy_reason": "Was nausea", "duplicate_reason": "Has run out"}
        sent = await write_page(site, **reasons)
        assert (await site.post(f"{NEED_PAGE}/write", sent)).status_code == 303
        page = (await site.get(f"{NEED_PAGE}/sign")).text
        assert "Was nausea" in page
        assert "Has run out" in page
        await record(
            site, AllergyStatus.KNOWN, allergy("penicillin", "severe"), medicines=(takes,)
        )
        shown = await site.get(f"{NEED_PAGE}?code=39732411000001106")
        assert "It must not be prescribed" in shown.text
        assert 'name="quantity"' not in shown.text


async def test_an_allergy_recorded_while_writing_must_be_read_first(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        sent = await write_page(site)
        await record(site, AllergyStatus.KNOWN, allergy("latex", "mild"), source="Patient")
        answer = await site.post(f"{NEED_PAGE}/write", sent)
        assert answer.status_code == 422
        assert "has changed since it was on your screen" in answer.text


async def test_a_prescription_is_read_back_whole_signed_sent_and_followed(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        await site.post(f"{NEED_PAGE}/write", await write_page(site))
        page = (await site.get(f"{NEED_PAGE}/sign")).text
        for exact in (
            "OKONKWO-BRIGHT, Margaret (Mrs)",
            "14-Mar-1948",
            "999 000 0018",
            "4 Mill Lane",
            "500 mg",
            "One three times a day for 5 days",
            "15 capsules",
            "No known allergies",
        ):
            assert exact in page
        order = {
            "prescription_id": hidden(page, "prescription_id"),
            "content_hash": hidden(page, "content_hash"),
        }
        unticked = await site.post(f"{NEED_PAGE}/sign", order)
        assert unticked.status_code == 422
        assert "Tick that you have checked it" in unticked.text
        altered = {**order, "content_hash": "0" * 64, "confirmed": "yes"}
        assert (
            "not what was on your screen"
            in (await site.post(f"{NEED_PAGE}/sign", altered)).text
        )
        ticked = await site.post(f"{NEED_PAGE}/sign", {**order, "confirmed": "yes"})
        assert ticked.headers["location"] == f"{NEED_PAGE}/pharmacy"
        page = (await site.get(f"{NEED_PAGE}/pharmacy")).text
        assert page.index("Quayside Pharmacy") < page.index("Northgate Pharmacy")
        assert "0.6 miles" in page
        assert "23:30" in page
        assert "01632 960 200" in page
        await send_it(site)
        page = (await site.get(NEED_PAGE)).text
        assert "Sent to Quayside Pharmacy. Not supplied yet." in page
        assert "With the pharmacy" in page


async def test_a_supervisors_signature_or_a_colleagues_is_refused(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        await site.post(f"{NEED_PAGE}/write", await write_page(site))
        page = (await site.get(f"{NEED_PAGE}/sign")).text
        order = {
            "prescription_id": hidden(page, "prescription_id"),
            "content_hash": hidden(page, "content_hash"),
            "confirmed": "yes",
        }
        site.as_(LORNA)
        answer = await site.post(f"{NEED_PAGE}/sign", order)
        assert "only the prescriber who has taken it" in answer.text
        assert (await known(site)).stage is Stage.DRAFTED


async def test_a_pharmacy_that_has_shut_meanwhile_is_refused(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await sign_it(site)
        page = (await site.get(f"{NEED_PAGE}/pharmacy")).text
        order = {
            "prescription_id": hidden(page, "prescription_id"),
            "service_id": "svc-quayside",
        }
        site.clock.now = site.clock.now.replace(hour=23, minute=45)
        answer = await site.post(f"{NEED_PAGE}/pharmacy", order)
        assert answer.status_code == 422
        assert "is not open now" in answer.text
        assert "No pharmacy is open now" in answer.text


async def test_a_need_is_declined_with_advice_or_put_back_with_a_reason(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        empty = await site.post(f"{NEED_PAGE}/decline", {"advice": " "})
        assert "Enter what the patient was told." in empty.text
        await site.post(f"{NEED_PAGE}/put-back", {"reason": "Called to a visit"})
        assert "Called to a visit" in (await site.get(QUEUE)).text
        await site.post(f"{NEED_PAGE}/take")
        await site.post(f"{NEED_PAGE}/decline", {"advice": "Use the spare inhaler."})
        assert "Use the spare inhaler." in (await site.get(NEED_PAGE)).text
        assert "Use the spare inhaler." in (await site.get(f"{QUEUE}?view=sent")).text


async def test_the_printed_form_is_marked_as_a_demonstration(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        assert (await site.get(f"{NEED_PAGE}/print")).status_code == 404
        await sign_it(site)
        page = (await site.get(f"{NEED_PAGE}/print")).text
        assert 'data-mark="DEMONSTRATION"' in page
        assert "Not a prescription" in page
        assert "Demonstration 000001" in page


async def test_a_live_service_refuses_the_demonstrations_medicines(
    database: Database,
) -> None:
    ada = replace(ADA, assurance=Assurance.PRESENT, way="passkey")
    async with open_site(database, actor=ada, demonstration=False) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await site.post(f"{NEED_PAGE}/take")
        answer = await site.post(f"{NEED_PAGE}/write", await write_page(site))
        assert answer.status_code == 422
        assert "listed for demonstration only" in answer.text
