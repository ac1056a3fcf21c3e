"""The shelf in PostgreSQL: proved pages go onto disk with all that follows from them.

Works as a role of its own, which reads and adds rows as they are stored. What it finds out about
peers lies in tables of the schema ``exchange``; a timer of the pages makes facts of it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import msgspec

from standfast.journal.absorb import absorb, judge_again
from standfast.journal.database import Connection, connect
from standfast.journal.entries import COLUMNS, Entry
from standfast.journal.feed import EVERYTHING, MOST_TOPICS
from standfast.journal.folding import fold
from standfast.journal.foreign import Belief
from standfast.journal.parts import commits
from standfast.journal.sealing import Sealing
from standfast.kernel.rows import Projection
from standfast.replication.card import read_card, site_of
from standfast.replication.courier import Book
from standfast.replication.kept import Kept
from standfast.replication.model import EXCHANGE
from standfast.replication.model_state import Exchange
from standfast.replication.proving import NOBODY_LIES, OF_THE_CARD, Proved, Standing
from standfast.replication.tables import PROJECTIONS

AT_ONCE: Final = 200
"""Streams that are judged again with one commit."""

MOST_COURTESY: Final = 2.0


class NotSetUp(RuntimeError):
    """This site has no card yet: there is nothing to exchange with anybody."""


class PostgresShelf(Kept):
    """What is here, in PostgreSQL. Made by :func:`open_shelf`."""

    def __init__(
        self,
        connection: Connection,
        *,
        site: str,
        projections: Sequence[Projection],
        clock: Callable[[], datetime],
        busy: Callable[[], bool] = lambda: False,
        sealing: Sealing | None = None,
    ) -> None:
        """*busy*: whether the node's own writers are at work, who come first.

        *sealing* has the keys of what is folded.
        """
        super().__init__(connection, clock)
        self._site = site
        self._projections = projections
        self._busy = busy
        self._sealing = sealing
        self._me = f"exchange.{os.getpid()}.{id(self)}"
        self._believed: Belief | None = None
        self.moved = asyncio.Event()
        """Set whenever rows were taken in; whoever waits for it clears it."""

    @property
    def closed(self) -> bool:
        """Whether the database has gone away."""
        return self._connection.is_closed()

    async def decided(self) -> Exchange:
        """Return what people have decided at this site, by its own facts alone."""
        return await self.decided_at(self._site)

    async def decided_at(self, site: str) -> Exchange:
        """Return what *site* has decided, as far as its own journal is here."""
        async with self._turn:
            facts = await self._connection.fetch(
                """
                  SELECT type, body, hlc
                    FROM journal
                   WHERE stream = $1 AND split_part(origin, '.', 1) = $2
                ORDER BY hlc, origin, seq
                """,
                f"{EXCHANGE.stream}/{site}",
                site,
            )
        state: Exchange = fold(PROJECTIONS[0], [tuple(fact) for fact in facts]).state
        return state

    async def book(self) -> Book:
        decided = await self.decided()
        if decided.own is None:
            raise NotSetUp
        own = read_card(decided.own.card).card
        peers = {name: read_card(peer.card).card for name, peer in decided.peers.items()}
        cuts = {
            part.origin or name: part.seq
            for name, peer in decided.peers.items()
            for part in (peer.cut.cuts if peer.cut else ())
        }
        await self._forget_what_is_settled(decided)
        numbers = {own.site: own.number} | {name: card.number for name, card in peers.items()}
        async with self._turn:
            wrong = await self._connection.fetch(
                "SELECT peer, origin, why, card_number FROM exchange.wrong"
            )
            forks = await self._connection.fetch("SELECT origin FROM exchange.forks")
        stopped = frozenset(
            (each["peer"], each["origin"])
            for each in wrong
            if each["why"] not in NOBODY_LIES
            and not (
                each["why"] in OF_THE_CARD
                and each["card_number"] < numbers.get(site_of(each["origin"]) or "", 0)
            )
        )
        return Book(
            own=own,
            peers=peers,
            cuts=cuts,
            stopped=stopped,
            forked=frozenset(each["origin"] for each in forks),
            cut_off=frozenset(name for name in peers if name in cuts),
        )

    async def standing(self) -> Mapping[str, Standing]:
        async with self._turn:
            found = await self._connection.fetch(_STANDING)
        return {
            each["origin"]: Standing(
                seq=each["seq"] or 0,
                hash=each["hash"] or bytes(32),
                hlc=each["hlc"] or 0,
                key=each["public_key"],
            )
            for each in found
        }

    async def row(self, origin: str, seq: int) -> Entry | None:
        async with self._turn:
            found = await self._connection.fetchrow(
                f"SELECT {', '.join(COLUMNS)} FROM journal WHERE origin = $1 AND seq = $2",  # noqa: S608
                origin,
                seq,
            )
        return None if found is None else Entry(**dict(found))

    async def take(self, page: Proved) -> int:
        book = await self.book()
        belief = await self.believe(book)
        new = 0
        for part in commits(page.entries):
            began = asyncio.get_running_loop().time()
            async with self._turn, self._connection.transaction():
                await self._origin(page)
                taken = await absorb(
                    self._connection,
                    self._projections,
                    part,
                    now=self._clock(),
                    belief=belief,
                    sealing=self._sealing,
                )
                await self._tell(taken.topics)
            new += taken.new
            self.moved.set()
            if self._busy():
                spent = asyncio.get_running_loop().time() - began
                await asyncio.sleep(min(MOST_COURTESY, spent))
        if new:
            await self._judge_contradicted(belief)
        return new

    async def believe(self, book: Book) -> Belief:
        """Return what is believed of others now; judge again what a change of it concerns."""
        cards = (book.own, *book.peers.values())
        belief = Belief(
            site=self._site,
            organisations={card.site: frozenset(card.organisations) for card in cards},
            cuts=book.cuts,
        )
        if belief != self._believed:
            await self._settle_elsewhere(book)
            await self._judge_again(belief)
            self._believed = belief
        return belief

    async def _judge_contradicted(self, belief: Belief) -> None:
        """Judge again what contradicted something: that may have been given back since."""
        async with self._turn:
            found = await self._connection.fetch(_CONTRADICTED, AT_ONCE)
        await self._judge([each["stream"] for each in found], belief)

    async def _judge_again(self, belief: Belief) -> None:
        orgs_changed = (
            self._believed is not None and self._believed.organisations != belief.organisations
        )
        async with self._turn:
            found = await self._connection.fetch(
                _TO_JUDGE, list(belief.cuts), list(belief.cuts.values()), orgs_changed
            )
        await self._judge([each["stream"] for each in found], belief)

    async def _judge(self, streams: Sequence[str], belief: Belief) -> None:
        for at in range(0, len(streams), AT_ONCE):
            async with self._turn, self._connection.transaction():
                topics = await judge_again(
                    self._connection,
                    self._projections,
                    streams[at : at + AT_ONCE],
                    belief,
                    self._sealing,
                )
                await self._tell(topics)

    async def _settle_elsewhere(self, book: Book) -> None:
        """Say which organisations are at work at other sites alone."""
        theirs = {org for card in book.peers.values() for org in card.organisations}
        elsewhere = sorted(theirs - set(book.own.organisations))
        async with self._turn, self._connection.transaction():
            await self._connection.execute(
                "DELETE FROM journal_elsewhere WHERE NOT org = ANY ($1::text[])", elsewhere
            )
            await self._connection.execute(
                """
                INSERT INTO journal_elsewhere (org) SELECT unnest($1::text[])
                    ON CONFLICT (org) DO NOTHING
                """,
                elsewhere,
            )

    async def _origin(self, page: Proved) -> None:
        """Keep whose origin it is, and its key, for ever."""
        await self._connection.execute(
            """
            INSERT INTO journal_origins (origin, public_key, first_at) VALUES ($1, $2, $3)
                ON CONFLICT (origin) DO NOTHING
            """,
            page.origin,
            page.key,
            self._clock(),
        )
        if site_of(page.origin) != self._site:
            await self._connection.execute(
                """
                INSERT INTO journal_foreign (origin, site) VALUES ($1, $2)
                    ON CONFLICT (origin) DO NOTHING
                """,
                page.origin,
                site_of(page.origin),
            )

    async def _tell(self, topics: Collection[tuple[str, str]]) -> None:
        """Have every worker's open pages hear, with the commit."""
        if topics:
            some = sorted(topics) if len(topics) <= MOST_TOPICS else [EVERYTHING]
            payload = msgspec.json.encode((self._me, some)).decode()
            await self._connection.execute("SELECT tenancy.tell($1)", payload)


