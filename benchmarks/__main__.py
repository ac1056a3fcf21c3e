"""``python -m benchmarks [part ...]``: measure, print, and save as ``results.md``."""

import asyncio
import sys
from datetime import UTC, datetime

import uvloop

from benchmarks.appends import measure_appends
from benchmarks.continuity import measure_continuity
from benchmarks.entering import measure_entering
from benchmarks.isolation import measure_isolation
from benchmarks.mix import measure_mix
from benchmarks.node import fill, fill_database, node
from benchmarks.rebuilding import measure_rebuild
from benchmarks.report import Report, machine
from benchmarks.screens import measure_screens
from benchmarks.sealing import measure_sealing
from benchmarks.signing_in import measure_signing_in
from benchmarks.site import fresh, postgres

PARTS = (
    "journal",
    "sealing",
    "isolation",
    "entering",
    "web",
    "signing-in",
    "continuity",
)


async def main(parts: list[str]) -> None:
    """Run *parts*, all if none is named. Only a whole run is saved."""
    report = Report()
    report.say(
        "# What this machine can do", "", f"{datetime.now(UTC):%d %B %Y}. {machine()}", ""
    )
    if "journal" in parts:
        with postgres() as server:
            database = await measure_appends(server, report)
            await measure_rebuild(database, report)
    if "sealing" in parts:
        with postgres() as server:
            await measure_sealing(server, report)
    if "isolation" in parts:
        with postgres() as server:
            database = await fresh(server, "isolation")
            cases = await fill_database(database, cases=300)
            await measure_isolation(database, cases, report)
    if "entering" in parts:
        with postgres() as server:
            database = await fresh(server, "entering")
            cases = await fill_database(database, cases=300)
            await measure_entering(database, cases, report)
    if "web" in parts:
        with node(workers=2) as running:
            await fill(running, cases=1_000)
            await measure_mix(running, report)
            await measure_screens(running, report)
    if "signing-in" in parts:
        await asyncio.to_thread(measure_signing_in, report)
    if "continuity" in parts:
        with postgres() as server:
            await measure_continuity(server, report)
    if parts == list(PARTS):
        report.save()


uvloop.run(main(sys.argv[1:] or list(PARTS)))
