"""Commands on the keys of records: their own copy in two people's hands, back, and a new ring."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from standfast.cli.journaling import NodeRuns, nobody_writes
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import ask, now, opened, settings_of
from standfast.cli.sealing import ask_passphrases
from standfast.journal.data_keys import DoesNotOpen, all_keys, put_back, wrap_again
from standfast.journal.database import Connection, connect
from standfast.settings import Settings
from standfast.vault import escrow as files
from standfast.vault.boxes import KEY_BYTES
from standfast.vault.escrow import Held, WrappedKey, Written
from standfast.vault.files import replace
from standfast.vault.names import DATA_KEYS
from standfast.vault.ring import Ring
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

Answer = TypeVar("Answer")

RUNNING: Final = "The node is at work. Stop it, say this again, and start it: seconds in all."


def escrow(
    to: Annotated[Path, typer.Argument(help="The file to write; it is carried away.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    people: Annotated[
        list[str] | None,
        typer.Option("--custodian", help="Who holds a passphrase; said once for each person."),
    ] = None,
) -> None:
    """Write the keys of all records to a file that any two of those named open together.

    Do so every day, to a place that this machine cannot delete from, and destroy what is older
    than 30 days: an old escrow beside an old backup undoes every erasure since.
    """
    vault = opened(data)
    try:
        passphrases = ask_passphrases(people or (), ask)
        with reachable(data) as where:
            settings = settings_of(where, data)
            keys = asyncio.run(_all(settings))
        made_at = now()
        content = files.sealed(
            Held(vault.secret(DATA_KEYS), keys),
            site=settings.site,
            made_at=made_at,
            passphrases=passphrases,
        )
        replace(to, content)
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise
    files.remember(data, Written(str(to.absolute()), made_at, len(keys)))
    console.print(f"[green]Written[/green]: the keys of {len(keys):,} records, to {to}.")


def recover(
    file: Annotated[Path, typer.Argument(help="What 'standfast keys escrow' wrote.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Bring the keys of records back from an escrow: two of its custodians open it.

    The journal must be here already. What it says was erased stays erased. Stop the node first;
    afterwards 'standfast rebuild' shows what could not be read.
    """
    vault = opened(data)
    try:
        held = files.opened(files.read(file), ask)
        with reachable(data) as where:
            settings = settings_of(where, data)
            added, erased = asyncio.run(_recovered(settings, vault, held))
    except NodeRuns:
        stop(RUNNING)
        return
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise
    console.print(
        f"[green]Recovered[/green]: {added:,} keys of {len(held.keys):,}"
        + (f"; {erased:,} stay erased" if erased else "")
        + ". Now: standfast rebuild"
    )


def data_keys(data: DataFolder = DEFAULT_DATA) -> None:
    """Seal every record's key anew under a new key, and let the old one go. Stop the node first.

    Who has a copy of the database from before, and the old keys, still has both: destroy them.
    """
    vault = opened(data)
    try:
        with reachable(data) as where:
            settings = settings_of(where, data)
            done = asyncio.run(_rotated(settings, vault))
    except NodeRuns:
        stop(RUNNING)
        return
    except DoesNotOpen as error:
        stop(f"The key {error} does not open: nothing was changed. See: standfast keys recover")
        return
    console.print(
        f"[green]Sealed anew[/green]: the keys of {done:,} records. Write a new escrow now: "
        "one from before opens with the old key, which it holds."
    )


async def _all(settings: Settings) -> tuple[WrappedKey, ...]:
    return await _as_owner(settings, all_keys)


async def _recovered(settings: Settings, vault: Vault, held: Held) -> tuple[int, int]:
    await nobody_writes(settings)
    ring = vault.secret(DATA_KEYS)
    vault.put(DATA_KEYS, joined(ring, held.ring))
    done = await _as_owner(settings, lambda owner: put_back(owner, held.keys))
    if done[0] == 0:  # nothing needs the other ring
        vault.put(DATA_KEYS, ring)
    return done


async def _rotated(settings: Settings, vault: Vault) -> int:
    """Add a key, seal with it, and only then let the old ones go: a crash loses none."""
    await nobody_writes(settings)
    vault.grow(DATA_KEYS)
    ring = vault.secret(DATA_KEYS)
    done = await _as_owner(settings, lambda owner: wrap_again(owner, Ring(ring)))
    vault.put(DATA_KEYS, ring[:KEY_BYTES])
    return done


def joined(ours: bytes, theirs: bytes) -> bytes:
    """Return a ring of both: ours seals, and each key is there once."""
    keys = [ring[at : at + KEY_BYTES] for ring in (ours, theirs) for at in _steps(ring)]
    return b"".join(dict.fromkeys(keys))


def _steps(ring: bytes) -> range:
    return range(0, len(ring), KEY_BYTES)


async def _as_owner(
    settings: Settings, work: Callable[[Connection], Awaitable[Answer]]
) -> Answer:
    owner = await connect(settings.owner_url)
    try:
        return await work(owner)
    finally:
        await owner.close()
