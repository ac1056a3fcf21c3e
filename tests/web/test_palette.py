"""Finding anything by typing: only what one may open, and never in an address."""

from datetime import date

from standfast.calls.device_commands import OpenCase
from standfast.calls.model_case import CASE
from standfast.facts.people import PersonDetails
from standfast.people.model import PERSON, RegisterPerson
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, TRUST, Site, open_site, somebody

AMIRA = somebody(
    "amira.khan",
    "Amira Khan",
    "call_handler",
    PROVIDER,
    "calls.read",
    "people.find",
    "people.read",
)
NADIA = somebody("nadia.brook", "Nadia Brook", "dispatcher", TRUST, "dispatch.desk")
CASE_ID = "01900000-0000-7000-8000-000000000001"


async def found(site: Site, text: str) -> list[str]:
    answer = await site.post_json("/palette", {"q": text})
    assert answer.status_code == 200, answer.text
    return [line["label"] for line in answer.json()]


async def test_a_person_and_a_case_are_found_by_whoever_may_open_them(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        details = PersonDetails(
            family="Okonkwo-Bright", given="Margaret", born=date(1948, 3, 14)
        )
        await site.execute(
            PERSON, "peggy", RegisterPerson(person_id="peggy", org=PROVIDER, details=details)
        )
        await site.execute(
            CASE,
            CASE_ID,
            OpenCase(
                entry_id="01900000-0000-7000-8000-000000000002",
                case_id=CASE_ID,
                org=PROVIDER,
                at=NOON,
                staff_id="amira.khan",
                staff_name="Amira Khan",
            ),
        )
        assert "OKONKWO-BRIGHT, Margaret" in await found(site, "okonkwo margret")
        reference = (await site.state(CASE, CASE_ID)).reference
        assert any(reference in label for label in await found(site, reference))
        assert await found(site.as_(NADIA), "okonkwo") == []


async def test_one_letter_and_rubbish_find_nobody(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert await found(site, "o") == []
        assert (await site.post_json("/palette", {"text": "x"})).status_code == 400
        assert (await site.get("/palette?q=okonkwo")).status_code == 405
