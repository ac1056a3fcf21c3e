"""A line and a figure for each request: the route, never the address; an id, never a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any, Final

import asyncpg
import httpx
import pytest
import structlog
from prometheus_client import REGISTRY

from standfast.journal.lanes import LOCK_SPACE
from standfast.observability.lines import write_lines
from standfast.settings import Settings
from tests.calls.examples import AMIRA, CASE_ID, OPEN, write
from tests.support.database import Database, Databases
from tests.support.site import Site, open_site

MARGARET: Final = "Okonkwo-Bright"

TAKE_LANE: Final = "SELECT pg_advisory_lock($1, 0)"
WAITING_FOR_A_LANE: Final = """
    SELECT count(*) FROM pg_locks
     WHERE locktype = 'advisory' AND classid = $1 AND NOT granted
"""
END_ITS_HOLDER: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND classid = {} AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Have log lines written where the test reads them, as a worker writes them."""
    written = StringIO()
    monkeypatch.setattr(
        structlog._config._CONFIG,  # noqa: SLF001 - put back afterwards
        "logger_factory",
        structlog.WriteLoggerFactory(written),
    )
    monkeypatch.setattr(
        structlog._config._CONFIG,  # noqa: SLF001
        "default_processors",
        [
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(),
        ],
    )
    return written


async def test_each_request_is_one_line_with_its_route(
    database: Database, lines: StringIO
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await site.get(f"/calls/{CASE_ID}?name={MARGARET}")

    [line] = [
        json.loads(each)
        for each in lines.getvalue().splitlines()
        if json.loads(each)["event"] == "web.request"
    ]
    assert line["route"] == "GET /calls/{case_id}"
    assert line["status"] == 404
    assert line["ms"] >= 0
    assert len(line["request"]) == 16
    assert CASE_ID not in lines.getvalue()
    assert MARGARET not in lines.getvalue()


async def test_an_answer_carries_the_id_of_its_line(
    database: Database, lines: StringIO
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        answer = await site.get("/calls/waiting")

    assert answer.headers["x-standfast-request"] in lines.getvalue()


async def test_requests_are_counted_by_route_and_status(database: Database) -> None:
    labels = {"route": "GET /calls/waiting", "method": "GET", "status": "200"}
    before = figure("standfast_requests_total", **labels)
    nobody = figure("standfast_requests_total", route="none", method="other", status="405")
    async with open_site(database, actor=AMIRA) as site:
        await site.get("/calls/waiting")
        await site.browser.request("INVENTED", "/calls/waiting")

    assert figure("standfast_requests_total", **labels) == before + 1
    seen = figure("standfast_requests_total", route="none", method="other", status="405")
    assert seen >= nobody


async def test_what_is_written_is_counted(database: Database) -> None:
    commits = figure("standfast_journal_commits_total")
    facts = figure("standfast_journal_facts_total")
    async with open_site(database, actor=AMIRA) as site:
        await write(site, OPEN)

    assert figure("standfast_journal_commits_total") > commits
    assert figure("standfast_journal_facts_total") > facts
    assert figure("standfast_pool_lent") == 0


@asynccontextmanager
async def connected(dsn: str) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        connection.terminate()


async def until_ready(site: Site, *, ready: bool) -> httpx.Response:
    """Ask until it says so; its writer and its feed connect, or lose their connection, meanwhile."""
    answer = await site.get("/readyz")
    for _ in range(1000):
        if answer.is_success is ready:
            break
        answer = await site.get("/readyz")
    return answer


async def test_a_worker_that_can_take_work_says_so(database: Database) -> None:
    async with open_site(database) as site:
        answer = await until_ready(site, ready=True)

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "database": True,
        "journal": True,
        "feed": True,
        "keys": True,
    }


async def test_a_worker_without_a_lane_is_not_ready(
    postgres: Databases, database: Database
) -> None:
    """Its connection ends, and somebody else has its lane by the time that it is back."""
    async with open_site(database, actor=AMIRA) as site, connected(database.app_dsn) as rival:
        await until_ready(site, ready=True)
        queued = asyncio.ensure_future(rival.execute(TAKE_LANE, LOCK_SPACE))
        while not await site.all_orgs.fetch_value(WAITING_FOR_A_LANE, LOCK_SPACE):
            pass  # the rival has asked, and PostgreSQL will have heard
        postgres.server.administer(END_ITS_HOLDER.format(LOCK_SPACE), database.name)
        await queued
        answer = await until_ready(site, ready=False)
        assert answer.status_code == 503
        assert answer.json()["journal"] is False

        waits = asyncio.ensure_future(write(site, OPEN))
        for _ in range(20):
            answer = await site.get("/readyz")
            assert answer.json()["journal"] is False, (
                "connected again, and still without a lane"
            )
        await rival.close()
        await waits
        assert (await until_ready(site, ready=True)).status_code == 200


def test_a_level_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="STANDFAST_LOG_LEVEL is one of"):
        write_lines(level="loud", file="")


def test_a_demonstrations_terminal_is_quiet_and_a_live_log_is_not() -> None:
    def level(**changed: object) -> str:
        named = {"database_url": "", "reader_url": "", "owner_url": "", "data": "", **changed}
        return Settings(**named).level  # type: ignore[arg-type]

    assert level(demonstration=True) == "warning"
    assert level() == "info"
    assert level(log_level="error") == "error"
