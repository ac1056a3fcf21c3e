"""What peers are told of what is here: heads, pages, and the proof of a fork. Only reads.

Whole origins are decided about: a peer may hold ours, its own, and those of a third site whose
own journal says that it has joined the peer.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from standfast.journal.database import Pool
from standfast.journal.entries import COLUMNS, Entry
from standfast.replication import wire
from standfast.replication.card import site_of
from standfast.replication.courier import Book, Forked, Head
from standfast.replication.shelf import PostgresShelf

_ROWS: Final = f"""
      SELECT {", ".join(COLUMNS)}
        FROM (SELECT {", ".join(COLUMNS)},
                     sum(octet_length(body) + 600) OVER (ORDER BY seq) AS size
                FROM journal
               WHERE origin = $1 AND seq >= $2
            ORDER BY seq
               LIMIT $3) AS page
       WHERE size <= $4 OR seq = $2
    ORDER BY seq
"""  # noqa: S608 - our own names

_HEADS: Final = """
      SELECT o.origin, j.seq, j.hash, j.sig
        FROM journal_origins AS o
       CROSS JOIN LATERAL (SELECT seq, hash, sig
                             FROM journal
                            WHERE journal.origin = o.origin AND sig IS NOT NULL
                         ORDER BY seq DESC
                            LIMIT 1) AS j
    ORDER BY o.origin
"""


class Lending:
    """Answers peers out of the journal."""

    def __init__(self, pool: Pool, shelf: PostgresShelf) -> None:
        self._pool = pool
        self._shelf = shelf

    async def may_hold(self, peer: str, book: Book) -> frozenset[str]:
        """Return the sites whose origins *peer* may hold."""
        if peer not in book.peers or peer in book.cut_off:
            return frozenset()
        third = [site for site in book.peers if site != peer]
        joined = {site for site in third if await self._has_joined(site, peer)}
        return frozenset({book.own.site, peer, *joined})

    async def heads(self, sites: frozenset[str]) -> list[Head]:
        """Return the newest signed row of every origin of *sites*."""
        found = await self._pool.fetch(_HEADS)
        return [
            Head(each["origin"], each["seq"], each["hash"], each["sig"])
            for each in found
            if site_of(each["origin"]) in sites
        ]

    async def page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        """Return the rows of *origin* after the one of that hash, to a signed one."""
        first = max(after, 1)
        for rows, size in (
            (wire.PAGE_ROWS, wire.PAGE_BYTES),
            (wire.MOST_ROWS, wire.MOST_BYTES),
        ):
            found = await self._rows(origin, first, rows + 1, size)
            if after and found and found[0].hash != hash_:
                return Forked(await self._to_the_next_signed(origin, after))
            page = wire.part_to_send(found[1:] if after else found)
            if page or len(found) <= 1:
                return page
        return ()

    async def _to_the_next_signed(self, origin: str, seq: int) -> tuple[Entry, ...]:
        found = await self._rows(origin, seq, wire.MOST_ROWS, wire.MOST_BYTES)
        for number, entry in enumerate(found, start=1):
            if entry.sig is not None:
                return found[:number]
        return ()

    async def _rows(self, origin: str, first: int, most: int, size: int) -> tuple[Entry, ...]:
        found = await self._pool.fetch(_ROWS, origin, first, most, size)
        return tuple(Entry(**dict(each)) for each in found)

    async def _has_joined(self, site: str, peer: str) -> bool:
        """Return whether *site* says, in its own journal as it is here, that *peer* is its peer."""
        decided = await self._shelf.decided_at(site)
        there = decided.peers.get(peer)
        return there is not None and there.cut is None


def differing(heads: Sequence[Head], known: Mapping[str, tuple[int, bytes]]) -> list[Head]:
    """Return those of *heads* that go further than what is *known*, or contradict it."""
    return [
        head
        for head in heads
        if head.origin not in known
        or head.seq > known[head.origin][0]
        or (head.seq == known[head.origin][0] and head.hash != known[head.origin][1])
    ]
