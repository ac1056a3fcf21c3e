"""Bodies about a person: sealed for their own row, opened by their own key, and by nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.journal.database import Connection, connect, connect_pool
from standfast.journal.keys import SiteKey
from standfast.journal.rebuild import check, rebuild
from standfast.journal.sealing import (
    Erased,
    SealedBodies,
    Sealing,
    body_bound,
    opened_facts,
    seal,
    unseal,
)
from standfast.journal.store import Journal
from standfast.journal.verify import verify
from standfast.journal.writer import NotSealed, Site, Writer
from standfast.kernel.messages import Refused
from standfast.kernel.rows import Projection
from standfast.vault.boxes import WrongKey
from tests.journal.counting import (
    CONSTRAINTS,
    LEDGER,
    REACTIONS,
    TILL,
    Add,
    LargeRow,
    Name,
    TillRow,
    make_tills,
    rows,
)
from tests.support.database import Database, Databases
from tests.support.sealed import RING, Keys

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY: Final = SiteKey.generate()
CANARY: Final = "quillback-4417"

SEALED_TILL: Final = replace(TILL, sealed=True)
PROJECTIONS: Final = (
    Projection(SEALED_TILL, rows, (TillRow, LargeRow)),
    Projection(replace(LEDGER, sealed=True), lambda _: (), ()),
)


@asynccontextmanager
async def opened(
    database: Database, *, keys: Keys | None = None, sealed: bool = True
) -> AsyncIterator[Journal]:
    """Run one worker's journal, with keys unless *sealed* is false."""
    pool = await connect_pool(database.app_dsn, size=4)
    sealing = Sealing(keys or Keys()) if sealed else None
    writer = Writer(
        database.app_dsn, site=Site("here"), key=KEY, clock=lambda: NOON, sealing=sealing
    )
    running = asyncio.create_task(writer.run())
    try:
        yield Journal(
            pool,
            writer,
            projections=PROJECTIONS,
            reactions=REACTIONS,
            constraints=CONSTRAINTS,
            changed=lambda _: None,
        )
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pool.terminate()


@asynccontextmanager
async def owner_of(database: Database) -> AsyncIterator[Connection]:
    owner = await connect(database.owner_dsn)
    try:
        yield owner
    finally:
        await owner.close()


async def name(journal: Journal, till: str, called: str) -> None:
    await journal.execute(
        SEALED_TILL, till, Name(till=till, name=called), actor="amira", now=NOON
    )


async def add(journal: Journal, till: str, amount: int) -> None:
    await journal.execute(
        SEALED_TILL, till, Add(till=till, amount=amount), actor="amira", now=NOON
    )


async def destroy(owner: Connection, record: str) -> None:
    done = await owner.execute(
        "UPDATE journal_data_keys SET wrapped = NULL, wrapped_by = NULL, destroyed_at = now()"
        " WHERE record = $1",
        record,
    )
    assert done == "UPDATE 1"


@pytest.fixture
def tills(database_factory: Callable[..., Database]) -> Database:
    return database_factory(make_tills)


BODY: Final = b'{"type":"test.named.v1","till":"one","name":"quillback"}'
PLACE: Final[dict[str, Any]] = {
    "origin": "here.1.0",
    "seq": 7,
    "stream": "test.till/one",
    "org": "shop",
}


@given(bit=st.integers(0, 8 * (12 + len(BODY) + 16) - 1))
@settings(deadline=None)
def test_any_bit_of_a_sealed_body_that_is_changed_leaves_it_shut(bit: int) -> None:
    cipher = AESGCM(RING)
    body = bytearray(seal(cipher, BODY, body_bound(**PLACE)))
    assert unseal(cipher, bytes(body), body_bound(**PLACE)) == BODY
    body[bit // 8] ^= 1 << bit % 8

    with pytest.raises(WrongKey):
        unseal(cipher, bytes(body), body_bound(**PLACE))


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": "here.1.1"},
        {"seq": 8},
        {"stream": "test.till/two"},
        {"org": "other"},
        {"origin": "here.1.07", "seq": 0},
    ],
    ids=str,
)
def test_a_body_in_another_row_stream_or_organisation_stays_shut(
    elsewhere: dict[str, Any],
) -> None:
    cipher = AESGCM(RING)

    with pytest.raises(WrongKey):
        unseal(
            cipher,
            seal(cipher, BODY, body_bound(**PLACE)),
            body_bound(**{**PLACE, **elsewhere}),
        )
    with pytest.raises(WrongKey):
        unseal(AESGCM(RING[::-1]), seal(cipher, BODY, body_bound(**PLACE)), body_bound(**PLACE))


