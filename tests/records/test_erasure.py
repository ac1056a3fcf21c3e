"""Erasure: the keys go, what is left proves that it was there, and no word of it is anywhere."""

import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from msgspec import structs

from standfast.app import PROJECTIONS
from standfast.calls.model_case import CASE
from standfast.facts.records import RecordErased
from standfast.identity.permissions import Role
from standfast.journal.rebuild import check
from standfast.journal.verify import verify
from standfast.people.model import PERSON
from standfast.records.model_erasure import ERASURE
from tests.access.test_gate import identify
from tests.calls.examples import CASE_ID, NUMBERS, OPEN, PLACE, entry, write
from tests.files.examples import picture
from tests.files.test_pages import SCRIPTS
from tests.identity.examples import actor_in, load_staff
from tests.people.examples import AMIRA, MARGARET, SEAN, register
from tests.support.database import Database, Databases
from tests.support.sealed import readable_bodies, sealing
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
GRACE: Final = structs.replace(MIRA, staff_id="grace.hale", name="Grace Hale")
HERE: Final = "/records/files/p-margaret"
YEARS: Final = 11 * 366
WHY: Final = {"reason": "Kept as long as the schedule asks"}
SAID: Final = "Swallowed a thimbleworth of bleach"
CANARIES: Final = (
    "Okonkwo-Bright",
    "OKONKWO",
    "9990000018",
    "thimbleworth",
    "rash-of-margaret",
)
TAKES_CALLS: Final = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """Margaret, with one contact and a picture, years after anybody wrote anything."""
    async with open_site(database, actor=AMIRA) as opened:
        await load_staff(opened)
        await register(opened, "p-margaret", MARGARET)
        await register(opened, "p-sean", SEAN)
        opened.as_(TAKES_CALLS)
        note = entry("calls.note", text=SAID)
        receipts = await write(opened, OPEN, PLACE, NUMBERS, note)
        assert {each["outcome"] for each in receipts} == {"stored"}, receipts
        await opened.execute(CASE, CASE_ID, identify("p-margaret"))
        sent = await opened.browser.post(
            f"/files/cases/{CASE_ID}",
            files={"file": ("rash-of-margaret.jpg", picture(), "image/jpeg")},
            headers=SCRIPTS,
        )
        assert sent.status_code == 201, sent.text
        opened.clock.move(days=YEARS)
        yield opened.as_(MIRA)


async def text(site: Site, path: str, status: int = 200) -> str:
    answer = await site.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return html.unescape(answer.text)


async def erase(site: Site) -> RecordErased:
    assert (await site.as_(MIRA).post(f"{HERE}/mark", WHY)).status_code == 303
    done = await site.as_(GRACE).post(f"{HERE}/destroy", {"sure": "yes"})
    assert done.status_code == 303, html.unescape(done.text)
    left = (await site.state(ERASURE, "p-margaret")).erased
    assert left is not None
    return left


async def test_two_people_destroy_it_and_who_looks_it_up_is_told_by_which_rule(
    site: Site,
) -> None:
    assert (await site.post(f"{HERE}/mark", WHY)).status_code == 303
    by_the_same = await site.post(f"{HERE}/destroy", {"sure": "yes"})
    unsure = await site.as_(GRACE).post(f"{HERE}/destroy", {})
    assert "You marked it yourself" in html.unescape(by_the_same.text)
    assert unsure.status_code == 422
    assert "Tick that you have looked" in html.unescape(unsure.text)
    await site.post(f"{HERE}/destroy", {"sure": "yes"})

    left = await text(site, HERE, 410)
    assert "Grace Hale" in left
    assert "OKONKWO" not in left.upper()
    listed = await text(site, "/records/erased")
    assert listed.count('href="/records/files/') == 1
    assert "Health or social care record of an adult" in listed
    assert "This record was erased" in await text(site.as_(AMIRA), "/people/p-margaret", 410)
    assert (await site.state(PERSON, "p-margaret")).org == ""
    assert (await site.state(CASE, CASE_ID)).opened_at is None
    assert (await site.state(PERSON, "p-sean")).org != ""


async def test_what_is_held_or_was_written_before_sealing_is_not_destroyed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.post(f"{HERE}/mark", WHY)
    await site.post(f"{HERE}/hold", {"reason": "Claim 2026/17, by the solicitors"})
    held = await site.as_(GRACE).post(f"{HERE}/destroy", {"sure": "yes"})
    assert "Lift every hold first" in html.unescape(held.text)

    monkeypatch.setattr(type(PERSON), "record_of", lambda *_: None)
    await register(site, "p-old", structs.replace(SEAN, given="Sinead"))
    monkeypatch.undo()
    site.clock.move(days=YEARS)
    await site.as_(MIRA).post("/records/files/p-old/mark", WHY)
    old = await site.as_(GRACE).post("/records/files/p-old/destroy", {"sure": "yes"})
    assert old.status_code == 422
    assert "before records were sealed" in html.unescape(old.text)


async def test_the_word_that_is_left_names_nobody_and_the_chain_and_the_rows_hold(
    site: Site, database: Database
) -> None:
    left = await erase(site)
    (stub,) = await site.kept("type = 'records.erased.v1'")
    assert set(left.records) >= {"p-margaret", CASE_ID}
    assert left.facts > 6
    assert not any(each in stub for each in CANARIES)
    owner = await asyncpg.connect(
        database.owner_dsn, server_settings={"search_path": "read, public"}
    )
    try:
        assert (await verify(owner)).fault is None
        compared = await check(owner, PROJECTIONS, sealing=sealing())
        assert {table for table, (was, again) in compared.items() if was != again} == set()
        gone = await owner.fetchval(
            "SELECT count(*) FROM journal_data_keys WHERE destroyed_at IS NOT NULL"
            " AND wrapped IS NULL AND key_id = ANY ($1)",
            list(left.keys),
        )
        assert gone == len(left.keys)
        unread = [stream for stream, _, body in await readable_bodies(owner) if not body]
    finally:
        await owner.close()
    assert {
        "people.person/p-margaret",
        f"calls.case/{CASE_ID}",
        f"files.case/{CASE_ID}",
    } <= set(unread)
    assert "people.person/p-sean" not in unread


async def test_no_word_of_it_is_in_a_dump_or_in_the_files_of_the_database(
    site: Site, database: Database, postgres: Databases
) -> None:
    """All but the write-ahead log, which PostgreSQL uses again in its own time."""
    await erase(site)
    owner = await asyncpg.connect(
        database.owner_dsn, server_settings={"search_path": "read, public"}
    )
    try:
        found = await owner.fetchval("SELECT pg_relation_filepath('read.people_people')")
        folder = Path(postgres.server.administer("SHOW data_directory").strip())
        tables = await owner.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace::regnamespace::text IN ('read', 'public', 'tenancy', 'exchange')"
        )
        rows = [
            str(row["t"])
            for table in tables
            for row in await owner.fetch(f"SELECT t::text AS t FROM {table['name']} AS t")  # noqa: S608
        ]
        for table in tables:
            if table["name"].startswith(("public.journal", "journal")):
                continue  # never changed: nothing in them has gone
            await owner.execute(f"VACUUM FULL {table['name']}")
    finally:
        await owner.close()
    postgres.server.administer("CHECKPOINT")
    held = (folder / found).parent
    files = b"".join(each.read_bytes() for each in held.iterdir() if each.is_file())

    assert len(tables) > 40
    assert [each for each in CANARIES if each in "\n".join(rows)] == []
    assert [each for each in CANARIES if each.encode() in files] == []
    assert b"O'Ne" in files, "this would prove nothing"
