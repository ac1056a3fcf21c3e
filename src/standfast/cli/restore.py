"""Making a site again on a clean machine, from segments that prove themselves."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer
from msgspec import Struct

from standfast.app import PROJECTIONS, SCHEMAS
from standfast.backup.restoring import (
    Found,
    believed,
    newest_epoch,
    newest_signer,
    pour,
)
from standfast.backup.segments import Unsound
from standfast.backup.taking import newest_about
from standfast.backup.target import Held, Target, Unreachable
from standfast.cli import site_file
from standfast.cli.backup import key_of, only_site
from standfast.cli.escrow import joined
from standfast.cli.journaling import succeed_site_key
from standfast.cli.node import Addresses, console, reachable, stop
from standfast.cli.opening import ask, now, opened, settings_of
from standfast.facts.files import NAMING
from standfast.journal.contents import prove as prove_contents
from standfast.journal.data_keys import put_back
from standfast.journal.database import Connection, connect
from standfast.journal.heads import Claim, claim_of, claims_of, contains
from standfast.journal.migrate import migrate
from standfast.journal.rebuild import rebuild
from standfast.journal.sealing import Sealing
from standfast.journal.succession import past_of
from standfast.journal.verify import Fault
from standfast.journal.verify import verify as prove_journal
from standfast.vault import escrow as escrows
from standfast.vault.names import DATA_KEYS, SITE
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, public_of


class NotRestored(Exception):
    """Why nothing was made: a sentence that says what to do."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a site is made again from, and what is known of it from elsewhere."""

    held: tuple[Held, ...]
    signer: bytes
    claims: tuple[Claim, ...]
    epoch: int
    keys: escrows.Held | None = None
    leave_gaps: bool = False


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore came to."""

    found: Found
    files: int
    wrong_file: str
    """The first file that is not what a fact says; empty when all are."""
    events: int
    sealed: int
    """Rows whose key is not here: they are held, and say nothing."""
    lost: int
    """Rows that heads held elsewhere name and no segment holds."""


Key: TypeAlias = Annotated[
    str, typer.Option(help="The lost site's public key, as `backup status` printed it.")
]
Sheets: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--heads", help="A sheet of heads, saved as JSON.")
]
Typed: TypeAlias = Annotated[
    list[str] | None, typer.Option("--head", help="From paper: 'ORIGIN NUMBER CODE'.")
]
Escrow: TypeAlias = Annotated[Path | None, typer.Option(help="The file with records' keys.")]
After: TypeAlias = Annotated[int, typer.Option(help="The highest epoch ever used, if known.")]
OfSite: TypeAlias = Annotated[str, typer.Option(help="Which site, where there are several.")]
LeaveGaps: TypeAlias = Annotated[
    bool, typer.Option("--leave-gaps", help="Bring back what comes before a missing row.")
]


def restore(
    targets: Annotated[list[Path], typer.Argument(help="Folders of segments; one is enough.")],
    data: Annotated[Path, typer.Option("--data", help="An empty folder, or a new one.")],
    *,
    key: Key = "",
    heads: Sheets = None,
    head: Typed = None,
    escrow: Escrow = None,
    after: After = 0,
    site: OfSite = "",
    leave_gaps: LeaveGaps = False,
) -> None:
    """Make a lost site again in an empty folder, under a new epoch and a new signing key.

    Every row is proved before anything is made of it. A key or a head that was kept elsewhere
    says that these are that site's segments, and not somebody's who has made some up.
    """
    began = time.monotonic()
    name = site or only_site(targets[0])
    try:
        claims = _claims(heads or [], head or [])
        held, signer = segments_of(targets, name, key, claims, leave_gaps=leave_gaps)
        plan = Plan(
            held=held,
            signer=signer,
            claims=tuple(claims),
            epoch=new_epoch(held, after),
            keys=None if escrow is None else escrows.opened(escrows.read(escrow), ask),
            leave_gaps=leave_gaps,
        )
        must_be_empty(data)
        vault = opened(data)
        with reachable(data) as where:
            done = asyncio.run(restored(where, data, vault, plan))
    except (NotRestored, VaultTrouble, Unreachable, Unsound) as trouble:
        stop(str(trouble))
        return
    _say(done, plan.epoch, time.monotonic() - began, data)


async def restored(where: Addresses, data: Path, vault: Vault, plan: Plan) -> Restored:
    """Make the site of *plan* in an empty database. Raises NotRestored: nothing is begun then."""
    owner = await connect(where.owner)
    try:
        await migrate(owner, PROJECTIONS, SCHEMAS)
        async with owner.transaction():
            found = await _poured(owner, plan)
            lost = await _lost(owner, plan.claims)
        settle(data, plan.held, plan.epoch)
        settings = settings_of(where, data)
        if plan.keys is not None:
            vault.put(DATA_KEYS, joined(vault.secret(DATA_KEYS), plan.keys.ring))
            await put_back(owner, plan.keys.keys)
        sealing = Sealing(vault)
        events = await rebuild(owner, PROJECTIONS, sealing=sealing)
        await succeed_site_key(settings, vault, lost=plan.signer)
        after = (await prove_journal(owner, site_key=public_of(data, SITE))).fault
        if after is not None and after.origin not in _torn(found):
            raise NotRestored(f"The restored journal does not prove: {_said(after)}")
        files, wrong = await prove_contents(owner, NAMING, sealing=sealing)
        return Restored(
            found=found,
            files=files,
            wrong_file="" if wrong is None else f"{wrong.origin} row {wrong.seq}: {wrong.what}",
            events=events,
            sealed=await _sealed(owner),
            lost=lost,
        )
    finally:
        await owner.close()


def settle(data: Path, held: Sequence[Held], epoch: int) -> None:
    """Write the site's settings down in *data*, with the new epoch."""
    told = newest_about(held)
    settings = {} if told is None else told.again().settings()
    site_file.write(data, {**site_file.fitting(settings), "epoch": str(epoch)})


