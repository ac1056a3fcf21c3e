"""Commands on who may come in: end somebody's way in; make, show and check the roster."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from msgspec.structs import replace
from rich.table import Table
from starlette.requests import Request

from standfast.app import running
from standfast.cli import site_file
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of, who
from standfast.identity import rosters, sessions
from standfast.identity.model import STAFF
from standfast.identity.model_leaving import DisableStaff
from standfast.identity.roster import Roster
from standfast.identity.tables import member
from standfast.kernel.messages import Refused
from standfast.settings import Settings
from standfast.vault.holder import holding
from standfast.web.platform import Actor, Platform

Result = TypeVar("Result")

staff: Final = typer.Typer(help="Who works here.", no_args_is_help=True)
roster: Final = typer.Typer(
    help="The signed list of who may come in while this site is cut off.", no_args_is_help=True
)


@staff.command()
def disable(
    staff_id: Annotated[str, typer.Argument(help="Their staff id, such as amira.khan.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
) -> None:
    """End somebody's way in, at once and at every screen. Works beside a running node."""

    async def work(here: Platform) -> str:
        found = await member(here.public, staff_id)
        actor = _console(found.org if found else here.settings.site)
        await here.execute(STAFF, staff_id, DisableStaff(by=who(), reason=reason), actor=actor)
        over = await sessions.end_all(here, staff_id, actor=actor)
        return f"{found.name if found else staff_id} has no way in any more; {over} sessions ended."

    console.print(_done(data, work))


@roster.command()
def make(data: DataFolder = DEFAULT_DATA) -> None:
    """Sign the next roster now. A running node makes one each hour by itself."""

    async def work(here: Platform) -> Roster:
        return await rosters.make(here, _console(here.settings.site))

    made = _done(data, work)
    console.print(
        f"[green]Roster {made.sequence}[/green], {len(made.people)} people, "
        f"good until {made.expires_at:%d %B %Y %H:%M} UTC."
    )


@roster.command()
def show(data: DataFolder = DEFAULT_DATA) -> None:
    """List who may come in by the roster on disk. Exit 1 if it is not to be relied on."""
    known = _done(data, rosters.current)
    table = Table(
        "Staff id", "Name", "Roles", "Organisation", "", box=None, header_style="bold"
    )
    for each in known.people:
        mark = "[red]no way in[/red]" if each.disabled else f"{len(each.passkeys)} passkeys"
        table.add_row(each.staff_id, each.name, ", ".join(each.roles), each.org, mark)
    console.print(table)
    console.print(
        f"Roster {known.sequence} of {known.site}, made {known.made_at:%d %B %Y %H:%M}, "
        f"good until {known.expires_at:%d %B %Y %H:%M} UTC."
    )


@roster.command()
def check(data: DataFolder = DEFAULT_DATA) -> None:
    """Say whether the roster on disk is to be relied on. Exit 1 and why, if not."""
    known = _done(data, rosters.current)
    hours = (known.expires_at - now()).total_seconds() / 3600
    console.print(
        f"[green]Sound.[/green] Roster {known.sequence}, {len(known.people)} people; "
        f"a site that is cut off now can let them in for another {hours:.0f} hours."
    )


def _done(data: Path, work: Callable[[Platform], Awaitable[Result]]) -> Result:
    """Do *work* on the node in *data*; say why and end when a rule refuses it."""
    site_file.use(data)
    vault = opened(data)
    with reachable(data) as where, holding(vault) as holder:
        settings = replace(settings_of(where, data), keys_holder=holder)
        return asyncio.run(_with_platform(settings, work))


async def _with_platform(
    settings: Settings, work: Callable[[Platform], Awaitable[Result]]
) -> Result:
    async with _opened(settings) as here:
        try:
            return await work(here)
        except Refused as refused:
            stop(here.sentence(refused.reason, refused.details))
            raise


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Platform]:
    async with running(settings, clock=now, random=os.urandom, identify=_nobody) as here:
        yield here


async def _nobody(_: Request) -> None:
    return None


def _console(org: str) -> Actor:
    """Return whoever stands at the console."""
    return Actor(
        staff_id=who(),
        name="The console",
        role="machine",
        role_label="Console",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )
