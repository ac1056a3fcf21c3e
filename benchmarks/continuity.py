"""Between sites: how soon a fact is at the other, how fast a cut heals, how fast a site catches up.

Two sites on one machine, each with a PostgreSQL database, a writer, and an exchange in a process
of its own, over mutual TLS. Facts are written by the product's own commands, in streams of five,
and folded at the other site into the rows of their read model.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Final

from benchmarks.report import Report, percentile
from benchmarks.site import fresh
from standfast.app import PROJECTIONS
from standfast.directory.model import SERVICE, ListService
from standfast.journal import rebuild as rebuilding
from standfast.journal.database import Pool, connect
from standfast.journal.feed import Feed
from standfast.postgres import EmbeddedPostgres
from tests.replication.process import end, start
from tests.replication.real import Real, bundle_of, join
from tests.replication.test_shelf import service
from tests.replication.two import node_of
from tests.support.database import Database
from tests.support.node import free_port

EACH: Final = 11_000
"""Facts on each side behind the cut: 22,000 in all, as the engines were compared with."""

IN_A_STREAM: Final = 5
AT_ONCE: Final = 200
SINGLES: Final = 60
WAIT: Final = 120.0


async def measure_continuity(server: EmbeddedPostgres, report: Report) -> None:
    """Measure two sites, and say it."""
    async with _sites(server, "harrowmere", "whitby") as (here, there):
        for site in (here, there):
            await _write(site, EACH)
        began = perf_counter()
        async with _exchanges(here, there):
            await _until(lambda: _alike(here, there))
            heal = perf_counter() - began
            delays = [await _one(here, there, number) for number in range(SINGLES)]
        await _write(here, EACH, begin=EACH)
        began = perf_counter()
        async with _exchanges(here, there):
            await _until(lambda: _alike(here, there))
            catch_up = perf_counter() - began
        await _rebuild_agrees(there)
    report.say("## Between sites", "")
    report.table(
        ("Two sites, an exchange process each", "Measured", "Goal"),
        [
            (
                f"A cut heals: {EACH:,} facts on each side, both at both",
                f"{heal:.1f} s",
                "8 s",
            ),
            (
                "A fact is at the other site, p50",
                f"{percentile(delays, 0.5) * 1000:.0f} ms",
                "150 ms",
            ),
            ("The same, p95", f"{percentile(delays, 0.95) * 1000:.0f} ms", "-"),
            (
                f"One site catches up {EACH:,} facts, begun from nothing",
                f"{EACH / catch_up:,.0f} facts/s",
                "-",
            ),
        ],
    )
    report.say(
        "Counted from the start of the processes' work on; both sites share this machine's cores."
    )


@asynccontextmanager
async def _sites(server: EmbeddedPostgres, *names: str) -> AsyncIterator[tuple[Real, ...]]:
    """Open sites that have joined each other, with nobody exchanging yet."""
    async with AsyncExitStack() as stack:
        made = []
        for name in names:
            database = await _database(server, name)
            node = await stack.enter_async_context(node_of(database, name))
            node.clock.now = datetime.now(UTC)
            feed = Feed(database.app_dsn)
            task = asyncio.create_task(feed.run())
            stack.callback(task.cancel)
            made.append(Real(node, database, free_port(), bundle_of(name), count(3), feed))
        await join(*made)
        yield tuple(made)


async def _database(server: EmbeddedPostgres, name: str) -> Database:
    await fresh(server, name)
    database = Database(
        name,
        server.dsn("standfast_owner", name),
        server.dsn("standfast_app", name),
        server.dsn("standfast_reader", name),
        server.dsn("standfast_exchange", name),
    )
    await asyncio.to_thread(
        server.administer,
        f"GRANT CONNECT ON DATABASE {name} TO standfast_exchange",
    )
    return database


@asynccontextmanager
async def _exchanges(*sites: Real) -> AsyncIterator[None]:
    """Have each site's exchange running in a process of its own inside the block."""
    processes = [await start(site) for site in sites]
    try:
        yield
    finally:
        for process in processes:
            end(process)


async def _write(site: Real, events: int, *, begin: int = 0) -> None:
    """Write *events* by commands, many at once: each waits for its own commit."""
    clock = site.node.clock
    for first in range(begin, begin + events, AT_ONCE):
        clock.now = datetime.now(UTC)
        await asyncio.gather(
            *(
                _list(site, number)
                for number in range(first, min(first + AT_ONCE, begin + events))
            )
        )
    site.feed.announce({(f"{site.name}-care", "directory.service")})


async def _list(site: Real, number: int) -> None:
    service_id = f"{site.name}-{number // IN_A_STREAM}"
    details = service(service_id, f"Pharmacy {number}", f"{site.name}-care")
    await site.node.journal.execute(
        SERVICE,
        service_id,
        ListService(service=details, by="Somebody"),
        actor="somebody",
        now=site.node.clock(),
    )


async def _one(here: Real, there: Real, number: int) -> float:
    """Return how long after its commit one fact is in the rows of the other site."""
    here.node.clock.now = datetime.now(UTC)
    service_id, name = f"single-{number}", f"Single {number}"
    details = service(service_id, name, f"{here.name}-care")
    pool = Pool(there.database.owner_dsn, size=1)
    try:
        command = ListService(service=details, by="Somebody")
        await pool.fetchval("SELECT 1")
        await here.node.journal.execute(
            SERVICE, service_id, command, actor="somebody", now=here.node.clock()
        )
        began = perf_counter()
        here.feed.announce({(f"{here.name}-care", "directory.service")})
        sql = "SELECT EXISTS (SELECT FROM directory_services WHERE service_id = $1)"
        while not await pool.fetchval(sql, service_id):  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.002)
        return perf_counter() - began
    finally:
        pool.terminate()


async def _alike(*sites: Real) -> bool:
    """Return whether all sites hold the same heads."""
    heads = [
        await site.rows("SELECT origin, max(seq) FROM journal GROUP BY origin ORDER BY origin")
        for site in sites
    ]
    return all(each == heads[0] for each in heads) and bool(heads[0])


async def _rebuild_agrees(site: Real) -> None:
    """See that the rows are what a rebuild makes of the journal: speed is nothing without it."""
    owner = await connect(site.database.owner_dsn)
    try:
        compared = await rebuilding.check(owner, PROJECTIONS)
    finally:
        await owner.close()
    assert all(was == again for was, again in compared.values())


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT):
        while not await true():  # noqa: ASYNC110 - nobody tells from the other process
            await asyncio.sleep(0.05)
