"""Trying a running node out, with everybody it works for played by the machine."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from standfast.cli.node import console, stop
from standfast.demo.world import make_world
from standfast.settings import DEMONSTRATION_SECRET
from standfast.simulate.browser import Unreachable
from standfast.simulate.callers import Caller, invent_callers
from standfast.simulate.demand import NoSuchDay, compressed, evenly, read_day, through_a_day
from standfast.simulate.report import table
from standfast.simulate.run import Plan, Result, fetch_protocols, run

WORLD: Final = 1
"""The seed of the people who live in every demonstration."""


def simulate(
    *,
    url: Annotated[str, typer.Option(help="The running node.")] = "http://127.0.0.1:8111",
    calls: Annotated[int, typer.Option(min=1, help="How many callers ring.")] = 100,
    rate: Annotated[float, typer.Option(min=0.1, help="Calls a minute, on the average.")] = 240,
    seed: Annotated[int, typer.Option(help="The same seed: the same callers.")] = 1,
    handlers: Annotated[int, typer.Option(min=1, help="Call handlers at work.")] = 8,
    day: Annotated[
        Path | None,
        typer.Option(help="NHS 111 daily statistics (CSV): ring as a real day did."),
    ] = None,
    contract: Annotated[
        str, typer.Option(help="Whose day: a contract's code, or all.")
    ] = "all",
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Which day.")
    ] = None,
) -> None:
    """Play callers, call handlers, desk, clinics, prescribers and pharmacies against a node.

    The node must be a demonstration. Exit 1 if anything that it acknowledged was lost.
    """
    random = Random(seed)  # noqa: S311 - invented callers, no secrets
    moments = _moments(
        random,
        calls=calls,
        rate=rate,
        day=day,
        contract=contract,
        on=on.date() if on else None,
    )
    plan = Plan(url=url, secret=DEMONSTRATION_SECRET, seed=seed, handlers=handlers)
    try:
        result = asyncio.run(_play(plan, random, moments))
    except Unreachable as error:
        stop(f"{url} cannot be played with: {error}. Is a demonstration running there?")
        return
    console.print(table(result))
    for words in (*result.verdict.lost[:20], *result.verdict.waiting[:10]):
        console.print(words)
    raise typer.Exit(int(bool(result.verdict.lost)))


def _moments(
    random: Random,
    *,
    calls: int,
    rate: float,
    day: Path | None,
    contract: str,
    on: date | None,
) -> tuple[float, ...]:
    """Return when callers ring: as on a real day if one is named, else at random."""
    if day is None:
        return compressed(evenly(random, calls), per_minute=rate)
    if on is None:
        stop("Name the day of the file too, such as --date 2025-12-27")
    try:
        real = read_day(day, contract=contract, on=on or datetime.now(UTC).date())
    except (NoSuchDay, OSError, KeyError, ValueError) as error:
        stop(f"{day}: {error}")
        raise
    console.print(
        f"{real.name} on {real.on}: {real.calls:,} calls, {real.calls / rate:.0f} minutes at "
        f"{rate:g} a minute"
    )
    return compressed(through_a_day(random, real.calls), per_minute=rate)


async def _play(plan: Plan, random: Random, moments: tuple[float, ...]) -> Result:
    protocols = await fetch_protocols(plan)
    now = datetime.now(UTC)
    people = make_world(WORLD, now).people
    callers: tuple[Caller, ...] = invent_callers(
        random, moments, people, protocols, today=now.date()
    )
    with Progress(
        TextColumn("Playing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("Playing", total=len(callers))
        return await run(
            plan, callers, protocols, progress=lambda done: bar.update(task, completed=done)
        )
