"""Erasing while somebody works against it: a peer that lies, a hold elsewhere, a commit meanwhile."""

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest

from standfast.app import PROJECTIONS
from standfast.calls.model_case import CASE
from standfast.facts.records import RecordErased
from standfast.journal.codec import encode
from standfast.journal.database import Connection
from standfast.journal.rebuild import check
from standfast.records.model import FILE
from standfast.replication.details import details_of
from standfast.replication.model import JoinPeer
from standfast.replication.proving import Proved, Standing, prove
from tests.access.test_gate import identify
from tests.calls.examples import CASE_ID, NUMBERS, OPEN, PLACE, entry, write
from tests.identity.examples import load_staff
from tests.people.examples import AMIRA, MARGARET, register
from tests.records import test_erasure
from tests.records.test_erasure import (
    GRACE,
    HERE,
    MIRA,
    SAID,
    TAKES_CALLS,
    WHY,
    YEARS,
    erase,
    text,
)
from tests.replication.two import node_of
from tests.replication.world import Writes, card_of, key_of
from tests.support.database import Database
from tests.support.sealed import readable_bodies, sealing
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

site = test_erasure.site
USES: Final = "SELECT tenancy.keys_used('{}', '{}', '{}', '{}', '{}', now(), ARRAY[$1::text])"
WAITS: Final = "SELECT count(*) FROM pg_locks WHERE NOT granted"
LIVE: Final = "SELECT wrapped IS NOT NULL FROM journal_data_keys WHERE record = $1"


@asynccontextmanager
async def owner_of(database: Database) -> AsyncIterator[Connection]:
    owner = await asyncpg.connect(
        database.owner_dsn, server_settings={"search_path": "read, public"}
    )
    try:
        yield owner
    finally:
        await owner.close()


async def plant(site: Site, database: Database) -> None:
    """Let an accepted peer say that Margaret's record is erased, with no key named."""
    org, now = site.platform.settings.receiving_org, site.clock()
    said = RecordErased(
        org="evil-care",
        record_id="p-margaret",
        kind="person",
        keys=(),
        records=(),
        left=(),
        facts=1,
        rule_id="x",
        schedule_version="1",
        due_on=now.date(),
        marked_by="M",
        marked_at=now,
        by="e",
        by_name="E",
        erased_at=now,
    )
    name = site.platform.settings.site
    async with node_of(database, name, organisations=(org,), site=site) as us:
        peer = card_of("evil", organisations=("evil-care",))
        await us.decide(JoinPeer(details=details_of(peer), code="C", by="IT"))
        rows = Writes("evil.1.0", "evil-care", key_of("evil")).write(
            1, at=now, stream="records.erasure/p-margaret", fact=encode(said)
        )
        page = prove("evil.1.0", Standing(), peer.card, rows, now)
        assert isinstance(page, Proved)
        await us.shelf.take(page)


async def test_what_a_peer_says_of_a_record_stands_in_no_way_of_its_erasure(
    site: Site, database: Database
) -> None:
    await plant(site, database)
    left = await erase(site)
    assert (left.org, set(left.records) >= {"p-margaret", CASE_ID}) == (
        site.platform.settings.receiving_org,
        True,
    )
    assert "Grace Hale" in await text(site, HERE, 410)
    async with owner_of(database) as owner:
        assert [await owner.fetchval(LIVE, each) for each in left.records] == [False] * len(
            left.records
        )
        readable = {stream for stream, _, body in await readable_bodies(owner) if body}
        assert not {"people.person/p-margaret", f"calls.case/{CASE_ID}"} & readable
        compared = await check(owner, PROJECTIONS, sealing=sealing())
        assert {table for table, (was, again) in compared.items() if was != again} == set()


