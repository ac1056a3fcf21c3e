"""How fast every read model is made again from the journal, and the journal proved."""

import time

import asyncpg

from benchmarks.report import Report, number
from benchmarks.site import KEYS, Database
from standfast.app import PROJECTIONS
from standfast.journal.rebuild import rebuild, table_hashes
from standfast.journal.sealing import Sealing
from standfast.journal.verify import verify

AIM = 10_000


async def measure_rebuild(database: Database, report: Report) -> None:
    """Print events a second of a rebuild and of a proof of what *database* holds."""
    report.say("## Rebuild and proof", "")
    owner = await asyncpg.connect(
        database.owner, server_settings={"search_path": "read, public"}
    )
    try:
        before = await table_hashes(owner, PROJECTIONS)
        began = time.perf_counter()
        events = await rebuild(owner, PROJECTIONS, sealing=Sealing(KEYS))
        rebuilt = events / (time.perf_counter() - began)
        assert before == await table_hashes(owner, PROJECTIONS), "rebuilt differs from live"
        began = time.perf_counter()
        verdict = await verify(owner)
        proved = verdict.checked / (time.perf_counter() - began)
        assert verdict.fault is None, verdict.fault
    finally:
        await owner.close()
    report.table(
        ("what", "events", "events/s", "aim"),
        [
            [
                "rebuild every read model (equal to live)",
                number(events),
                number(rebuilt),
                number(AIM),
            ],
            ["verify chain and signatures", number(verdict.checked), number(proved), ""],
        ],
    )