async def _poured(owner: Connection, plan: Plan) -> Found:
    if await owner.fetchval("SELECT EXISTS (SELECT FROM journal)"):
        raise NotRestored("This database holds a journal already: a restore needs an empty one")
    found = await pour(owner, plan.held, now=now())
    if found.fault is not None and not plan.leave_gaps:
        raise NotRestored(
            f"{_said(found.fault)}. Name the other target as well; or bring back what comes "
            "before it: --leave-gaps"
        )
    vouched = (await past_of(owner, plan.signer)).keys
    strange = [each.origin for each in found.chains if each.key and each.key not in vouched]
    if strange:
        raise NotRestored(f"{strange[0]} is of a key that this site's key does not vouch for")
    fault = (await prove_journal(owner, site_key=plan.signer)).fault
    if fault is not None and fault.origin not in _torn(found):
        raise NotRestored(f"The segments do not prove: {_said(fault)}")
    return found


def _torn(found: Found) -> set[str]:
    """Return the chains of which later rows are named and missing."""
    return {each.origin for each in found.chains if each.rows < each.beyond}


async def _lost(owner: Connection, claims: Sequence[Claim]) -> int:
    """Return how many rows heads name that are not there. Raises NotRestored for a rewriting."""
    newest = {
        each["origin"]: each["seq"]
        for each in await owner.fetch("SELECT origin, max(seq) AS seq FROM journal GROUP BY 1")
    }
    here = [each for each in claims if each.seq <= newest.get(each.origin, 0)]
    fault = await contains(owner, here)
    if fault is not None:
        raise NotRestored(_said(fault))
    if claims and not here:
        raise NotRestored("No head that you gave is in these segments: nothing proves them")
    wanted: dict[str, int] = {}
    for each in claims:
        wanted[each.origin] = max(wanted.get(each.origin, 0), each.seq)
    return sum(max(0, seq - newest.get(origin, 0)) for origin, seq in wanted.items())


async def _sealed(owner: Connection) -> int:
    return int(
        await owner.fetchval(
            """
            SELECT count(*)
              FROM journal AS j
             WHERE j.key_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM journal_data_keys AS k
                                WHERE k.key_id = j.key_id AND k.wrapped IS NOT NULL)
            """
        )
    )