async def test_what_lies_on_disk_has_no_word_of_it_and_another_worker_reads_it(
    tills: Database,
) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
        await add(journal, "one", 60)
    async with opened(tills) as another, owner_of(tills) as owner:
        state = await another.state(SEALED_TILL, "one")
        stored = await owner.fetch(
            "SELECT key_id, body FROM journal WHERE stream = 'test.till/one'"
        )
        keys = await owner.fetch("SELECT key_id, record, wrapped FROM journal_data_keys")
        verdict = await verify(owner, site_key=KEY.public)
        compared = await check(owner, PROJECTIONS, sealing=Sealing(Keys()))

    assert (state.name, state.total) == (CANARY, 60)
    assert all(CANARY.encode() not in each["body"] for each in stored)
    assert {each["key_id"] for each in stored} == {keys[0]["key_id"]}, "one key for a record"
    assert (len(keys), keys[0]["record"]) == (1, "one")
    assert (len(stored), verdict.checked, verdict.fault) == (2, 3, None)
    assert all(before == after for before, after in compared.values())


async def test_a_body_put_in_another_row_opens_nowhere_and_verify_names_the_row(
    postgres: Databases, tills: Database
) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
        await name(journal, "two", "quiet")
    moved = (
        "ALTER TABLE journal DISABLE TRIGGER ALL; UPDATE journal SET (key_id, body) ="
        " (SELECT key_id, body FROM journal WHERE seq = 1) WHERE seq = 3;"
    )
    postgres.server.administer(moved, tills.name)
    async with opened(tills) as another, owner_of(tills) as owner:
        state = await another.state(SEALED_TILL, "two")
        verdict = await verify(owner)

    assert state.name == ""
    assert verdict.fault is not None
    assert (verdict.fault.seq, verdict.fault.what) == (
        3,
        "its content is not what its hash says",
    )


async def test_with_a_key_gone_its_record_has_no_row_and_every_hash_still_holds(
    tills: Database,
) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
        await name(journal, "two", "quiet")
    async with owner_of(tills) as owner:
        await destroy(owner, "one")
        folded = await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys()))
        shown = await owner.fetch("SELECT till FROM test_tills")
        known = await owner.fetchval(
            "SELECT version FROM journal_streams WHERE stream = 'test.till/one'"
        )
        verdict = await verify(owner, site_key=KEY.public)

    assert [each["till"] for each in shown] == ["two"]
    assert (folded, known, verdict.fault) == (3, 1, None)


async def test_with_the_sites_ring_lost_nothing_opens_and_nothing_breaks(
    tills: Database,
) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
    async with opened(tills, keys=Keys(RING[::-1])) as journal, owner_of(tills) as owner:
        assert (await journal.state(SEALED_TILL, "one")).name == ""
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys(RING[::-1])))
        assert await owner.fetchval("SELECT count(*) FROM test_tills") == 0
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys()))
        assert await owner.fetchval("SELECT name FROM test_tills") == CANARY


async def test_without_keys_nothing_is_rebuilt_and_nothing_is_written_in_the_clear(
    tills: Database,
) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
    async with opened(tills, sealed=False) as journal, owner_of(tills) as owner:
        with pytest.raises(SealedBodies):
            await rebuild(owner, PROJECTIONS)
        with pytest.raises(SealedBodies):
            await journal.state(SEALED_TILL, "one")
        with pytest.raises(NotSealed):
            await name(journal, "two", CANARY)
        assert await owner.fetchval("SELECT name FROM test_tills") == CANARY
        assert await owner.fetchval("SELECT count(*) FROM journal") == 2


