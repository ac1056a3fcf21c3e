"""Heads held elsewhere: what shows that a whole journal was rewritten, keys and all.

A chain proves itself only to somebody who knows where it ended. So the newest hash of every
origin goes onto paper and to other places; later the journal must still contain each of them.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from standfast.journal.database import Connection, Reader
from standfast.journal.verify import Fault
from standfast.kernel.values import whole

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U, so that a code can be read out and typed."""

GROUPS: Final = 6
"""Of four characters: 120 bits of the hash, which nobody finds another row for."""


class Head(Struct, frozen=True, kw_only=True):
    """The newest signed row of one origin. Bytes are in hex; the time is UTC."""

    origin: str
    seq: Annotated[int, Meta(ge=1)]
    hash: Annotated[str, Meta(pattern=whole("[0-9a-f]{64}"))]
    sig: str
    at: datetime

    @property
    def code(self) -> str:
        """The hash as it is read out: six groups of four."""
        return code_of(bytes.fromhex(self.hash))


class Sheet(Struct, frozen=True, kw_only=True):
    """Every head of a site at one moment."""

    site: str
    made_at: datetime
    heads: tuple[Head, ...]


class Claim(Struct, frozen=True):
    """What is held elsewhere of one row: its hash, or the code of it."""

    origin: str
    seq: int
    code: str


async def heads(db: Reader) -> tuple[Head, ...]:
    """Return the newest signed row of every origin that has one."""
    return tuple(await db.fetch(Head, "SELECT origin, seq, hash, sig, at FROM tenancy.heads()"))


def code_of(hash_: bytes) -> str:
    """Return the first 120 bits of *hash_* as six groups that can be read out."""
    number = int.from_bytes(hash_[:15])
    signs = "".join(ALPHABET[number >> shift & 31] for shift in range(115, -1, -5))
    return "-".join(signs[at : at + 4] for at in range(0, 4 * GROUPS, 4))


def claims_of(sheet: bytes) -> tuple[Claim, ...]:
    """Return what a sheet, saved as JSON, says. Raises msgspec.ValidationError."""
    read = msgspec.json.decode(sheet, type=Sheet)
    return tuple(Claim(each.origin, each.seq, each.code) for each in read.heads)


def claim_of(typed: str) -> Claim:
    """Return what somebody typed from paper: origin, number, code. Raises ValueError."""
    origin, seq, *groups = typed.split()
    code = re.sub(r"[\s-]", "", "".join(groups)).upper()
    code = code.translate(str.maketrans("OIL", "011"))
    if len(code) != 4 * GROUPS or set(code) - set(ALPHABET):
        raise ValueError(f"{typed!r} has no code of six groups of four in it")
    joined = "-".join(code[at : at + 4] for at in range(0, len(code), 4))
    return Claim(origin, int(seq), joined)


async def contains(connection: Connection, claims: Sequence[Claim]) -> Fault | None:
    """Return the first of *claims* that the journal does not contain, as a fault."""
    for claim in claims:
        there = await connection.fetchval(
            "SELECT hash FROM journal WHERE origin = $1 AND seq = $2", claim.origin, claim.seq
        )
        if there is None:
            return Fault(claim.origin, claim.seq, "a head held elsewhere is missing")
        if code_of(there) != claim.code:
            what = "it is not the row whose head is held elsewhere: the chain was rewritten"
            return Fault(claim.origin, claim.seq, what)
    return None
