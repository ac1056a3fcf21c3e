"""The mix of interactions of a call centre, on two workers with the load beside them."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from uuid import uuid4

import msgspec

from benchmarks.load import PAGE, SCRIPT, Client, Stopwatch
from benchmarks.node import Node
from benchmarks.report import Report, milliseconds, number, percentile
from benchmarks.work import callers
from standfast.kernel.ids import child_id
from standfast.simulate.callers import Caller
from standfast.simulate.entries import Device, Written
from standfast.simulate.run import CLINICIANS, HANDLERS
from standfast.triage.content import current

TODAY = date(2026, 11, 22)
SECONDS = 12.0
CONNECTIONS = 32
AIM = 1_000
PARTS = {"answer": 55, "case page": 25, "queue": 8, "json": 7, "name search": 5}
"""The mix of ``shared/performance/findings.md``, in parts of a hundred."""


class Visitor:
    """One connection's worth of a call centre."""

    def __init__(
        self, client: Client, node: Node, everybody: tuple[Caller, ...], seed: int
    ) -> None:
        self._client = client
        self._node = node
        self._callers = everybody
        self._random = Random(seed)  # noqa: S311 - a load, no secrets
        self._entries: Iterator[Written] = iter(())

    async def step(self, watch: Stopwatch) -> None:
        """Do one thing of the mix."""
        kind = self._random.choices(list(PARTS), weights=list(PARTS.values()))[0]
        case_id = self._random.choice(self._node.cases)
        match kind:
            case "answer":
                await watch.time(kind, self._client.json("/device/entries", self._entry()))
            case "case page":
                await watch.time(kind, self._client.get(f"/calls/{case_id}", PAGE))
            case "queue":
                await watch.time(kind, self._client.get("/calls/queue", PAGE))
            case "json":
                await watch.time(kind, self._client.get(f"/calls/{case_id}/resume", SCRIPT))
            case _:
                person = self._random.choice(self._callers).patient
                asked = {
                    "family": person.family_name,
                    "given": person.given_name,
                    "part": "yes",
                }
                await watch.time(kind, self._client.form("/people/search", asked))

    def _entry(self) -> bytes:
        entry = next(self._entries, None)
        if entry is None:
            self._entries = _answers(self._random.choice(self._callers))
            entry = next(self._entries)
        sent = {
            "id": entry.id,
            "case_id": entry.case_id,
            "kind": entry.kind,
            "at": datetime.now(UTC),
            "body": entry.body,
        }
        return msgspec.json.encode([sent])


async def measure_mix(node: Node, report: Report) -> None:
    """Print requests a second of the mix, and how long each kind took."""
    report.say(
        "## The mix of call interactions",
        "",
        f"Two workers, {CONNECTIONS} connections, closed loop; PostgreSQL and the load beside",
        f"them on the same machine. {len(node.cases):,} cases, 2,000 people. Answers are durable.",
    )
    clients = [Client(node.port) for _ in range(CONNECTIONS)]
    staff = (*HANDLERS, *CLINICIANS)
    for number_, client in enumerate(clients):
        await client.sign_in(staff[number_ % len(staff)])
    visitors = [Visitor(client, node, callers(TODAY), n) for n, client in enumerate(clients)]
    await _run(visitors, Stopwatch(), seconds=2.0)  # warm
    watch = Stopwatch()
    began, used, own = time.perf_counter(), node.cpu_seconds(), time.process_time()
    await _run(visitors, watch, seconds=SECONDS)
    took, own = time.perf_counter() - began, time.process_time() - own
    costs = [after - before for after, before in zip(node.cpu_seconds(), used, strict=True)]
    for client in clients:
        client.close()
    _print(report, watch, took, (*costs, own))


async def _run(visitors: list[Visitor], watch: Stopwatch, *, seconds: float) -> None:
    until = time.perf_counter() + seconds

    async def visit(visitor: Visitor) -> None:
        while time.perf_counter() < until:
            await visitor.step(watch)

    await asyncio.gather(*(visit(each) for each in visitors))


def _print(report: Report, watch: Stopwatch, took: float, costs: tuple[float, ...]) -> None:
    everything = [each for times in watch.taken.values() for each in times]
    rows = [
        [
            kind,
            number(len(times) / took),
            milliseconds(percentile(times, 0.50)),
            milliseconds(percentile(times, 0.99)),
        ]
        for kind, times in [*sorted(watch.taken.items()), ("mix", everything)]
    ]
    report.table(("interaction", "requests/s", "p50 ms", "p99 ms"), rows)
    rate = len(everything) / took
    each = [f"{cost / max(len(everything), 1) * 1e6:,.0f}" for cost in costs]
    report.say(
        f"CPU a request: workers {each[0]} µs, PostgreSQL {each[1]} µs, the load {each[2]} µs.",
        f"Aim {AIM:,} requests/s: {'met' if rate >= AIM else 'MISSED'}.",
        "",
    )
    if watch.failed:
        report.say(f"Failed: {watch.failed}", "")


def _answers(caller: Caller) -> Iterator[Written]:
    device = Device(caller, child_id(str(uuid4()), "case"), current(), TODAY)
    yield device.opening(None)
    while (answer := device.answer()) is not None:
        yield answer
