"""Proving the whole journal: every number, every link, every signature."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from msgspec import Struct

from standfast.journal.database import Connection
from standfast.journal.entries import COLUMNS, GENESIS, Entry, digest
from standfast.journal.foreign import site_in
from standfast.journal.keys import signed
from standfast.journal.succession import Past, past_of

_PAGE: Final = 2000
_ORIGINS: Final = """
      SELECT origin, public_key,
             (SELECT max(seq) FROM journal WHERE journal.origin = o.origin) AS newest
        FROM journal_origins AS o
    ORDER BY origin
"""


class Fault(Struct, frozen=True):
    """The first row that is not what was signed, and what is wrong with it."""

    origin: str
    seq: int
    what: str


class Verdict(Struct, frozen=True):
    """How far the journal was proved. ``fault`` is None when all of it is sound."""

    checked: int
    origins: int
    fault: Fault | None


async def verify(
    connection: Connection,
    *,
    site_key: bytes | None = None,
    peers: Mapping[str, frozenset[bytes]] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Re-check every row of every origin, up to where each stood at the start.

    Works beside a running node. *site_key* is this site's public key from its own disk: an
    origin with another key is then a fault, unless this one vouches for it as its predecessor
    (``journal.succession``), or it is one of *peers*' (by site). A missing tail cannot be seen
    from here; peers and the printed shift sheet hold the newest head.
    """
    checked = 0
    origins = await connection.fetch(_ORIGINS)
    fault = await _unknown_origin(connection)
    past = await past_of(connection, site_key) if site_key is not None else None
    for origin, public_key, newest in origins:
        if fault is None and past is not None and newest is not None:
            theirs = (peers or {}).get(site_in(origin))
            fault = (
                await _not_vouched_for(connection, past, origin, public_key, newest)
                if theirs is None
                else _not_of_its_card(theirs, origin, public_key)
            )
        if fault is not None:
            break
        async for entry_fault in _walk(connection, origin, public_key, newest or 0):
            fault = entry_fault
            if fault is not None:
                break
            checked += 1
            progress(checked)
    return Verdict(checked, len(origins), fault)


async def _not_vouched_for(
    connection: Connection, past: Past, origin: str, public_key: bytes, newest: int
) -> Fault | None:
    """Return a fault for a chain of a key that is not ours, or that goes on after its end."""
    if public_key not in past.keys:
        return Fault(origin, 0, "the key in the database is not this site's key")
    end = past.ends.get(origin)
    if end is None:
        return None
    if newest != end.seq:
        what = "is missing" if newest < end.seq else "was written after its key was retired"
        return Fault(origin, min(newest, end.seq) + 1, f"it {what}")
    there = await connection.fetchval(
        "SELECT hash FROM journal WHERE origin = $1 AND seq = $2", origin, end.seq
    )
    if there.hex() != end.hash:
        return Fault(origin, end.seq, "it is not the row that its key ended with")
    return None


def _not_of_its_card(theirs: frozenset[bytes], origin: str, public_key: bytes) -> Fault | None:
    """Return a fault for a chain of another site whose key is none of that site's."""
    what = "the key in the database is not that of its site's card"
    return None if public_key in theirs else Fault(origin, 0, what)


async def _unknown_origin(connection: Connection) -> Fault | None:
    """Return a fault for an origin that has rows and no key."""
    stray = await connection.fetchval(
        """
        WITH RECURSIVE known AS (
               (SELECT origin FROM journal ORDER BY origin LIMIT 1)
                UNION ALL
               SELECT (SELECT origin FROM journal WHERE origin > known.origin ORDER BY origin LIMIT 1)
                 FROM known
                WHERE known.origin IS NOT NULL)
        SELECT origin
          FROM known
         WHERE origin IS NOT NULL
           AND origin NOT IN (SELECT origin FROM journal_origins)
        """
    )
    return None if stray is None else Fault(str(stray), 1, "its origin has no key here")


async def _walk(
    connection: Connection, origin: str, public_key: bytes, newest: int
) -> AsyncIterator[Fault | None]:
    """Yield None for each sound row of *origin*, or the fault of the first that is not."""
    seq, prev, signed_up_to = 0, GENESIS, 0
    while seq < newest:
        page = await _page(connection, origin, seq, newest)
        if not page:
            yield Fault(origin, seq + 1, "it is missing")
            return
        for entry in page:
            fault = chained(entry, seq + 1, prev, public_key)
            yield fault
            if fault is not None:
                return
            seq, prev = entry.seq, entry.hash
            signed_up_to = seq if entry.sig is not None else signed_up_to
    if signed_up_to < newest:
        yield Fault(origin, signed_up_to + 1, "no signature covers it")


def chained(entry: Entry, seq: int, prev: bytes, public_key: bytes) -> Fault | None:
    """Return what is wrong with *entry*, which should be number *seq* and follow *prev*."""
    what = None
    if entry.seq != seq:
        return Fault(entry.origin, seq, "it is missing")
    if entry.prev != prev:
        what = "it does not follow the row before it"
    elif not _hash_is_right(entry):
        what = "its content is not what its hash says"
    elif entry.sig is not None and not signed(public_key, entry.sig, entry.hash):
        what = "its signature is not this origin's"
    return None if what is None else Fault(entry.origin, seq, what)


def _hash_is_right(entry: Entry) -> bool:
    try:
        return entry.hash == digest(entry)
    except (TypeError, ValueError, OverflowError):  # an instant that no clock ever showed
        return False


async def _page(connection: Connection, origin: str, after: int, newest: int) -> list[Entry]:
    rows = await connection.fetch(
        f"""
          SELECT {", ".join(COLUMNS)}
            FROM journal
           WHERE origin = $1 AND seq > $2 AND seq <= $3
        ORDER BY seq
           LIMIT {_PAGE}
        """,  # noqa: S608 - our own column names
        origin,
        after,
        newest,
    )
    return [Entry(**dict(row)) for row in rows]
