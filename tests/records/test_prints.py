"""Whatever is printed or saved has a number, a holder and a day, and is in the ledger."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import pytest
from msgspec import structs
from starlette.requests import Request

from standfast.app import PAGES
from standfast.identity.permissions import Role
from standfast.records import printing, tables, tables_prints
from standfast.records.model_export import AWAY, LOOKING, Stage
from standfast.records.printing import PrintLedger
from standfast.records.tables import ExportRow
from standfast.web.leaving import Slip
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.identity.world import load_world
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site
from tools import facts

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
SAM: Final = actor_in(Role.SUPERVISOR)
ITO: Final = actor_in(Role.IT_OFFICER)
TOLD: Final = {
    "print_id": "01890000-0000-4000-8000-00000000d001",
    "number": "P-0A1B2C3D",
    "path": "/people/p-margaret",
    "at": "2026-11-22T11:58:00+00:00",
    "away": "false",
}


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        await load_world(opened)
        yield opened.as_(SAM)


async def prints(site: Site) -> list[ExportRow]:
    db = site.all_orgs
    found = await tables_prints.prints(db, PROVIDER, site.clock().date())
    return [each for each in found if each.number != "P-00000001"]


async def the_print(site: Site) -> ExportRow:
    (found,) = await prints(site)
    return found


async def test_a_page_that_a_browser_printed_is_in_the_ledger_once(site: Site) -> None:
    for _ in range(2):
        assert (await site.post("/records/prints", TOLD)).status_code == 204

    found = await the_print(site)
    assert (found.number, found.title) == ("P-0A1B2C3D", "Record of a person")
    assert (found.person_id, found.holder, found.stage) == (
        "p-margaret",
        SAM.name,
        Stage.RELEASED,
    )
    assert found.expires_on is not None
    assert (found.expires_on - found.prepared_at.date()) == printing.TO_SAY
    assert found.reason == ""


async def test_what_was_printed_while_the_site_was_away_says_so_and_keeps_its_time(
    site: Site,
) -> None:
    site.clock.move(hours=3)
    await site.post("/records/prints", TOLD | {"away": "true"})

    found = await the_print(site)
    assert found.reason == AWAY
    assert found.prepared_at.isoformat() == TOLD["at"]
    page = await site.as_(MIRA).get("/records/exports")
    assert AWAY in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"number": "12"}, {"print_id": "../x"}, {"at": "yesterday"}, {"path": "x" * 501}],
)
async def test_what_no_browser_of_ours_says_is_refused(
    site: Site, wrong: dict[str, str]
) -> None:
    assert (await site.post("/records/prints", TOLD | wrong)).status_code == 400
    assert await prints(site) == []


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+00:00"])
async def test_a_time_that_cannot_be_is_our_own(site: Site, at: str) -> None:
    assert (await site.post("/records/prints", TOLD | {"at": at})).status_code == 204

    assert (await the_print(site)).prepared_at == site.clock()


async def test_a_number_that_another_print_has_is_refused_in_words(site: Site) -> None:
    await site.post("/records/prints", TOLD)
    other = {"print_id": TOLD["print_id"].replace("d001", "d002")}

    for again in (other, {"number": "P-00000009"}):
        answer = await site.post("/records/prints", TOLD | again)
        assert answer.status_code == 422
        assert "print the page again" in answer.text
    answer = await site.as_(MIRA).post("/records/prints", TOLD)
    assert answer.status_code == 422
    assert (await the_print(site)).holder == SAM.name


@pytest.mark.parametrize("path", ["/people/p-margaret", f"/calls/{CASE_ID}"])
async def test_nobody_puts_in_a_print_of_a_record_that_they_may_not_open(
    site: Site, path: str
) -> None:
    assert (await site.as_(ITO).get(path)).status_code in (403, 404)
    answer = await site.as_(ITO).post("/records/prints", TOLD | {"path": path})

    assert answer.status_code == 422
    assert "privacy officer" in answer.text
    assert await prints(site) == []


async def test_what_was_opened_may_be_told_when_it_can_no_longer_be_opened(site: Site) -> None:
    assert (await site.get("/people/p-margaret")).status_code == 200
    off_shift = structs.replace(SAM, role=Role.IT_OFFICER, roles=(Role.IT_OFFICER,))

    answer = await site.as_(off_shift).post("/records/prints", TOLD)

    assert answer.status_code == 204
    assert (await the_print(site)).person_id == "p-margaret"


async def test_nobody_elses_person_is_brought_in_by_an_address(site: Site) -> None:
    await site.post("/records/prints", TOLD | {"path": "/people/p-nobody"})

    assert (await the_print(site)).person_id == ""


@pytest.mark.parametrize(
    ("role", "path", "what"),
    [
        (Role.SUPERVISOR, f"/calls/{CASE_ID}/message.pdf", "Message to the GP"),
        (Role.IT_OFFICER, "/keyring/shift-sheet.pdf", "Shift sheet"),
        (Role.IT_OFFICER, "/keyring/shift-sheet.json", "Shift sheet"),
        (
            Role.PRIVACY_OFFICER,
            "/access/people/p-margaret/looked.csv",
            "Who opened a record",
        ),
        (
            Role.PRIVACY_OFFICER,
            "/access/fhir/AuditEvent?patient=p-margaret",
            "Who opened a record",
        ),
    ],
)
async def test_a_file_is_in_the_ledger_by_its_hash_before_it_leaves(
    site: Site, role: Role, path: str, what: str
) -> None:
    answer = await site.as_(actor_in(role)).get(path)

    assert answer.status_code == 200, answer.text
    found = await the_print(site)
    assert found.title == what
    assert found.sha256 == hashlib.sha256(answer.content).hexdigest()
    if path.endswith(".pdf"):
        assert f"{found.number}, printed by {found.holder}".encode() in answer.content


async def test_whoever_may_only_look_takes_nothing_away(site: Site) -> None:
    looking = structs.replace(SAM, read_only=True)
    answer = await site.as_(looking).get(f"/calls/{CASE_ID}/message.pdf")

    assert answer.status_code == 409
    assert await prints(site) == []


async def test_what_whoever_may_only_look_has_printed_is_in_the_ledger_and_theirs(
    site: Site,
) -> None:
    looking = structs.replace(SAM, read_only=True)
    answer = await site.as_(looking).post("/records/prints", TOLD | {"away": "true"})

    assert answer.status_code == 204
    found = await the_print(site)
    assert (found.holder, found.reason) == (SAM.name, f"{AWAY} {LOOKING}")
    path = f"/records/prints/{found.export_id}"
    lost = {"circumstances": "Left in the data centre", "known_at": "2026-11-22T11:59:00+00:00"}
    assert (await site.post(f"{path}/loss", lost)).status_code == 303
    assert (await site.post(f"{path}/account", {"outcome": "destroyed"})).status_code == 303
    assert (await the_print(site)).outcome == "destroyed"


async def test_two_prints_at_once_never_get_one_number(site: Site) -> None:
    other = TOLD | {"print_id": TOLD["print_id"].replace("d001", "d002")}
    answers = await asyncio.gather(
        site.post("/records/prints", TOLD), site.post("/records/prints", other)
    )

    assert sorted(each.status_code for each in answers) == [204, 422]
    assert "print the page again" in "".join(each.text for each in answers)
    assert (await the_print(site)).number == TOLD["number"]


async def test_two_files_at_once_are_made_again_rather_than_bear_one_number(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives, first = PrintLedger.slip, iter([TOLD["number"]] * 2)

    async def the_same_at_first(ledger: PrintLedger, request: Request) -> Slip:
        slip = await gives(ledger, request)
        return structs.replace(slip, number=next(first, slip.number))

    monkeypatch.setattr(PrintLedger, "slip", the_same_at_first)
    path = f"/calls/{CASE_ID}/message.pdf"
    answers = await asyncio.gather(site.get(path), site.get(path))

    assert [each.status_code for each in answers] == [200, 200]
    made = {hashlib.sha256(each.content).hexdigest(): each.content for each in answers}
    found = await prints(site)
    assert len({each.number for each in found}) == len(found) == 2
    assert all(f"{each.number}, printed by".encode() in made[each.sha256] for each in found)


async def test_a_file_whose_number_stays_anothers_does_not_leave(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.post("/records/prints", TOLD)
    gives = PrintLedger.slip

    async def always_the_same(ledger: PrintLedger, request: Request) -> Slip:
        return structs.replace(await gives(ledger, request), number=TOLD["number"])

    monkeypatch.setattr(PrintLedger, "slip", always_the_same)
    answer = await site.get(f"/calls/{CASE_ID}/message.pdf")

    assert answer.status_code == 409
    assert b"%PDF" not in answer.content
    assert (await the_print(site)).title == "Record of a person"


async def test_what_is_told_of_a_print_is_not_what_is_told_of_a_copy(site: Site) -> None:
    await site.post("/records/prints", TOLD)
    timeline = (await site.get("/people/p-margaret/timeline")).text

    assert "Printed or saved: Record of a person, P-0A1B2C3D" in timeline
    assert f"{SAM.name} answers for it until 29-Nov-2026" in timeline
    assert "The copy was released" not in timeline


async def test_its_holder_says_what_became_of_it(site: Site) -> None:
    await site.post("/records/prints", TOLD)
    mine = "/records/prints"
    assert TOLD["number"] in (await site.get(mine)).text

    answer = await site.post(f"{mine}/{TOLD['print_id']}/account", {"outcome": "destroyed"})

    assert answer.status_code == 303
    assert (await the_print(site)).outcome == "destroyed"


async def test_its_loss_is_recorded_and_the_privacy_officer_sees_by_when_to_tell(
    site: Site,
) -> None:
    await site.post("/records/prints", TOLD)
    lost = {
        "circumstances": "Left on the bus at Weirside",
        "known_at": "2026-11-22T11:59:00+00:00",
    }
    answer = await site.post(f"/records/prints/{TOLD['print_id']}/loss", lost)

    assert answer.status_code == 303, answer.text
    found = await the_print(site)
    assert found.stage is Stage.LOST
    assert found.tell_by is not None
    page = await site.as_(MIRA).get("/records/exports")
    assert "Lost: tell the ICO by" in page.text


async def test_nobody_answers_for_what_somebody_else_holds(site: Site) -> None:
    await site.post("/records/prints", TOLD)
    path = f"/records/prints/{TOLD['print_id']}/account"

    assert (await site.as_(ITO).post(path, {"outcome": "destroyed"})).status_code == 404
    assert TOLD["number"] not in (await site.get("/records/prints")).text


async def test_past_its_day_it_is_marked_until_somebody_says_what_became_of_it(
    site: Site,
) -> None:
    await site.post("/records/prints", TOLD)
    site.clock.move(days=8)

    assert "Say what became of it" in (await site.get("/records/prints")).text
    assert "Not accounted for" in (await site.as_(MIRA).get("/records/exports")).text


def test_whatever_makes_a_file_puts_it_in_the_ledger() -> None:
    """The copy of a record has a way of its own: read, confirmed afresh, released."""
    makes = {
        str(path.relative_to(facts.SOURCE)): "ledger.left(" in text
        for path in facts.SOURCE.rglob("*.py")
        if "Content-Disposition" in (text := path.read_text(encoding="utf-8"))
    }

    assert len(makes) >= 5
    assert {name for name, told in makes.items() if not told} == {"records/pages_exports.py"}


def test_every_page_that_the_ledger_names_is_one() -> None:
    known = {page.path for page in PAGES if page.method == "GET"}

    assert set(printing.PAGES) <= known


async def test_a_copy_and_a_print_are_told_apart(site: Site) -> None:
    await site.post("/records/prints", TOLD)
    copies = await tables.exports(site.all_orgs, PROVIDER)

    assert {each.kind for each in copies} == {"subject_access"}
