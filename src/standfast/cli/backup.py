"""Commands on backups: take one now, say how each target is, prove one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.table import Table

from standfast.backup.ledger import LATE, Known, known_of, remember
from standfast.backup.restoring import Found, believed, newest_signer, prove
from standfast.backup.taking import Lag, lag
from standfast.backup.target import Content, Target, Unreachable
from standfast.cli.backing import TROUBLE, Backing, targets_of
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of
from standfast.journal.database import connect
from standfast.settings import Settings
from standfast.vault.names import SITE
from standfast.vault.vault import public_of

app = typer.Typer(
    help="Backups in segments: now, status, verify. Back: standfast restore.",
    no_args_is_help=True,
)

NONE = "No target is named. Set STANDFAST_BACKUP_TARGETS to two folders: docs/operations.md"


@app.command("now")
def now_(
    data: DataFolder = DEFAULT_DATA,
    *,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Fill a target again that has lost all that it held."),
    ] = False,
) -> None:
    """Write to every target what it does not hold, after reading all that it does.

    The node does so every minute by itself; this says how it went. Works beside it.
    """
    vault = opened(data)
    failed = False
    with reachable(data) as where:
        settings = settings_of(where, data)
        for folder in targets_of(settings) or _no_target():
            try:
                rows = Backing(settings, vault, folder).bring_up_to_date(anew=anew)
            except TROUBLE as error:
                console.print(f"[red]NOT BACKED UP[/red] to {folder}: {error}", soft_wrap=True)
                failed = True
            else:
                _say_taken(folder, rows, known_of(data, folder))
    raise typer.Exit(int(failed))


@app.command()
def status(data: DataFolder = DEFAULT_DATA) -> None:
    """Say of every target how far it is, and until when a restore from it would bring the site.

    Exit 1 when one is in trouble, late or behind. Reads every segment.
    """
    wrong = False
    with reachable(data) as where:
        settings = settings_of(where, data)
        table = Table("Target", "Brings back", "Not held yet", "Proved", "", box=None)
        for folder in targets_of(settings) or _no_target():
            known = known_of(data, folder)
            try:
                content = Target(folder, settings.site).content()
            except Unreachable as error:
                table.add_row(str(folder), "", "", _when(known), f"[red]{error}[/red]")
                wrong = True
                continue
            behind = asyncio.run(_lag(settings, content))
            trouble = _trouble(known, content)
            wrong = wrong or bool(trouble)
            table.add_row(
                str(folder),
                _brings_back(content),
                _not_held(behind),
                _when(known),
                f"[red]{trouble}[/red]" if trouble else "[green]in order[/green]",
            )
        console.print(table)
        if len(targets_of(settings)) == 1:
            console.print("One target is one place to attack: name a second, elsewhere.")
    shown = public_of(data, SITE)
    if shown:
        console.print(f"To restore, say this key: {shown.hex()}", soft_wrap=True)
        console.print("Keep it on paper, with the newest heads: standfast heads")
    raise typer.Exit(int(wrong))


@app.command()
def verify(
    target: Annotated[Path, typer.Argument(help="The target's folder.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    key: Annotated[
        str, typer.Option(help="The site's key in hex, where this machine is not the site.")
    ] = "",
    site: Annotated[str, typer.Option(help="Which site, where there are several.")] = "",
) -> None:
    """Prove a target: every segment whole, every chain without a gap, every row signed.

    Needs no database. Without a key, and away from the site, it believes whoever signed last.
    """
    name = site or only_site(target)
    content = _content(target, name)
    known_key = key_of(key) or (public_of(data, SITE) if data.is_dir() else None)
    signer = known_key or newest_signer(content.held)
    held = believed(content.held, signer) if signer else ()
    found = prove(held)
    fault = _fault(content, held, found)
    if data.is_dir() and known_of(data, target) != Known():
        told = replace(
            known_of(data, target), verified_at=now(), verified_rows=found.rows, fault=fault
        )
        remember(data, target, told)
    for each in content.damaged:
        console.print(f"[red]DAMAGED[/red] {each.name}: {each.what}", soft_wrap=True)
    if fault:
        console.print(f"[red]FAULT[/red] {fault}", soft_wrap=True)
        raise typer.Exit(1)
    console.print(
        f"[green]Sound.[/green] {found.rows:,} rows of {len(found.chains)} chains in "
        f"{len(held):,} segments, to {found.newest_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if known_key is None:
        console.print(
            "Nobody has said whose key it should be: that it is this site's is not proved. "
            "Name it: --key"
        )


def key_of(typed: str) -> bytes | None:
    """Return the public key that somebody typed in hex; None when it is empty."""
    try:
        key = bytes.fromhex(typed)
    except ValueError:
        key = b"?"
    if typed and len(key) != 32:  # noqa: PLR2004 - an Ed25519 key
        stop("A key is 64 digits and letters a to f, as `standfast backup status` prints it.")
    return key or None


def only_site(target: Path) -> str:
    """Return the one site that *target* holds; end when there is none, or several."""
    names = sorted({path.parents[1].name for path in target.glob("*/*/*.segment")})
    if len(names) != 1:
        stop(
            f"There are segments of {', '.join(names)} in {target}. Say which: --site"
            if names
            else f"There is no segment in {target}. Is it mounted, and is it the right folder?"
        )
    return names[0]


def _content(target: Path, site: str) -> Content:
    try:
        return Target(target, site).content()
    except Unreachable as error:
        stop(str(error))
        raise


def _fault(content: Content, held: tuple[object, ...], found: Found) -> str:
    if found.fault is not None:
        return f"{found.fault.origin} row {found.fault.seq}: {found.fault.what}"
    if not held:
        return "no segment is signed by this key"
    if len(held) < len(content.held):
        return f"{len(content.held) - len(held)} segments are signed by a key not of this site"
    if content.gone:
        return f"{content.gone} segments that were written are gone"
    if content.damaged:
        return (
            f"{len(content.damaged)} files are damaged; what they held is held elsewhere here"
        )
    return ""


def _no_target() -> list[Path]:
    stop(NONE)
    return []


def _say_taken(folder: Path, rows: int, known: Known) -> None:
    if known.trouble:
        console.print(f"[yellow]{rows:,} rows[/yellow] to {folder}: {known.trouble}")
    else:
        console.print(f"[green]{rows:,} rows[/green] to {folder}. It holds everything.")


def _trouble(known: Known, content: Content) -> str:
    if known.trouble:
        return known.trouble
    if known.fault:
        return known.fault
    if known.taken_at is None:
        return "nothing was ever taken"
    if now() - known.taken_at > LATE:
        return f"nothing was taken since {known.taken_at:%d %B %H:%M} UTC"
    return f"{len(content.damaged)} files are damaged" if content.damaged else ""


async def _lag(settings: Settings, content: Content) -> Lag:
    connection = await connect(settings.owner_url)
    try:
        return await lag(connection, settings.site, content.held)
    finally:
        await connection.close()


def _brings_back(content: Content) -> str:
    found = prove(content.held)
    at = "nothing" if found.newest_at is None else f"to {found.newest_at:%d %B %H:%M:%S} UTC"
    return f"{found.rows:,} rows, {at}"


def _not_held(behind: Lag) -> str:
    if not behind.rows and not behind.files:
        return "nothing"
    since = f" since {behind.since:%H:%M:%S}" if behind.since else ""
    files = f", {behind.files} files" if behind.files else ""
    return f"{behind.rows:,} rows{since}{files}"


def _when(known: Known) -> str:
    return "never" if known.verified_at is None else f"{known.verified_at:%d %B %H:%M}"
