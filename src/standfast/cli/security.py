"""``standfast doctor --security``: is it safe to do live work here, and what to do if not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import typer
from asyncpg import PostgresError
from rich.table import Table

from standfast.cli import looks_database, looks_machine, looks_site
from standfast.cli.looking import Look, State, bad, watch
from standfast.cli.node import Addresses, addresses, console, embedded
from standfast.cli.opening import now
from standfast.vault.trouble import VaultTrouble

_MARKS: Final = {
    State.OK: "[green]ok[/green]",
    State.WARN: "[yellow]warn[/yellow]",
    State.FAIL: "[red]FAIL[/red]",
}


def look_at_security(data: Path, ports: frozenset[int], *, as_json: bool) -> None:
    """Print what was looked at and end: exit 1 when something must be mended."""
    found = list(_looks(data, ports))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _print(found)
    raise typer.Exit(int(any(look.state is State.FAIL for look in found)))


def _looks(data: Path, ports: frozenset[int]) -> Iterator[Look]:
    try:
        settings = looks_site.settings_here(data)
        yield from looks_site.looks(data, settings, now())
    except VaultTrouble as trouble:
        yield bad("Settings", str(trouble), "Mend it, then look again")
    where = _running_database(data)
    if where is None:
        yield watch("Database", "not looked at", "Start the node, then look again")
    else:
        yield from asyncio.run(_of_database(where, data))
    yield from looks_machine.looks(data, ports)


def _running_database(data: Path) -> Addresses | None:
    """Return where the database is, if it runs: nothing is started only to be looked at."""
    postgres = embedded(data)
    if postgres is not None and not postgres.running():
        return None
    return addresses(postgres)


async def _of_database(where: Addresses, data: Path) -> list[Look]:
    try:
        return [look async for look in looks_database.looks(where, data)]
    except (PostgresError, OSError) as error:
        return [bad("Database", type(error).__name__, "Look at its log; standfast doctor")]


def _print(found: list[Look]) -> None:
    table = Table("", "Looked at", "Found", "Do this", box=None, header_style="bold")
    for look in found:
        table.add_row(_MARKS[look.state], look.what, look.found, look.do)
    console.print(table)
    counts = {state: sum(look.state is state for look in found) for state in State}
    console.print(
        f"{counts[State.OK]} ok, {counts[State.WARN]} to be watched, {counts[State.FAIL]} to mend."
    )
