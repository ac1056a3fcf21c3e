"""Each person can be shown who opened their record, when and why; a system is told the same."""

import csv
import io
import re
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.words import ROLES
from standfast.calls import commands as c
from standfast.calls.model_case import CASE
from standfast.identity.permissions import Role
from standfast.kernel.cells import cell
from tests.access.test_gate import ADA, a_case, entries, identify, known
from tests.access.test_glass import FORM
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.people.examples import AMIRA, GRACE
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
HERS: Final = "/access/people/p-margaret"
FEED: Final = "/access/fhir/AuditEvent"


async def a_day(site: Site) -> None:
    """Let Amira take Margaret's call, Ada read it, and Ada break the glass of Grace's record."""
    await known(site)
    await known(site, "p-grace", GRACE)
    await a_case(site)
    await site.as_(AMIRA).get(f"/calls/{CASE_ID}/_context")
    site.clock.move(minutes=20)
    await site.as_(ADA).get(f"/calls/{CASE_ID}")
    await site.get("/people/p-margaret")
    site.clock.move(minutes=20)
    grace = FORM | {"record_id": "p-grace", "back": "/people/p-grace"}
    await site.post("/access/break-glass", grace)
    await site.get("/people/p-grace")
    site.clock.move(days=1)
    await site.as_(replace(ADA, offline=True, session_id="roster")).get(f"/calls/{CASE_ID}")
    site.as_(MIRA)


async def feed(site: Site, **asked: str) -> Any:
    page = await site.browser.get(FEED, params=asked)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "application/fhir+json"
    return page.json()


async def test_the_page_the_statement_the_spreadsheet_and_the_feed_say_the_same_as_the_entries(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)
        page = (await site.get(HERS)).text
        statement = (await site.get(f"{HERS}/statement")).text
        sheet = (await site.get(f"{HERS}/looked.csv")).content.decode("utf-8-sig")
        bundle = await feed(site, patient="p-margaret")
        hers = [each for each in await entries(site) if each.person_id == "p-margaret"]

        assert len(hers) == 5  # one of them Mira's own
        rows = list(csv.DictReader(io.StringIO(sheet)))
        assert {row["Entry"] for row in rows} == {each.entry_id for each in hers}
        events = [each["resource"] for each in bundle["entry"]]
        assert [
            (event["id"], event["agent"][0]["who"]["identifier"]["value"], event["recorded"])
            for event in events
        ] == [
            (each.entry_id, each.staff_id, each.opened_at.isoformat().replace("+00:00", "Z"))
            for each in sorted(hers, key=lambda e: (e.opened_at, e.entry_id), reverse=True)
        ]
        for each in hers:
            assert each.entry_id in page
        assert "because they dealt with your case C-" in statement
        assert "Grace" not in page + statement + sheet


async def test_the_statement_has_a_line_for_each_person_day_and_reason(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)
        page = (await site.get(f"{HERS}/statement")).text
        again = (await site.get(f"{HERS}/statement")).text
    told = re.search(r"<ol>(.*?)</ol>", again, re.DOTALL)
    assert told is not None
    lines = [re.sub(r"C-\w+", "C-1", line) for line in re.findall(r"<li>(.*?)</li>", told[1])]
    case = "because they dealt with your case C-1."
    assert sorted(lines) == [  # two of them at one instant
        f"22-Nov-2026: A Call handler, call handler, opened what was written about you, {case}",
        (
            "22-Nov-2026: A Clinician, clinician, opened your record and what was written about you"
            f" 2 times, {case}"
        ),
        f"23-Nov-2026: A Clinician, clinician, opened what was written about you, {case}",
        (
            "23-Nov-2026: A Privacy officer, privacy officer, opened your record, because they look"
            " after our records, and checked how yours was used."
        ),
    ]
    assert page.count("<li>") == again.count("<li>")


async def test_whoever_oversees_reads_why_of_others_and_not_of_themselves(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)
        for person_id in ("p-margaret", "p-grace"):
            theirs = f"/access/people/{person_id}"
            page = (await site.get(theirs)).text
            sheet = (await site.get(f"{theirs}/looked.csv")).content.decode("utf-8-sig")
            told = await feed(site, patient=person_id)
            opened = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
            assert opened is not None
            assert not re.search(r"\b(your?|You)\b", opened[1] + sheet + str(told["entry"]))
        assert "their organisation has an open case: C-" in (await site.get(HERS)).text


async def test_a_broken_glass_is_said_to_the_person_and_to_other_systems(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)
        statement = (await site.get("/access/people/p-grace/statement")).text
        assert "they gave this reason" in statement
        assert "Her GP is on the line" in statement
        (event,) = [
            each["resource"]
            for each in (await feed(site, patient="Patient/p-grace"))["entry"]
            if each["resource"]["agent"][0]["who"]["identifier"]["value"] == "ada.mensah"
        ]
        codes = [each["coding"][0]["code"] for each in event["agent"][0]["purposeOfUse"]]
        assert codes == ["TREAT", "BTG"]
        assert event["resourceType"] == "AuditEvent"
        assert event["type"]["code"] == "110110"
        assert event["entity"][0]["what"]["reference"] == "Patient/p-grace"


async def test_the_feed_is_searched_by_date_as_fhir_says(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)

        async def total(**asked: str) -> int:
            bundle = await feed(site, patient="p-margaret", **asked)
            assert bundle["type"] == "searchset"
            assert isinstance(bundle["total"], int)
            return bundle["total"]

        assert await total() == 5
        assert await total(date="2026-11-22") == 3
        assert await total(date="ge2026-11-23") == 2
        assert await total(date="lt2026-11-22T12:20:00Z") == 1
        assert await total(_lastUpdated="gt2026-11-22T12:20:00Z") == 2
        assert await total(date="le2026-11-22", _lastUpdated="ge2026-11-22T12:10:00Z") == 2
        assert len((await feed(site, patient="p-margaret", _count="2"))["entry"]) == 2


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({}, "is needed"),
        ({"patient": "p-margaret", "date": "yesterday"}, "not a date"),
        ({"patient": "p-margaret", "agent-name": "x"}, "not supported"),
        ({"patient": "p-margaret", "_count": "0"}, "_count"),
    ],
)
async def test_what_cannot_be_understood_is_refused_and_not_ignored(
    database: Database, asked: dict[str, str], wrong: str
) -> None:
    async with open_site(database, actor=MIRA) as site:
        page = await site.browser.get(FEED, params=asked)
        assert page.status_code == 400
        assert page.json()["resourceType"] == "OperationOutcome"
        assert wrong in page.json()["issue"][0]["diagnostics"]


async def test_another_organisations_privacy_officer_is_told_nothing(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await a_day(site)
        site.as_(actor_in(Role.PRIVACY_OFFICER, "elsewhere-111"))
        for path in (HERS, f"{HERS}/statement", f"{HERS}/looked.csv"):
            assert (await site.get(path)).status_code == 404
        answer = await site.browser.get(FEED, params={"patient": "p-margaret"})
        assert answer.status_code == 404


async def test_what_was_opened_before_it_was_known_whose_it_is_is_theirs_too(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await known(site, "p-grace", GRACE)
        await a_case(site)
        unlink = c.UnlinkPatient(case_id=CASE_ID, staff_name="Amira Khan")
        await site.execute(CASE, CASE_ID, unlink)
        await site.get(f"/calls/{CASE_ID}")
        (entry,) = await entries(site)
        assert entry.person_id == ""
        await site.execute(CASE, CASE_ID, identify("p-grace"))
        bundle = await feed(site.as_(MIRA), patient="p-grace")
        assert entry.entry_id in {each["resource"]["id"] for each in bundle["entry"]}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_spreadsheet_is_a_formula(start: str) -> None:
    assert cell(f'{start}HYPERLINK("http://evil.example")').startswith("'")
    assert cell("Ada Mensah") == "Ada Mensah"


async def test_a_reason_that_is_a_formula_is_text_in_the_spreadsheet(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await site.post("/access/break-glass", FORM | {"reason": "=cmd|' /C calc'!A0 and so"})
        named = replace(ADA, name="=HYPERLINK(evil)")
        await site.as_(named).get("/people/p-margaret")
        sheet = (await site.as_(MIRA).get(f"{HERS}/looked.csv")).content.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(sheet)):
            assert not any(value.startswith(("=", "+", "-", "@")) for value in row)


def test_every_role_has_a_name_that_people_say() -> None:
    assert set(ROLES) == {role.value for role in Role}