async def test_a_journal_from_before_stays_readable_and_is_carried_on_sealed(
    tills: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tills) as journal:
        monkeypatch.setattr(type(SEALED_TILL), "record_of", lambda *_: None)
        await name(journal, "one", "before")
        monkeypatch.undo()
        await add(journal, "one", 60)
    async with opened(tills) as another, owner_of(tills) as owner:
        state = await another.state(SEALED_TILL, "one")
        sealed = await owner.fetch("SELECT key_id IS NOT NULL FROM journal ORDER BY seq")
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys()))
        assert await owner.fetchval("SELECT total FROM test_tills WHERE name = 'before'") == 60

    assert (state.name, state.total) == ("before", 60)
    assert [each[0] for each in sealed] == [False, False, True]


async def test_two_workers_that_begin_one_record_at_once_share_one_key(tills: Database) -> None:
    async with opened(tills) as one, opened(tills) as other:
        await asyncio.gather(
            *(add(worker, f"till{n}", 1) for n in range(20) for worker in (one, other))
        )
        assert (await one.state(SEALED_TILL, "till7")).total == 2
    async with owner_of(tills) as owner:
        assert await owner.fetchval("SELECT count(*) FROM journal_data_keys") == 20
        assert (
            await owner.fetchval(
                "SELECT max(n) FROM (SELECT count(DISTINCT key_id) AS n FROM journal GROUP BY stream)"
                " AS each"
            )
            == 1
        )
        assert (await verify(owner)).fault is None


async def test_a_key_is_of_the_commit_that_needs_it(tills: Database) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", "taken")
        with pytest.raises(Refused):
            await name(journal, "two", "taken")
    async with owner_of(tills) as owner:
        kept = await owner.fetch("SELECT record FROM journal_data_keys")

    assert [each["record"] for each in kept] == ["one"]


async def test_a_record_whose_key_was_destroyed_takes_nothing_more_and_others_go_on(
    tills: Database,
) -> None:
    async with opened(tills) as journal, opened(tills) as other, owner_of(tills) as owner:
        await add(journal, "one", 1)
        await add(other, "one", 1)
        await destroy(owner, "one")
        outcomes = await asyncio.gather(
            *(add(worker, till, 1) for till in ("one", "two") for worker in (journal, other)),
            return_exceptions=True,
        )
        written = await owner.fetchval("SELECT count(*) FROM journal")

    assert [type(each) for each in outcomes[:2]] == [Erased, Erased]
    assert outcomes[2:] == [None, None]
    assert written == 4


async def test_the_program_and_pages_cannot_list_or_change_keys(tills: Database) -> None:
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
    for dsn in (tills.app_dsn, tills.reader_dsn):
        connection = await asyncpg.connect(dsn)
        for statement in (
            "SELECT record FROM journal_data_keys",
            "DELETE FROM journal_data_keys",
            "UPDATE journal_data_keys SET why = 'x'",
        ):
            with pytest.raises(
                (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
            ):
                await connection.fetch(statement)
        await connection.close()
    reader = await asyncpg.connect(tills.reader_dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.fetch("SELECT * FROM tenancy.data_keys('{x}')")
    await reader.close()


async def test_a_fact_opens_by_the_journals_description_without_our_code(
    tills: Database,
) -> None:
    """As docs/journal.md has it, so that a record can be read when we are gone."""
    async with opened(tills) as journal:
        await name(journal, "one", CANARY)
    async with owner_of(tills) as owner:
        row = await owner.fetchrow("SELECT * FROM journal WHERE seq = 1")
        assert row is not None
        key = await owner.fetchrow(
            "SELECT * FROM journal_data_keys WHERE key_id = $1", row["key_id"]
        )
        assert key is not None
        ((_, ours, _),) = await opened_facts(Sealing(Keys()), owner, [row])
    about = f"standfast data key 1|{key['key_id']}|{key['org']}|{key['record']}".encode()
    wrapped = key["wrapped"]
    data_key = AESGCM(RING).decrypt(wrapped[:12], wrapped[12:], about)
    bound = b"\x95\xb0standfast body 1\xa8here.1.0\x01\xadtest.till/one\xa4shop"  # MessagePack
    plain = AESGCM(data_key).decrypt(row["body"][:12], row["body"][12:], bound)

    assert plain == ours
    assert CANARY.encode() in plain
