"""The keys of records in one file, which any two of the people named open, and nobody alone.

A journal without its data keys is noise for good. So they have a copy of their own: short-lived,
since one that is kept for years would undo every erasure of those years.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from standfast.vault import custodians
from standfast.vault.asking import Ask
from standfast.vault.boxes import Box, WrongKey, new_key, seal, unseal
from standfast.vault.custodians import ByCustodians
from standfast.vault.files import replace
from standfast.vault.trouble import VaultTrouble


class WrappedKey(Struct, frozen=True, array_like=True):
    """One data key, as it lies in ``journal_data_keys``: sealed under the ring."""

    key_id: str
    org: str
    record: str
    made_here: bool
    wrapped_by: str
    wrapped: bytes
    made_at: datetime


class Held(Struct, frozen=True):
    """What is inside: the ring, and every key that it seals."""

    ring: bytes
    keys: tuple[WrappedKey, ...]


class Escrow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. What is not in ``box`` anybody may read."""

    version: int = 1
    site: str
    made_at: datetime
    count: int
    sealing: ByCustodians
    box: Box


def sealed(
    held: Held,
    *,
    site: str,
    made_at: datetime,
    passphrases: Mapping[str, str],
    cost: int = custodians.COST,
) -> bytes:
    """Return the file that holds *held*, for any two of the people in *passphrases*."""
    key = new_key()
    sealing = custodians.wrap(key, passphrases, cost=cost)
    about = _about(site, made_at, len(held.keys))
    box = seal(key, msgspec.msgpack.encode(held), about)
    return msgspec.json.encode(
        Escrow(site=site, made_at=made_at, count=len(held.keys), sealing=sealing, box=box)
    )


def read(path: Path) -> Escrow:
    """Return what is at *path*, unopened. Raises :class:`VaultTrouble`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Escrow)
    except (OSError, ValueError) as error:
        raise VaultTrouble(f"{path} is no escrow of data keys, or is damaged.") from error


def opened(escrow: Escrow, ask: Ask) -> Held:
    """Ask two custodians for their passphrases and return what is inside."""
    key = custodians.unwrap(escrow.sealing, ask)
    about = _about(escrow.site, escrow.made_at, escrow.count)
    try:
        return msgspec.msgpack.decode(unseal(key, escrow.box, about), type=Held)
    except (WrongKey, ValueError) as error:
        raise VaultTrouble("The escrow is damaged: take another copy of it.") from error


def _about(site: str, made_at: datetime, count: int) -> str:
    """Return what the box is bound to, so that no older escrow passes for a newer one."""
    return f"standfast escrow 1|{site}|{made_at.isoformat()}|{count}"


# --- What this site remembers of the files that it wrote -----------------------------------

LEDGER: Final = "escrow.json"


class Written(Struct, frozen=True):
    """One file that was written, when, and where to."""

    path: str
    made_at: datetime
    count: int


def written(data: Path) -> tuple[Written, ...]:
    """Return every escrow that this site has written, oldest first."""
    path = data / LEDGER
    if not path.exists():
        return ()
    return msgspec.json.decode(path.read_bytes(), type=tuple[Written, ...])


def remember(data: Path, new: Written) -> None:
    """Note that an escrow was written; files that have gone are no longer listed."""
    kept = [
        each for each in written(data) if Path(each.path).exists() and each.path != new.path
    ]
    replace(data / LEDGER, msgspec.json.encode([*kept, new]))
