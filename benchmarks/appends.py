"""How fast facts become durable: grouped, one at a time, and PostgreSQL's own limit."""

import asyncio
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from benchmarks.report import Report, milliseconds, number, percentile
from benchmarks.site import KEY, Database, fresh, journal_at
from benchmarks.work import Step, Work
from standfast.journal.store import Journal
from standfast.postgres import EmbeddedPostgres, find_binaries

SECONDS = 4.0
CALLS = 2_500
"""More than the fastest machine takes in that time."""

WRITERS = (1, 8, 64)
AIM = 10.0

_LIMIT_TABLE = """
CREATE TABLE bench_limit (
    origin text NOT NULL, seq bigserial NOT NULL, stream text NOT NULL, type text NOT NULL,
    org text NOT NULL, actor text NOT NULL, hlc bigint NOT NULL,
    occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
    body bytea NOT NULL, prev bytea NOT NULL, hash bytea NOT NULL,
    PRIMARY KEY (origin, seq)
)
"""
_LIMIT_INSERT = """
\\set case random(1, 100000000)
INSERT INTO bench_limit
    (origin, stream, type, org, actor, hlc, occurred_at, recorded_at, body, prev, hash)
VALUES ('here.1.' || :client_id, 'calls.case/' || :case, 'calls.note_written.v1',
        'harrowmere-urgent-care', 'amira.khan', :case, now(), now(),
        decode(repeat('7b', 300), 'hex'), decode(repeat('00', 32), 'hex'),
        decode(repeat('00', 32), 'hex'));
"""


@dataclass
class Measured:
    """Appends that were answered, and how long each took."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds


async def measure_appends(server: EmbeddedPostgres, report: Report) -> Database:
    """Print appends a second at several numbers of writers; return the fullest database."""
    report.say("## Durable appends", "")
    report.say(
        "One append: one command of a call (an answer, a name, a place), decided, folded, its",
        "rows and reactions with it, hash-chained, signed, on disk. One-commit-each is the same",
        "with a group of one. pgbench inserts one bare row of the same size in each commit.",
    )
    grouped, single, limit = {}, {}, {}
    database = await fresh(server, "bench_grouped")
    await _run(database, 8, seconds=1.0)  # warm
    for writers in WRITERS:
        grouped[writers] = await _run(database, writers)
    alone = await fresh(server, "bench_single")
    for writers in WRITERS:
        single[writers] = await _run(alone, writers, largest_batch=1)
    bare = await fresh(server, "bench_limit")
    await _make_limit_table(bare)
    for writers in WRITERS:
        limit[writers] = _pgbench(server, bare, writers)
    rows = [
        [
            number(writers),
            number(grouped[writers].per_second),
            milliseconds(percentile(grouped[writers].times, 0.50)),
            milliseconds(percentile(grouped[writers].times, 0.99)),
            number(single[writers].per_second),
            f"{grouped[writers].per_second / single[writers].per_second:.1f} x",
            number(limit[writers]),
            f"{grouped[writers].per_second / limit[writers]:.2f} x",
        ]
        for writers in WRITERS
    ]
    header = (
        "writers", "appends/s", "p50 ms", "p99 ms",
        "one commit each", "ratio", "pgbench inserts/s", "ratio",
    )  # fmt: skip
    report.table(header, rows)
    best = grouped[WRITERS[-1]].per_second
    versus_one = best / single[1].per_second
    report.say(
        f"64 writers, grouped, against one writer with one commit each: {versus_one:.1f} x "
        f"(aim {AIM:.0f} x: {'met' if versus_one >= AIM else 'MISSED'}).",
        "",
    )
    return database


async def _run(
    database: Database, writers: int, *, seconds: float = SECONDS, largest_batch: int = 500
) -> Measured:
    """Let *writers* take calls for *seconds*."""
    measured = Measured()
    work = Work(f"{database.name}/{writers}/{seconds}")
    calls = [list(work.call()) for _ in range(CALLS)]  # made beforehand: not what is measured
    async with journal_at(database.app, key=KEY, largest_batch=largest_batch) as store:
        began = time.perf_counter()
        until = began + seconds
        await asyncio.gather(*(_writer(store, calls, until, measured) for _ in range(writers)))
        measured.seconds = time.perf_counter() - began
    return measured


async def _writer(
    store: Journal, calls: list[list[Step]], until: float, measured: Measured
) -> None:
    while calls:
        for decider, key, command in calls.pop():
            began = time.perf_counter()
            if began >= until:
                return
            now = datetime.now(UTC)
            await store.execute(decider, key, command, actor="amira.khan", now=now)
            measured.times.append(time.perf_counter() - began)


async def _make_limit_table(database: Database) -> None:
    owner = await asyncpg.connect(database.owner)
    try:
        await owner.execute(_LIMIT_TABLE)
    finally:
        await owner.close()


def _pgbench(server: EmbeddedPostgres, database: Database, clients: int) -> float:
    """Return pgbench's commits a second, one row in each."""
    program = find_binaries()[0].program("pgbench")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_LIMIT_INSERT)
        script.flush()
        done = subprocess.run(  # noqa: S603 - our own arguments
            [
                program, "-n", "-M", "prepared", "-f", script.name,
                "-c", str(clients), "-j", "2", "-T", str(int(SECONDS)),
                "-h", str(server.socket), "-U", "standfast_owner", database.name,
            ],
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
