"""Lanes: each writer process has its own chain, so that no lock crosses processes.

A lane is held by a session-level advisory lock: it is free again the moment its holder's
connection is gone, and then its chain is carried on by the next.
"""

import hashlib
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from standfast.journal.database import Connection
from standfast.journal.entries import GENESIS, Entry

LANES: Final = 64
"""More writers than this on one site's database are refused."""

LOCK_SPACE: Final = 0x5F0A
"""The first half of the advisory lock's key, so that it meets nobody else's."""


class NoLane(RuntimeError):
    """Every lane is held: more writers than a site may have."""


class Lane(Struct, frozen=True):
    """Where one origin's chain stands: its newest seq and hash, and the latest timestamp."""

    number: int
    origin: str
    seq: int
    head: bytes
    hlc: int

    def advanced(self, newest: Entry) -> "Lane":
        """Return the lane after *newest* was committed."""
        return msgspec.structs.replace(self, seq=newest.seq, head=newest.hash, hlc=newest.hlc)


async def take_lane(
    connection: Connection,
    *,
    site: str,
    epoch: int,
    public_key: bytes,
    now: datetime,
    mine: int | None,
) -> Lane:
    """Take a lane for as long as *connection* lives.

    *mine* is the lane held before the connection was lost: it is waited for, since what was
    being committed on it is settled only when its old holder is gone.
    """
    if mine is not None:
        await connection.execute("SELECT pg_advisory_lock($1, $2)", LOCK_SPACE, mine, timeout=5)
        number = mine
    else:
        number = await _free_lane(connection)
    origin = await _origin(connection, f"{site}.{epoch}", number, public_key, now)
    newest = await connection.fetchrow(
        """
          SELECT seq, hash, hlc
            FROM journal
           WHERE origin = $1
        ORDER BY seq DESC
           LIMIT 1
        """,
        origin,
    )
    if newest is None:
        return Lane(number, origin, seq=0, head=GENESIS, hlc=0)
    return Lane(number, origin, newest["seq"], newest["hash"], newest["hlc"])


async def _free_lane(connection: Connection) -> int:
    for number in range(LANES):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK_SPACE, number):
            return number
    raise NoLane(f"all {LANES} lanes are taken")


async def _origin(
    connection: Connection, site_epoch: str, number: int, public_key: bytes, now: datetime
) -> str:
    """Return the lane's origin, made if it is new.

    One origin, one key, for ever: a key that has taken over from another writes under a name
    with its own fingerprint in it (``harrowmere.1-3fa9c2d1.0``).
    """
    print_ = hashlib.sha256(public_key).hexdigest()[:8]
    for origin in (f"{site_epoch}.{number}", f"{site_epoch}-{print_}.{number}"):
        await connection.execute(
            """
            INSERT INTO journal_origins (origin, public_key, first_at)
            VALUES ($1, $2, $3)
                ON CONFLICT (origin) DO NOTHING
            """,
            origin,
            public_key,
            now,
        )
        key = await connection.fetchval(
            "SELECT public_key FROM journal_origins WHERE origin = $1", origin
        )
        if key == public_key:
            return origin
    raise NoLane(f"{origin} belongs to another key")
