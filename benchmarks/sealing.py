"""What sealing costs: the same calls, sealed and in the clear, by turns; then each rebuilt."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any

import asyncpg

from benchmarks.report import Report, number
from benchmarks.site import KEY, KEYS, Database, fresh, journal_at
from benchmarks.work import Work
from standfast.app import PROJECTIONS
from standfast.journal.rebuild import rebuild
from standfast.journal.sealing import Sealing
from standfast.kernel.messages import Decider
from standfast.postgres import EmbeddedPostgres

CALLS = {1: 12, 8: 40, 64: 60}
"""Calls in a turn, by how many take them at once."""

TURNS = 6


async def measure_sealing(server: EmbeddedPostgres, report: Report) -> None:
    """Print CPU and appends a second with bodies sealed and open, and how fast each is rebuilt."""
    report.say("## What sealing costs", "")
    places = {sealed: await fresh(server, f"sealing_{int(sealed)}") for sealed in (False, True)}
    rows = []
    for writers, calls in CALLS.items():
        found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for turn in range(TURNS):
            for sealed in (False, True) if turn % 2 else (True, False):
                work = [
                    list(Work(f"{writers}/{turn}/{sealed}/{n}").call()) for n in range(calls)
                ]
                found[sealed].append(await _run(places[sealed], writers, work, sealed=sealed))
        cpu = {sealed: median(each[1] for each in found[sealed]) for sealed in found}
        rate = {sealed: median(each[0] for each in found[sealed]) for sealed in found}
        rows.append(
            [
                number(writers),
                *(number(rate[sealed]) for sealed in (False, True)),
                *(number(cpu[sealed]) for sealed in (False, True)),
                f"{100 * (cpu[True] / cpu[False] - 1):+.0f} %",
            ]
        )
    header = (
        "writers",
        "open/s",
        "sealed/s",
        "open CPU us",
        "sealed CPU us",
        "more (aim 10 %)",
    )
    report.table(header, rows)
    for sealed, place in places.items():
        rate_ = await _rebuilt(place)
        report.say(f"Rebuilt {'sealed' if sealed else 'open'}: {number(rate_)} events/s.", "")


async def _run(
    place: Database, writers: int, calls: list[Any], *, sealed: bool
) -> tuple[float, float]:
    """Return appends a second, and microseconds of this worker's CPU for each."""
    done = 0

    async def take() -> None:
        nonlocal done
        while calls:
            for decider, key, command in calls.pop():
                now = datetime.now(UTC)
                await store.execute(decider, key, command, actor="amira.khan", now=now)
                done += 1

    with _sealed_or_not(sealed=sealed):
        async with journal_at(place.app, key=KEY) as store:
            began, spent = time.perf_counter(), time.process_time()
            await asyncio.gather(*(take() for _ in range(writers)))
            seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    return done / seconds, cpu / done * 1e6


@contextmanager
def _sealed_or_not(*, sealed: bool) -> Iterator[None]:
    """Let nothing be sealed inside the block, unless *sealed*."""
    before = Decider.record_of
    if not sealed:
        Decider.record_of = lambda *_: None  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Decider.record_of = before  # type: ignore[method-assign]


async def _rebuilt(place: Database) -> float:
    owner = await asyncpg.connect(place.owner, server_settings={"search_path": "read, public"})
    try:
        began = time.perf_counter()
        events = await rebuild(owner, PROJECTIONS, sealing=Sealing(KEYS))
        return events / (time.perf_counter() - began)
    finally:
        await owner.close()
