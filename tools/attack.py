"""``python -m tools.attack [word ...]``: try every attack, and print what became of it.

Attacks live in ``tests/attack`` (its docstring says how to add one). Without words all of them
run; with words those whose kind or name has one of them. Exit 1 if anything got through.
"""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.attack.ground import make_ground, node_starter
from tests.attack.registry import Attack, Ground, Outcome, attacks, got_through
from tests.support.database import Databases, databases
from tests.support.node import Node

console = Console()


def main(words: Sequence[str]) -> int:
    """Try what is asked for; return the exit code."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)  # a line for each request would hide the table
    wanted = [
        each
        for each in attacks()
        if not words or any(word in f"{each.kind} {each.name}".lower() for word in words)
    ]
    with (
        tempfile.TemporaryDirectory(prefix="standfast-attack-") as folder,
        databases() as server,
        ExitStack() as held,
    ):
        Path(folder).chmod(0o711)
        start_node = node_starter(Path(folder), held)
        tried = [
            (each, _try(each, server, start_node))
            for each in track(wanted, "Attacking", console=console, transient=True)
        ]
    _print(tried)
    return int(not all(outcome.held for _, outcome in tried) or not tried)


def _try(each: Attack, server: Databases, start_node: Callable[[], Node]) -> Outcome:
    database = server.fresh(make_ground)
    try:
        return asyncio.run(_attempt(each, Ground(server, database, start_node)))
    except Exception as error:  # noqa: BLE001 - what broke proves nothing: it counts as through
        return got_through(f"the attack itself broke: {type(error).__name__}: {error}")
    finally:
        server.drop(database)


async def _attempt(each: Attack, ground: Ground) -> Outcome:
    return await each.attempt(ground)


def _print(tried: Sequence[tuple[Attack, Outcome]]) -> None:
    table = Table("", "By", "Attempt", "Result", box=None, header_style="bold")
    for each, outcome in tried:
        mark = "[green]held[/green]" if outcome.held else "[red]THROUGH[/red]"
        table.add_row(mark, each.kind, each.name, outcome.words)
    console.print(table)
    held = sum(outcome.held for _, outcome in tried)
    console.print(f"\n{len(tried)} attempts, {held} held, {len(tried) - held} got through.")


if __name__ == "__main__":
    sys.exit(main([word.lower() for word in sys.argv[1:]]))
