"""What the exchange keeps of peers beside their rows: who answered, lied, holds what, asks to join.

None of it is a record. What matters becomes a fact by a timer of the pages.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from standfast.journal.database import Connection
from standfast.replication import wire
from standfast.replication.card import SignedCard, follows, read_card, site_of
from standfast.replication.courier import Book, Fork, Head
from standfast.replication.model_state import Exchange
from standfast.replication.proving import Standing, Wrong


class Kept(ABC):
    """The tables of the schema ``exchange``; one statement at a time goes through."""

    def __init__(self, connection: Connection, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._clock = clock

    @abstractmethod
    async def book(self) -> Book:
        """Return what is decided and known about sites now."""

    @abstractmethod
    async def standing(self) -> Mapping[str, Standing]:
        """Return how far every origin has come here."""

    async def name(self, peer: str, wrong: Wrong) -> None:
        book = await self.book()
        card = book.card_of(site_of(wrong.origin))
        await self._execute(
            """
            INSERT INTO exchange.wrong AS known (peer, origin, seq, why, card_number, at)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (peer, origin) DO UPDATE
               SET seq = excluded.seq, why = excluded.why, at = excluded.at,
                   card_number = excluded.card_number,
                   noted = known.noted AND (known.seq, known.why) = (excluded.seq, excluded.why)
            """,
            peer,
            wrong.origin,
            wrong.seq,
            wrong.why.value,
            0 if card is None else card.number,
            self._clock(),
        )

    async def fork(self, found: Fork) -> None:
        await self._execute(
            """
            INSERT INTO exchange.forks (origin, seq, peer, ours, theirs, at)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (origin) DO NOTHING
            """,
            found.origin,
            found.seq,
            found.peer,
            wire.packed_rows([found.ours]),
            wire.packed_rows(found.theirs[:1]),
            self._clock(),
        )

    async def told(self, peer: str, heads: Collection[Head]) -> None:
        here = await self.standing()
        behind = sum(max(0, head.seq - here.get(head.origin, Standing()).seq) for head in heads)
        now = self._clock()
        await self._execute(
            """
            INSERT INTO exchange.peers AS known (peer, answered_at, behind, behind_since)
            VALUES ($1, $2::timestamptz, $3::bigint,
                    CASE WHEN $3::bigint > 0 THEN $2::timestamptz END)
                ON CONFLICT (peer) DO UPDATE
               SET answered_at = excluded.answered_at, trouble = '', behind = excluded.behind,
                   behind_since = CASE WHEN excluded.behind > 0
                                       THEN coalesce(known.behind_since, excluded.answered_at)
                                   END
            """,
            peer,
            now,
            behind,
        )

    async def failed(self, peer: str, how: str) -> None:
        await self._execute(
            """
            INSERT INTO exchange.peers (peer, failed_at, trouble) VALUES ($1, $2, $3)
                ON CONFLICT (peer) DO UPDATE SET failed_at = $2, trouble = $3
            """,
            peer,
            self._clock(),
            how[:500],
        )

    async def held(self, peer: str, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Keep what *peer* says it has proved and put on disk."""
        own = [origin for origin in heads if site_of(origin) is not None]
        async with self._turn:
            await self._connection.executemany(
                """
                INSERT INTO exchange.held (peer, origin, seq, hash, at)
                SELECT $1, $2, $3, $4, $5
                 WHERE EXISTS (SELECT FROM journal
                                WHERE origin = $2 AND seq = $3 AND hash = $4)
                    ON CONFLICT (peer, origin) DO UPDATE
                   SET seq = excluded.seq, hash = excluded.hash, at = excluded.at
                """,
                [(peer, origin, *heads[origin], self._clock()) for origin in own],
            )

    async def renewed(self, peer: str, packed: bytes) -> bool:
        """Keep a newer card of *peer*, if it may take the place of its last with nobody asked."""
        book = await self.book()
        known, newer = book.peers.get(peer), read_card(packed)
        if known is None:
            return False
        others = (card for name, card in book.peers.items() if name != peer)
        taken = {org for card in (book.own, *others) for org in card.organisations}
        if not follows(known, newer.card, taken):
            return False
        await self._execute(
            """
            INSERT INTO exchange.cards (peer, card, at) VALUES ($1, $2, $3)
                ON CONFLICT (peer) DO UPDATE SET card = $2, at = $3
            """,
            peer,
            packed,
            self._clock(),
        )
        return True

    async def asks_to_join(self, card: SignedCard) -> bool:
        """Keep a card that was handed over, for a day; not more of them than people look at."""
        return bool(
            await self._value(
                """
                WITH gone AS (DELETE FROM exchange.asked
                               WHERE at < $3::timestamptz - interval '1 day')
                INSERT INTO exchange.asked (site, card, at)
                SELECT $1, $2, $3
                 WHERE (SELECT count(*) FROM exchange.asked WHERE site <> $1) < 16
                    ON CONFLICT (site) DO UPDATE SET card = $2, at = $3
                RETURNING true
                """,
                card.card.site,
                card.packed(),
                self._clock(),
            )
        )

    async def _forget_what_is_settled(self, decided: Exchange) -> None:
        """Take away what was found before people restored a site."""
        restored = [
            (name, peer.restored_at)
            for name, peer in decided.peers.items()
            if peer.restored_at is not None
        ]
        if restored:
            async with self._turn, self._connection.transaction():
                await self._connection.executemany(
                    "DELETE FROM exchange.wrong WHERE peer = $1 AND at <= $2", restored
                )
                await self._connection.executemany(
                    "DELETE FROM exchange.forks"
                    " WHERE split_part(origin, '.', 1) = $1 AND at <= $2",
                    restored,
                )

    async def _execute(self, sql: str, *values: Any) -> None:
        async with self._turn:
            await self._connection.execute(sql, *values)

    async def _value(self, sql: str, *values: Any) -> Any:
        async with self._turn:
            return await self._connection.fetchval(sql, *values)
