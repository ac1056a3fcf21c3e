"""What row-level security costs on the mix: the same pages read as a reader, and as the app.

Both platforms run in this process on one database and take turns, interaction by interaction,
so that whatever else the machine does slows both alike. The app's role sees every row: its
policy is the constant true, which PostgreSQL leaves out of the plan.
"""

import time
from datetime import date
from random import Random
from statistics import median
from typing import Any

import httpx
from msgspec.structs import replace

from benchmarks.inside import PAGE, SCRIPT, inside, settings_of, sign_in
from benchmarks.mix import PARTS
from benchmarks.report import Report
from benchmarks.site import Database
from benchmarks.work import callers
from standfast.demo.load import load_demonstration

ROUNDS = 400
AIM = 10


async def measure_isolation(database: Database, cases: list[str], report: Report) -> None:
    """Print how long each interaction takes with and without row-level security."""
    guarded = settings_of(database)
    await load_demonstration(guarded)
    async with (
        inside(guarded) as one,
        inside(replace(guarded, reader_url=database.owner)) as other,
    ):
        for each in (one, other):
            await sign_in(each, "ada.mensah")
        taken = await _take_turns(one, other, cases)
    _print(report, taken, len(cases))


async def _take_turns(
    one: httpx.AsyncClient, other: httpx.AsyncClient, cases: list[str]
) -> dict[str, list[tuple[float, float]]]:
    dice = Random(14)  # noqa: S311 - a load, no secrets
    taken: dict[str, list[tuple[float, float]]] = {}
    reading = {kind: part for kind, part in PARTS.items() if kind != "answer"}
    for number in range(ROUNDS):
        kind = dice.choices(list(reading), weights=list(reading.values()))[0]
        step = _step(kind, dice, cases)
        first, second = (one, other) if number % 2 else (other, one)
        times = {id(each): await _timed(each, step) for each in (first, second)}
        if number >= ROUNDS // 10:  # the first are to warm up
            taken.setdefault(kind, []).append((times[id(one)], times[id(other)]))
    return taken


def _step(kind: str, dice: Random, cases: list[str]) -> dict[str, Any]:
    case_id = dice.choice(cases)
    match kind:
        case "case page":
            return {"method": "GET", "url": f"/calls/{case_id}", "headers": PAGE}
        case "queue":
            return {"method": "GET", "url": "/calls/queue", "headers": PAGE}
        case "json":
            return {"method": "GET", "url": f"/calls/{case_id}/resume", "headers": SCRIPT}
        case _:
            person = dice.choice(callers(date(2026, 11, 22))).patient
            asked = {"family": person.family_name, "given": person.given_name, "part": "yes"}
            return {"method": "POST", "url": "/people/search", "data": asked, "headers": PAGE}


async def _timed(browser: httpx.AsyncClient, step: dict[str, Any]) -> float:
    began = time.perf_counter()
    answer = await browser.request(**step)
    took = time.perf_counter() - began
    if answer.status_code >= 400:  # noqa: PLR2004
        raise RuntimeError(f"{step['url']} answered {answer.status_code}")
    return took


def _print(report: Report, taken: dict[str, list[tuple[float, float]]], cases: int) -> None:
    report.say(
        "## What row-level security costs",
        "",
        "The reading part of the mix, read as `standfast_reader` and as `standfast_app` by turns,",
        f"one at a time, {cases:,} cases. An answer reads nothing through it. Times are medians.",
    )
    rows = []
    weighed = [0.0, 0.0]
    for kind, pairs in sorted(taken.items()):
        guarded, plain = (median(each[side] for each in pairs) * 1e3 for side in (0, 1))
        weighed[0] += guarded * PARTS[kind]
        weighed[1] += plain * PARTS[kind]
        rows.append([kind, f"{guarded:.2f}", f"{plain:.2f}", f"{guarded / plain - 1:+.1%}"])
    cost = weighed[0] / weighed[1] - 1
    rows.append(["all, as in the mix", "", "", f"{cost:+.1%}"])
    report.table(("interaction", "with, ms", "without, ms", "cost"), rows)
    report.say(f"Aim under {AIM} %: {'met' if cost * 100 < AIM else 'MISSED'}.", "")
