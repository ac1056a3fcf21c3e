"""What it costs to weigh a device's entry on a colleague's case, with few labels and with many.

Each entry is the first of its session on that case, so that nothing is remembered: the case is
looked up and weighed as for a page, who opens it is written down, and then the note is.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import msgspec

from benchmarks.inside import SCRIPT, inside, settings_of, sign_in
from benchmarks.report import Report, milliseconds, number, percentile
from benchmarks.site import KEY, Database, journal_at
from benchmarks.work import ORG
from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.demo.load import load_demonstration
from standfast.journal.store import Journal
from standfast.kernel.access import Sensitivity
from standfast.simulate.run import HANDLERS

AT_ONCE = 8
MANY = 5_000


async def measure_entering(database: Database, cases: list[str], report: Report) -> None:
    """Print entries a second and how long each took."""
    report.say(
        "## What it costs to weigh a device's entry",
        "",
        f"Notes by call handlers on {len(cases):,} cases, each the first of its session: looked",
        f"up, weighed and written down. One worker, {AT_ONCE} at once.",
    )
    rows = []
    settings = settings_of(database)
    await load_demonstration(settings)
    async with inside(settings) as browser:
        await _write(browser, HANDLERS[0], cases)  # warm
        for labels, handler in ((0, HANDLERS[1]), (MANY, HANDLERS[2])):
            if labels:
                await _guard(database, labels)
            began = time.perf_counter()
            taken = await _write(browser, handler, cases)
            rate = len(taken) / (time.perf_counter() - began)
            rows.append([number(labels), number(rate), *_quantiles(taken)])
    report.table(("guarded labels", "entries/s", "p50 ms", "p95 ms"), rows)


async def _write(browser: httpx.AsyncClient, handler: str, cases: list[str]) -> list[float]:
    """Sign *handler* in, write a note on each case, and return how long each took."""
    browser.cookies.clear()
    await sign_in(browser, handler)
    left, taken = iter(cases), list[float]()
    await asyncio.gather(*(_write_some(browser, left, taken) for _ in range(AT_ONCE)))
    return taken


async def _write_some(
    browser: httpx.AsyncClient, left: Iterator[str], taken: list[float]
) -> None:
    for case_id in left:
        entry = {
            "id": str(uuid4()),
            "case_id": case_id,
            "kind": "calls.note",
            "at": datetime.now(UTC),
            "body": {"text": "Rang again"},
        }
        body, began = msgspec.json.encode([entry]), time.perf_counter()
        answer = await browser.post("/device/entries", content=body, headers=SCRIPT)
        taken.append(time.perf_counter() - began)
        if [each["outcome"] for each in answer.json()] != ["stored"]:
            raise RuntimeError(f"an entry was not stored: {answer.text}")


async def _guard(database: Database, labels: int) -> None:
    """Say of *labels* other records that they are restricted, half of them cases."""
    async with journal_at(database.app, key=KEY) as store:
        left = iter(range(labels))
        await asyncio.gather(*(_say_some(store, left) for _ in range(64)))


async def _say_some(store: Journal, left: Iterator[int]) -> None:
    for count in left:
        record_id = str(uuid4())
        say = SayHowGuarded(
            org=ORG,
            record_kind="case" if count % 2 else "person",
            record_id=record_id,
            sensitivity=Sensitivity.RESTRICTED,
            reason="It was asked for",
            staff_id="bench",
            staff_name="Bench",
        )
        key, now = label_key(ORG, record_id), datetime.now(UTC)
        await store.execute(LABEL, key, say, actor="bench", now=now)


def _quantiles(taken: list[float]) -> tuple[str, str]:
    return milliseconds(percentile(taken, 0.5)), milliseconds(percentile(taken, 0.95))
