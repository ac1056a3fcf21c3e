"""What the journal promises whoever writes to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from standfast.journal.database import Reader, connect_pool
from standfast.journal.keys import SiteKey
from standfast.journal.store import Journal
from standfast.journal.verify import verify
from standfast.journal.writer import Site, Unavailable, Writer
from standfast.kernel.messages import Refused
from tests.journal.counting import (
    CONSTRAINTS,
    LEDGER,
    PROJECTIONS,
    REACTIONS,
    TILL,
    Add,
    LargeRow,
    Name,
    Refusal,
    TillRow,
    make_tills,
)
from tests.support.database import Database, Databases

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = SiteKey.generate()


@pytest.fixture
def tills(database_factory: Callable[..., Database]) -> Database:
    return database_factory(make_tills)


@asynccontextmanager
async def opened(
    database: Database, *, clock: Callable[[], datetime] = lambda: NOON
) -> AsyncIterator[tuple[Journal, Reader]]:
    """Run one worker's journal on *database*."""
    pool = await connect_pool(database.app_dsn, size=4)
    everything = await connect_pool(database.owner_dsn, size=1)
    writer = Writer(database.app_dsn, site=Site("here"), key=KEY, clock=clock)
    running = asyncio.create_task(writer.run())
    try:
        yield (
            Journal(
                pool,
                writer,
                projections=PROJECTIONS,
                reactions=REACTIONS,
                constraints=CONSTRAINTS,
                changed=lambda _: None,
            ),
            Reader(everything),
        )
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pool.terminate()
        everything.terminate()


async def add(journal: Journal, till: str, amount: int) -> None:
    await journal.execute(TILL, till, Add(till=till, amount=amount), actor="amira", now=NOON)


async def name(journal: Journal, till: str, called: str) -> None:
    await journal.execute(TILL, till, Name(till=till, name=called), actor="amira", now=NOON)


async def test_what_was_written_is_there_and_so_are_its_rows(tills: Database) -> None:
    async with opened(tills) as (journal, db):
        await add(journal, "one", 60)
        await add(journal, "one", 50)
        assert (await journal.state(TILL, "one")).total == 110
        row = await db.fetch_one(
            TillRow, "SELECT org, till, total, amounts, name FROM test_tills"
        )
        assert row == TillRow(org="shop", till="one", total=110, amounts=(60, 50), name=None)
        assert await db.fetch(LargeRow, "SELECT org, till FROM test_large")


async def test_many_at_once_are_all_kept_and_all_proved(tills: Database) -> None:
    async with opened(tills) as (journal, _):
        await asyncio.gather(*(add(journal, f"till{n % 20}", 1) for n in range(200)))
        totals = [(await journal.state(TILL, f"till{n}")).total for n in range(20)]
        assert totals == [10] * 20
    owner = await asyncpg.connect(tills.owner_dsn)
    verdict = await verify(owner, site_key=KEY.public)
    commits = await owner.fetchval("SELECT count(*) FROM journal WHERE sig IS NOT NULL")
    await owner.close()
    assert (verdict.checked, verdict.fault) == (200, None)
    assert commits < 200


async def test_two_workers_write_in_lanes_of_their_own_and_see_each_other(
    tills: Database,
) -> None:
    async with opened(tills) as (one, _), opened(tills) as (other, _):
        await asyncio.gather(
            *(add(worker, "shared", 1) for worker in (one, other) for _ in range(25))
        )
        assert (await one.state(TILL, "shared")).total == 50
        assert (await other.state(TILL, "shared")).total == 50
    owner = await asyncpg.connect(tills.owner_dsn)
    origins = await owner.fetch("SELECT origin FROM journal_origins ORDER BY origin")
    await owner.close()
    assert [origin for (origin,) in origins] == ["here.1.0", "here.1.1"]


async def test_a_rule_that_says_no_writes_nothing(tills: Database) -> None:
    async with opened(tills) as (journal, _):
        with pytest.raises(Refused) as refused:
            await add(journal, "one", -1)
        assert refused.value.reason is Refusal.NOT_NEGATIVE
        assert (await journal.state(TILL, "one")).till == ""