@asynccontextmanager
async def open_shelf(
    dsn: str,
    *,
    site: str,
    projections: Sequence[Projection],
    clock: Callable[[], datetime],
    busy: Callable[[], bool] = lambda: False,
    sealing: Sealing | None = None,
) -> AsyncIterator[PostgresShelf]:
    """Hold a shelf open, on a connection of its own, inside the block.

    *sealing* opens what is sealed and whose key is here, to fold it; without it a page that has
    anything sealed is not taken.
    """
    connection = await connect(dsn, command_timeout=60)
    try:
        yield PostgresShelf(
            connection,
            site=site,
            projections=projections,
            clock=clock,
            busy=busy,
            sealing=sealing,
        )
    finally:
        connection.terminate()


_STANDING: Final = """
      SELECT o.origin, o.public_key, j.seq, j.hash, j.hlc, j.sig
        FROM journal_origins AS o
        LEFT JOIN LATERAL (SELECT seq, hash, hlc, sig
                             FROM journal
                            WHERE journal.origin = o.origin AND sig IS NOT NULL
                         ORDER BY seq DESC
                            LIMIT 1) AS j ON true
"""

_CONTRADICTED: Final = """
    SELECT DISTINCT stream FROM journal_left_out WHERE why = 'fold' ORDER BY stream LIMIT $1
"""

_TO_JUDGE: Final = """
    WITH cut AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS c (name, seq))
    SELECT l.stream
      FROM journal_left_out AS l
     WHERE l.why = 'cut'
       AND NOT EXISTS (SELECT FROM cut
                        WHERE cut.name IN (l.origin, split_part(l.origin, '.', 1))
                          AND l.seq >= cut.seq)
        OR $3 AND l.why IN ('org', 'fold')
     UNION
    SELECT j.stream
      FROM cut
      JOIN journal_foreign AS f ON cut.name IN (f.origin, f.site)
      JOIN journal AS j ON j.origin = f.origin AND j.seq >= cut.seq
     WHERE NOT EXISTS (SELECT FROM journal_left_out AS l
                        WHERE l.origin = j.origin AND l.seq = j.seq AND l.why IN ('cut', 'home'))
  ORDER BY stream
"""