async def test_who_erases_is_told_when_not_every_key_goes_and_then_none_does(
    site: Site, database: Database
) -> None:
    await site.as_(MIRA).post(f"{HERE}/mark", WHY)
    async with owner_of(database) as owner:
        await owner.execute(
            "UPDATE journal_data_keys SET wrapped = NULL, wrapped_by = NULL WHERE record = $1",
            CASE_ID,
        )
        refused = await site.as_(GRACE).post(f"{HERE}/destroy", {"sure": "yes"})
        assert refused.status_code == 422
        assert "Nothing was destroyed" in html.unescape(refused.text)
        assert await owner.fetchval(LIVE, "p-margaret")


async def test_who_erases_waits_for_a_commit_that_uses_the_key_and_then_looks_again(
    site: Site, database: Database
) -> None:
    await site.as_(MIRA).post(f"{HERE}/mark", WHY)
    async with owner_of(database) as owner, owner_of(database) as other:
        key = await owner.fetchval(
            "SELECT key_id FROM journal_data_keys WHERE record = 'p-margaret'"
        )
        async with other.transaction():
            await other.execute(USES, key)
            erasing = asyncio.ensure_future(
                site.as_(GRACE).post(f"{HERE}/destroy", {"sure": "yes"})
            )
            while not await owner.fetchval(WAITS):
                assert not erasing.done()
            await _written_elsewhere(other, key)
        refused = await erasing
        assert "Something was added to this record" in html.unescape(refused.text)
        assert await owner.fetchval(LIVE, "p-margaret")


@pytest.mark.usefixtures("site")
async def test_a_commit_waits_for_who_destroys_its_key_and_is_refused(
    database: Database,
) -> None:
    async with owner_of(database) as owner, owner_of(database) as other:
        key = await owner.fetchval(
            "SELECT key_id FROM journal_data_keys WHERE record = 'p-margaret'"
        )
        async with owner.transaction():
            await owner.execute(
                "UPDATE journal_data_keys SET wrapped = NULL, wrapped_by = NULL"
                " WHERE key_id = $1",
                key,
            )
            used = asyncio.ensure_future(other.execute(USES, key))
            while not await owner.fetchval(WAITS):
                assert not used.done()
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await used


async def _written_elsewhere(other: Connection, key: str) -> None:
    """Write, in a lane and a stream that are new, a fact that this key seals."""
    await other.execute(
        'INSERT INTO journal_origins SELECT (jsonb_populate_record(o, \'{"origin":"here.9.9"}\')).*'
        "  FROM journal_origins AS o LIMIT 1"
    )
    await other.execute(
        "INSERT INTO journal (origin, seq, stream, type, org, actor, hlc, occurred_at,"
        " recorded_at, key_id, body, prev, hash) VALUES ('here.9.9', 1, 'new.kind/p-margaret',"
        " 'x', 'o', 'a', 1, now(), now(), $1, '', '', '')",
        key,
    )


async def test_a_hold_on_a_contact_holds_whom_it_is_later_found_to_be_of_until_it_is_lifted(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await load_staff(site)
        await register(site, "p-margaret", MARGARET)
        await write(site.as_(TAKES_CALLS), OPEN, PLACE, NUMBERS, entry("calls.note", text=SAID))
        claim = {"reason": "Claim 2026/17, by the solicitors"}
        part = f"/records/files/{CASE_ID}"
        assert (await site.as_(MIRA).post(f"{part}/hold", claim)).status_code == 303
        await site.as_(TAKES_CALLS).execute(CASE, CASE_ID, identify("p-margaret"))
        site.clock.move(days=YEARS)

        marked = await site.as_(MIRA).post(f"{HERE}/mark", WHY)
        assert "Lift every hold first" in html.unescape(marked.text)
        assert f'href="{part}"' in await text(site, "/records/holds")
        assert (await site.get(part)).headers["location"] == HERE
        shown = await text(site, HERE)
        assert "Claim 2026/17" in shown
        assert "On one contact" in shown
        (hold,) = (await site.state(FILE, CASE_ID)).holds
        lifted = await site.post(f"{HERE}/lift", {**WHY, "hold_id": hold.hold_id})
        assert lifted.status_code == 303
        assert "Claim 2026/17" not in await text(site, HERE)
        await erase(site)
