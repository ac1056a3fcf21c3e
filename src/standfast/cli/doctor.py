"""What is wrong with this machine, and what to do about it."""

import os
import shutil
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from msgspec import Struct
from rich.table import Table

from standfast.cli.node import DEFAULT_DATA, DataFolder, console, stop
from standfast.cli.security import look_at_security
from standfast.cli.serving import answers
from standfast.postgres import PostgresTrouble, find_binaries
from standfast.postgres.roles import everything

LEAST_DISK: Final = 2 * 1024**3
"""Bytes. A year of a small site's journal, with room for PostgreSQL's own files."""


class Finding(Struct, frozen=True):
    """One thing that was looked at. ``advice`` is empty when it is as it should be."""

    what: str
    found: str
    advice: str = ""


def doctor(
    data: DataFolder = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="The port that the node would listen on.")] = 8111,
    *,
    security: Annotated[
        bool, typer.Option("--security", help="Is it safe to work here? Exit 1 if not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    expect: Annotated[
        list[int] | None, typer.Option(help="A further port that may be open, such as 22.")
    ] = None,
) -> None:
    """Say what is wrong with this machine and what to do. Exit 1 if anything is."""
    if security:
        look_at_security(data, frozenset({port, *(expect or ())}), as_json=as_json)
    findings = [
        _python(),
        _postgres(),
        _disk(data),
        _folder(data),
        _port(port),
        _time_zone(),
        _browser(),
    ]
    table = Table("", "Looked at", "Found", "Do this", box=None, header_style="bold")
    for finding in findings:
        mark = "[red]✗[/red]" if finding.advice else "[green]✓[/green]"
        table.add_row(mark, finding.what, finding.found, finding.advice)
    console.print(table)
    raise typer.Exit(int(any(finding.advice for finding in findings)))


def ready(
    port: Annotated[int, typer.Option(help="The port of the node's pages.")] = 8111,
    *,
    plain: Annotated[bool, typer.Option("--plain", help="It answers without TLS.")] = False,
) -> None:
    """Say whether the node on this machine takes work on. Exit 1 if not: for a container."""
    if not answers("127.0.0.1", port, tls=not plain, path="/readyz"):
        stop(f"Nothing on port {port} is ready for work.")
    console.print("[green]Ready.[/green]")


def roles(
    database: Annotated[str, typer.Argument(help="The database's name.")] = "standfast",
) -> None:
    """Print what makes a PostgreSQL of one's own ready, for psql to run as its superuser.

    standfast roles | psql -U postgres. Any number of times; the embedded one needs none of it.
    """
    print(everything(database))  # noqa: T201 - for another program


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return Finding("Python", found, "" if fine else "Install Python 3.11 or newer")


def _postgres() -> Finding:
    try:
        binaries = find_binaries()
    except PostgresTrouble as trouble:
        return Finding("PostgreSQL", "none", str(trouble))
    found = (f"{each.major} ({'wheel' if each.from_wheel else 'system'})" for each in binaries)
    return Finding("PostgreSQL", ", ".join(found))


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(_existing(data)).free
    advice = "" if free >= LEAST_DISK else f"Free at least {LEAST_DISK / 1e9:.0f} GB"
    return Finding("Disk", f"{free / 1e9:.1f} GB free", advice)


def _folder(data: Path) -> Finding:
    if os.access(_existing(data), os.W_OK):
        return Finding("Data folder", str(data.absolute()))
    return Finding("Data folder", f"{data} cannot be written", "Name another with --data")


def _port(port: int) -> Finding:
    with socket.socket() as attempt:
        taken = attempt.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        return Finding("Port", f"{port} is in use", "Fine if that is this node; else --port")
    return Finding("Port", f"{port} is free")


def _time_zone() -> Finding:
    return _try("London time", lambda: f"{datetime.now(ZoneInfo('Europe/London')):%H:%M %Z}")


def _browser() -> Finding:
    chromium = shutil.which("chromium")
    if chromium:
        return Finding("Chromium, for the tests", chromium)
    return Finding("Chromium, for the tests", "not installed (only `make test` needs it)")


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except (OSError, KeyError) as error:
        return Finding(what, str(error), "pip install tzdata")


def _existing(path: Path) -> Path:
    """Return *path*, or the nearest folder above it that is there."""
    path = path.absolute()
    return path if path.exists() else _existing(path.parent)