async def test_a_constraint_refuses_one_and_spares_the_others_of_its_commit(
    tills: Database,
) -> None:
    async with opened(tills) as (journal, _):
        results = await asyncio.gather(
            *(name(journal, f"till{n}", "the same") for n in range(8)),
            *(add(journal, f"other{n}", 1) for n in range(8)),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, Refused)]
        assert len(refused) == 7
        assert {each.reason for each in refused} == {Refusal.NAME_TAKEN}
        assert [(await journal.state(TILL, f"other{n}")).total for n in range(8)] == [1] * 8


async def test_what_follows_from_a_fact_is_in_the_same_commit(tills: Database) -> None:
    async with opened(tills) as (journal, db):
        await name(journal, "one", "front")
        await name(journal, "two", "quiet")
        assert (await journal.state(LEDGER, "one")).total == 1
        assert (await journal.state(LEDGER, "two")).total == 0
        with pytest.raises(Refused):
            await name(journal, "three", "front")
        assert (await journal.state(LEDGER, "three")).total == 0
        signed = await db.fetch_value("SELECT count(*) FROM journal WHERE sig IS NOT NULL")
        assert signed == 2


async def test_a_refusal_is_not_decided_on_what_another_worker_has_changed(
    tills: Database,
) -> None:
    async with opened(tills) as (one, _), opened(tills) as (other, _):
        await add(one, "shared", 1)
        await add(other, "shared", 5)
        assert (await one.state(TILL, "shared")).total == 6


async def test_it_goes_on_after_every_connection_was_cut(
    postgres: Databases, tills: Database
) -> None:
    async with opened(tills) as (journal, _):
        await add(journal, "one", 1)
        owner = await asyncpg.connect(tills.owner_dsn)
        writing = asyncio.gather(*(add(journal, f"till{n}", 1) for n in range(50)))
        await asyncio.sleep(0)
        cut_everybody(postgres, tills)
        await writing
        verdict = await verify(owner, site_key=KEY.public)
        await owner.close()
        assert (verdict.checked, verdict.fault) == (51, None)


def cut_everybody(postgres: Databases, database: Database) -> None:
    """End every connection of the application, as a restart of the server does."""
    postgres.server.administer(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 - a test's name
        f"WHERE usename = 'standfast_app' AND datname = '{database.name}'"
    )


async def test_nothing_can_be_changed_even_by_the_owner(tills: Database) -> None:
    async with opened(tills) as (journal, _):
        await add(journal, "one", 1)
    for dsn in (tills.app_dsn, tills.owner_dsn):
        connection = await asyncpg.connect(dsn)
        for attack in (
            "UPDATE journal SET actor = 'nobody'",
            "DELETE FROM journal",
            "TRUNCATE journal",
            "UPDATE journal_origins SET public_key = ''",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(attack)
        await connection.close()


async def test_a_clock_that_was_set_back_stops_nothing_and_keeps_the_order(
    tills: Database,
) -> None:
    async with opened(tills) as (journal, _):
        await add(journal, "one", 1)
    async with opened(tills, clock=lambda: NOON - timedelta(days=1)) as (journal, db):
        await add(journal, "one", 2)
        await add(journal, "two", 3)
        assert (await journal.state(TILL, "one")).amounts == (1, 2)
        in_order = await db.fetch_value("SELECT array_agg(seq ORDER BY hlc) FROM journal")
        assert in_order == [1, 2, 3]


async def test_nothing_to_do_is_not_said_from_an_old_memory(tills: Database) -> None:
    async with opened(tills) as (one, _), opened(tills) as (other, _):
        await name(one, "till", "a")
        await name(other, "till", "b")
        await name(one, "till", "a")
        assert (await one.state(TILL, "till")).name == "a"
        assert (await other.state(TILL, "till")).name == "a"


async def test_a_database_that_stays_away_is_said_to_be(tills: Database) -> None:
    writer = Writer(
        "postgresql://standfast_app@/nowhere?host=/nonexistent",
        site=Site("here"),
        key=KEY,
        clock=lambda: NOON,
        patience=0.3,
    )
    running = asyncio.create_task(writer.run())
    async with opened(tills) as (journal, _):
        journal._writer = writer  # noqa: SLF001 - the one part that is cut off
        with pytest.raises(Unavailable):
            await add(journal, "one", 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