def segments_of(
    targets: Sequence[Path],
    site: str,
    typed: str,
    claims: Sequence[Claim],
    *,
    leave_gaps: bool = False,
) -> tuple[tuple[Held, ...], bytes]:
    """Return the segments to restore from, and whose key they are of."""
    every: list[Held] = []
    torn = True
    for folder in targets:
        content = Target(folder, site).content()
        torn = torn and content.torn
        every.extend(content.held)
        for each in content.damaged:
            console.print(f"[yellow]Damaged:[/yellow] {each.name}: {each.what}", soft_wrap=True)
    if torn and not leave_gaps:
        raise NotRestored(
            "The newest segment is damaged: nothing says what it held. Name the other target as "
            "well; or do without it: --leave-gaps"
        )
    signer = key_of(typed) or newest_signer(every)
    if signer is None:
        raise NotRestored(f"There is no sound segment of {site} there")
    if not typed and not claims:
        raise NotRestored(
            f"These segments say that they are of the key {signer.hex()}. Compare it with what "
            "you kept elsewhere and say --key, or give a head: --heads FILE, --head '…'"
        )
    held = believed(every, signer)
    if not held:
        raise NotRestored("No segment there is signed by this key")
    _warn_of_others(every, held)
    return held, signer


def _warn_of_others(every: Sequence[Held], held: Sequence[Held]) -> None:
    """Say that segments are passed over: made up by somebody, or of a key that came after."""
    used = {each.line.signer for each in held}
    others = [each.line for each in every if each.line.signer not in used]
    if others:
        newest = max(others, key=lambda line: line.made_at)
        console.print(
            f"[yellow]{len(others)} segments are passed over[/yellow]: another key signed them, "
            f"the newest {newest.made_at:%Y-%m-%d %H:%M:%S} UTC {newest.signer.hex()}. If the site "
            "had a new key by then, take a new folder and say that one.",
            soft_wrap=True,
        )


def new_epoch(held: Sequence[Held], after: int) -> int:
    """Return an epoch that was never used. Raises NotRestored where the environment says one."""
    used = max(newest_epoch(held), after)
    said = os.environ.get("STANDFAST_EPOCH")
    if said is not None and (not said.isdecimal() or int(said) <= used):
        raise NotRestored(
            f"STANDFAST_EPOCH is {said}, and {used} was used already: take it out of the "
            "environment, so that no chain is ever written twice"
        )
    return int(said) if said is not None else used + 1


def must_be_empty(data: Path) -> None:
    """Make *data*, where nothing of a site is yet but keys that were sealed for it."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    if (data / "postgres").exists() or (data / site_file.NAME).exists():
        raise NotRestored(f"There is a site in {data}. A restore needs a folder of its own")


def _claims(files: Sequence[Path], typed: Sequence[str]) -> list[Claim]:
    try:
        saved = [claim for each in files for claim in claims_of(each.read_bytes())]
        return [*saved, *(claim_of(each) for each in typed)]
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise NotRestored(f"A head could not be read: {error}") from error


def _said(fault: Fault) -> str:
    return f"{fault.origin} row {fault.seq}: {fault.what}"


def _say(done: Restored, epoch: int, seconds: float, data: Path) -> None:
    found = done.found
    console.print(
        f"[green]Restored[/green]: {found.rows:,} rows of {len(found.chains)} chains and "
        f"{done.files:,} files, every one proved, to {found.newest_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    console.print(f"Time taken (RTO): {seconds:.1f} s. Epoch {epoch}, under a new signing key.")
    lost = (
        f"{done.lost:,} rows that the heads name are not in these segments" if done.lost else ""
    )
    console.print(f"Lost (RPO): {lost or 'nothing that a head you gave names'}.")
    if found.fault is not None:
        console.print(f"[red]What comes after it is not here:[/red] {_said(found.fault)}")
    if done.wrong_file:
        console.print(f"[red]A file does not prove:[/red] {done.wrong_file}", soft_wrap=True)
    if done.sealed:
        console.print(
            f"[yellow]{done.sealed:,} rows are sealed[/yellow] and their keys are not here: "
            "standfast keys recover FILE, then standfast rebuild"
        )
    console.print(
        f"Now: standfast keys seal --data {data} (unless you did), standfast verify, start it, "
        "print new heads, and tell the sites that you exchange with."
    )
