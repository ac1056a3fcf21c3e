"""Commands on the journal: prove it, rebuild what hangs on it, read it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import msgspec
import typer
from msgspec.structs import replace
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from standfast.app import PROJECTIONS, wiring
from standfast.cli import site_file
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of
from standfast.cli.printing import printed
from standfast.cli.verified import Verified, remember
from standfast.facts.files import NAMING
from standfast.journal import rebuild as rebuilding
from standfast.journal.codec import UnknownFact, decode
from standfast.journal.contents import prove as prove_contents
from standfast.journal.database import Connection, Reader, connect, connect_pool
from standfast.journal.heads import Claim, Head, Sheet, claim_of, claims_of, contains
from standfast.journal.heads import heads as newest_heads
from standfast.journal.sealing import Sealing, opened_facts
from standfast.journal.verify import Fault, Verdict
from standfast.journal.verify import verify as prove
from standfast.replication.vouching import keys_of_peers
from standfast.vault.names import SITE
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, public_of


def verify(
    data: DataFolder = DEFAULT_DATA,
    *,
    heads: Annotated[
        list[Path] | None, typer.Option("--heads", help="A sheet that was saved as JSON.")
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", help="From paper: 'ORIGIN NUMBER CODE'. Give each line one."),
    ] = None,
) -> None:
    """Prove the whole journal: every number, link and signature. Exit 1 at the first fault.

    With heads held elsewhere it also proves that nobody has rewritten it whole, which no
    journal can prove by itself. Works beside a running node.
    """
    claims = _claims(heads or [], head or [])
    with reachable(data) as where:
        site_key = public_of(data, SITE)
        keys = _keys_at_hand(data)
        verdict = asyncio.run(_verify(where.owner, site_key, claims, keys))
    fault = verdict.fault
    said = "" if fault is None else f"{fault.origin} row {fault.seq}: {fault.what}"
    if data.is_dir():
        remember(data, Verified(at=now(), rows=verdict.checked, fault=said))
    if keys is None:
        console.print(
            "The keys were not opened: files were proved to be there, not their bytes."
        )
    if fault is not None:
        console.print(f"[red]FAULT[/red] {fault.origin} row {fault.seq}: {fault.what}")
        raise typer.Exit(1)
    console.print(
        f"[green]Sound.[/green] {verdict.checked:,} rows of {verdict.origins} origins: "
        "none missing, none changed, every commit signed by its origin."
        + (f" It contains all {len(claims)} heads held elsewhere." if claims else "")
    )


def heads(
    data: DataFolder = DEFAULT_DATA,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="As a file for verify --heads; keep it elsewhere.")
    ] = False,
    pdf: Annotated[
        Path | None, typer.Option(help="Write the sheet to print. Opens the keys.")
    ] = None,
) -> None:
    """Print where every chain of the journal stands, to keep somewhere else.

    What is not kept elsewhere cannot show that the whole journal was rewritten. A sheet to print
    has a number and is in the ledger of what left, which the site's key signs.
    """
    site_file.use(data)
    vault = opened(data) if pdf is not None else None
    with reachable(data) as where:
        made_at, found = asyncio.run(_heads(where.owner))
        sheet = Sheet(
            site=os.environ.get("STANDFAST_SITE_NAME", "Standfast"),
            made_at=made_at,
            heads=found,
        )
        if pdf is not None and vault is not None:
            number = asyncio.run(printed(settings_of(where, data), vault, sheet, pdf))
            console.print(f"{pdf} is print {number}. Say what became of it under Prints.")
    if json:
        print(msgspec.json.encode(sheet).decode())  # noqa: T201 - for a file
    elif pdf is None:
        for each in found:
            console.print(f"{each.origin} {each.seq} [bold]{each.code}[/bold]", soft_wrap=True)


def rebuild(
    data: DataFolder = DEFAULT_DATA,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with what is there; change nothing.")
    ] = False,
) -> None:
    """Drop every read model and make it again from the journal."""
    with reachable(data) as where:
        if check:
            hashes = asyncio.run(_check(where.owner, Sealing(opened(data))))
            _print_hashes(hashes)
            raise typer.Exit(int(any(before != after for before, after in hashes.values())))
        folded = asyncio.run(_rebuild(where.owner, Sealing(opened(data))))
        console.print(f"[green]Rebuilt[/green] from {folded:,} events.")


def events(
    key: Annotated[str, typer.Argument(help="A stream (calls.case/ID) or a contact's ID.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    bodies: Annotated[
        bool, typer.Option("--bodies", help="With every fact as it is kept.")
    ] = False,
) -> None:
    """Print what happened in one stream, or in every stream of one contact."""
    with reachable(data) as where:
        facts = asyncio.run(_facts(where.owner, key, lambda: Sealing(opened(data))))
    if not facts:
        console.print(f"Nothing is written under {key}.")
        raise typer.Exit(1)
    table = Table("Happened", "Who", "Stream", "What", box=None, header_style="bold")
    describers = wiring().describers
    deciders = {each.decider.stream: each.decider for each in PROJECTIONS}
    for fact, body in facts:
        kind = fact["stream"].partition("/")[0]
        words = fact["type"]
        if kind in describers:
            event = decode(deciders[kind], fact["type"], body)
            words = fact["type"] if isinstance(event, UnknownFact) else describers[kind](event)
        if not body:
            words += " (sealed: its key is not here, or was destroyed)"
        elif bodies:
            words += "\n" + msgspec.json.format(body, indent=2).decode()
        when = f"{fact['occurred_at']:%Y-%m-%d %H:%M:%S}"
        table.add_row(when, fact["actor"], fact["stream"], words)
    console.print(table)


def _claims(files: Sequence[Path], typed: Sequence[str]) -> list[Claim]:
    try:
        saved = [claim for each in files for claim in claims_of(each.read_bytes())]
        return [*saved, *(claim_of(each) for each in typed)]
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        stop(f"A head could not be read: {error}")
        raise


async def _heads(dsn: str) -> tuple[datetime, tuple[Head, ...]]:
    pool = await connect_pool(dsn, size=1)
    try:
        now: datetime = await pool.fetchval("SELECT clock_timestamp()")
        return now, await newest_heads(Reader(pool))
    finally:
        pool.terminate()


def _keys_at_hand(data: Path) -> Sealing | None:
    """Return the keys, if nobody has to be asked for them: proving the chain needs none."""
    try:
        return Sealing(Vault.open(data, clock=now))
    except (VaultTrouble, OSError):
        return None


async def _verify(
    dsn: str, site_key: bytes | None, claims: Sequence[Claim], sealing: Sealing | None
) -> Verdict:
    connection = await connect(dsn)
    try:
        total = await connection.fetchval("SELECT count(*) FROM journal")
        with _progress() as bar:
            task = bar.add_task("Proving", total=total)
            verdict = await prove(
                connection,
                site_key=site_key,
                peers=None if site_key is None else await keys_of_peers(connection, site_key),
                progress=lambda done: bar.update(task, completed=done),
            )
        if verdict.fault is None:
            verdict = replace(verdict, fault=await contains(connection, claims))
        if verdict.fault is None:
            verdict = await _with_files(connection, verdict, sealing)
        return verdict
    finally:
        await connection.close()


async def _with_files(
    connection: Connection, verdict: Verdict, sealing: Sealing | None
) -> Verdict:
    """Prove the files as well, which the facts name by their digests, as far as those open."""
    total = await connection.fetchval("SELECT count(*) FROM journal_contents")
    with _progress() as bar:
        task = bar.add_task("Proving files", total=total)
        _, lost = await prove_contents(
            connection,
            NAMING,
            sealing=sealing,
            progress=lambda done: bar.update(task, completed=done),
        )
    fault = None if lost is None else Fault(lost.origin, lost.seq, lost.what)
    return replace(verdict, fault=fault)


async def _rebuild(dsn: str, sealing: Sealing) -> int:
    connection = await connect(dsn)
    try:
        with _progress() as bar:
            task = bar.add_task("Rebuilding", total=await _count(connection))
            return await rebuilding.rebuild(
                connection,
                PROJECTIONS,
                sealing=sealing,
                progress=lambda done: bar.update(task, completed=done),
            )
    finally:
        await connection.close()


async def _check(dsn: str, sealing: Sealing) -> dict[str, tuple[str, str]]:
    connection = await connect(dsn)
    try:
        with _progress() as bar:
            task = bar.add_task("Comparing", total=await _count(connection))
            return await rebuilding.check(
                connection,
                PROJECTIONS,
                sealing=sealing,
                progress=lambda done: bar.update(task, completed=done),
            )
    finally:
        await connection.close()


async def _count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM journal"))


async def _facts(
    dsn: str, key: str, keys: Callable[[], Sealing]
) -> list[tuple[asyncpg.Record, bytes]]:
    """Return the facts under *key* and their bodies; *keys* are opened if any is sealed."""
    connection = await connect(dsn)
    column = "stream" if "/" in key else "split_part(stream, '/', 2)"
    try:
        rows = await connection.fetch(
            f"""
              SELECT occurred_at, actor, stream, type, body, hlc, origin, seq, org, key_id
                FROM journal
               WHERE {column} = $1
            ORDER BY hlc, origin, seq
            """,  # noqa: S608 - one of two columns of ours
            key,
        )
        sealing = keys() if any(row["key_id"] for row in rows) else None
        told = await opened_facts(sealing, connection, rows)
        return [(row, body) for row, (_, body, _) in zip(rows, told, strict=True)]
    finally:
        await connection.close()


def _print_hashes(hashes: dict[str, tuple[str, str]]) -> None:
    table = Table("Read model", "As it stands", "Rebuilt", "", box=None, header_style="bold")
    for name, (before, after) in hashes.items():
        same = before == after
        table.add_row(name, before[:16], after[:16], "same" if same else "[red]DIFFERENT[/red]")
    console.print(table)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
