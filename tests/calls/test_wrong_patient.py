"""What came with the wrong patient goes with them (hazard H02)."""

import pytest

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.calls.queries import lying_messages
from standfast.directory.model import NEED
from standfast.facts.contact import Patient
from standfast.kernel.values import Sex
from tests.calls.examples import AMIRA, CASE_ID, DESCRIBE, open_case
from tests.calls.rules import BY, OURS, outcome
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

GRACE = Patient(person_id="p-grace", family="Grey", given="Grace", age_years=81, sex=Sex.FEMALE)
SAM = Patient(person_id="p-sam", family="Holt", given="Sam", age_years=41, sex=Sex.MALE)
UNLINK = c.UnlinkPatient(**BY)


def link(patient: Patient, gp_name: str, language: str = "") -> c.IdentifyPatient:
    return c.IdentifyPatient(
        **BY, patient=patient, gp_name=gp_name, language=language, needs_interpreter=False
    )


async def do(site: Site, *commands: c.CaseCommand) -> None:
    for command in commands:
        await site.execute(CASE, CASE_ID, command)


async def test_the_gp_and_language_of_a_wrong_patient_leave_the_case_with_them(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE)
        said = d.RecordNeeds(
            **OURS, entry_id="needs", gp_name="", language="Polish", needs_interpreter=True
        )
        await do(site, said, link(GRACE, "Mill Lane Surgery", "Welsh"))
        case = await site.state(CASE, CASE_ID)
        assert (case.gp_name, case.language) == ("Mill Lane Surgery", "Polish")
        typed_over = d.RecordNeeds(
            **OURS,
            entry_id="needs again",
            gp_name="Mill Lane Surgery",
            language="Polish",
            needs_interpreter=True,
        )
        await do(site, typed_over, UNLINK)
        case = await site.state(CASE, CASE_ID)
        assert (case.gp_name, case.language, case.needs_interpreter) == ("", "Polish", True)
        await do(site, link(SAM, "Harbour Practice"))
        assert (await site.state(CASE, CASE_ID)).gp_name == "Harbour Practice"
        close = (await site.get(f"/calls/{CASE_ID}/close")).text
        assert "Harbour Practice" in close
        assert "Mill Lane Surgery" not in close


async def test_the_service_is_looked_for_by_the_age_sex_and_gp_of_the_right_patient(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE)
        await do(site, link(GRACE, "Mill Lane Surgery"), outcome("primary_care"))
        await do(site, UNLINK, link(SAM, "Harbour Practice"))
        wanted = (await site.state(NEED, CASE_ID)).details
        assert wanted is not None
        assert (wanted.age_years, wanted.sex) == (41, Sex.MALE)
        assert wanted.gp_name == "Harbour Practice"


async def test_a_message_stays_as_it_was_closed_and_a_wrong_patient_is_told_as_a_correction(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE)
        await do(site, link(GRACE, "Mill Lane Surgery"))
        form = {
            "gp_name": "Mill Lane Surgery",
            "for_action": "no",
            "without_outcome": "Caller rang off",
        }
        closed = await site.post(f"/calls/{CASE_ID}/close", form)
        assert closed.status_code == 303, closed.text
        await site.post(f"/calls/{CASE_ID}/message", {"way": "nhsmail"})
        before = await message_of(site)
        assert await lying_messages(site.platform.db, PROVIDER) == []

        site.clock.move(days=400)
        await do(site, UNLINK, link(SAM, "Harbour Practice"))
        note = d.WriteNote(
            **OURS, entry_id="late", text="Written late", staff_name="Amira Khan"
        )
        await do(site, note)
        assert await message_of(site) == before
        assert "GREY, Grace" in before
        (lying,) = await lying_messages(site.platform.db, PROVIDER)
        assert (lying.is_correction, lying.gp_name) == (True, "Mill Lane Surgery")
        page = (await site.get(f"/calls/{CASE_ID}/message")).text
        assert "About somebody else than the patient, and passed on by NHSmail" in page
        assert "Tell the practice to take it out of the record" in page

        await site.post(f"/calls/{CASE_ID}/message", {"way": "phone"})
        page = (await site.get(f"/calls/{CASE_ID}/message")).text
        assert "The practice was told so by phone by Amira Khan" in page
        assert await lying_messages(site.platform.db, PROVIDER) == []


async def message_of(site: Site) -> str:
    """Return what the message itself says, without where it is."""
    page = (await site.get(f"/calls/{CASE_ID}/message")).text
    return page.partition("<article")[2].partition("</article>")[0]
