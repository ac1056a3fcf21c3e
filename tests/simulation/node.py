"""One site: its disk, and the processes that run on it until the machine goes down."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from standfast.app import CONSTRAINTS, PROJECTIONS, REACTIONS
from standfast.journal.contents import Content
from standfast.journal.entries import GENESIS, Entry
from standfast.journal.folding import RowChange
from standfast.journal.lanes import Lane
from standfast.journal.statements import apply_changes, insert_entries
from standfast.journal.store import Journal
from standfast.journal.units import Conflict, ConstraintHit, Draft, Erasing, Unavailable, Unit
from standfast.journal.writer import Site, Writer
from standfast.kernel.messages import Refused
from standfast.replication.card import Earlier, SignedCard
from standfast.replication.details import details_of
from standfast.replication.lending import Lending
from standfast.replication.model import EXCHANGE, JoinPeer, MakeCard, ReplicationCommand
from standfast.replication.pages import Found, _command
from standfast.replication.pulling import Puller, Turns
from standfast.replication.shelf import PostgresShelf
from tests.replication.world import card_of, key_of
from tests.simulation.database import Connection, Database
from tests.simulation.network import Link, Network

IT: Any = "it.officer"


@dataclass
class Acked:
    """A row that somebody was told is kept."""

    entry: Entry
    site: str


class MemoryWriter(Writer):
    """The product's writer: its clock, its chain, its signature; one unit to a commit."""

    def __init__(self, node: "Node") -> None:
        site = Site(node.name, node.epoch)
        super().__init__("", site=site, key=node.key, clock=node.now)
        self._node = node
        self._database = node.database
        self.lane = _lane(node)
        self.follow(self.lane.hlc)

    async def append(
        self,
        drafts: Sequence[Draft],
        expected: dict[str, int],
        changes: Sequence[RowChange],
        contents: Sequence[Content] = (),
        erasing: Erasing | None = None,  # noqa: ARG002 - nobody erases anything here
        *,
        taken: Sequence[str] = (),
    ) -> int:
        """Write as one commit; what is about a person lies open, since keys do not travel yet."""
        opened = [_open(draft) for draft in drafts]
        unit = Unit(opened, expected, changes, None, contents)  # type: ignore[arg-type]
        entries = self._chain([unit], self.lane, {})
        try:
            await self._store(entries, expected, changes, taken)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise ConstraintHit(error.constraint_name or "") from error
        except asyncpg.DiskFullError as error:
            raise Unavailable from error
        self.lane = self.lane.advanced(entries[-1])
        self._node.acked.extend(Acked(entry, self._node.name) for entry in entries)
        return entries[-1].hlc

    async def _store(
        self,
        entries: list[Entry],
        expected: dict[str, int],
        changes: Sequence[RowChange],
        taken: Sequence[str],
    ) -> None:
        connection: Any = Connection(self._database)
        streams = self._database.table("journal_streams")
        async with connection.transaction():
            for stream, version in expected.items():
                if streams.get(stream, 0) != version:
                    raise Conflict(stream)
                added = sum(entry.stream == stream for entry in entries)
                self._database.put(streams, stream, version + added)
            origins = self._database.table("journal_origins")
            self._database.put(origins, self.lane.origin, self._key.public)
            await insert_entries(connection, entries)
            await apply_changes(connection, changes)
            await connection.execute("SELECT tenancy.leave_strangers_out($1)", taken)


class NodeClock:
    """A site's own clock, which need not be right. Nobody waits: the world moves it."""

    def __init__(self, world_now: Callable[[], datetime], node: "Node") -> None:
        self._now, self._node = world_now, node

    def now(self) -> datetime:
        return self._now() + self._node.skew

    async def sleep(self, _: float) -> None:
        """Return at once."""


@dataclass
class Node:
    """One site."""

    name: str
    network: Network
    chance: random.Random
    world_now: Callable[[], datetime]
    epoch: int = 1
    number: int = 1
    earlier: tuple[Earlier, ...] = ()
    hostile: bool = False
    skew: timedelta = timedelta()
    acked: list[Acked] = field(default_factory=list)
    database: Database = field(default_factory=Database)
    peers: list[str] = field(default_factory=list)

    @property
    def orgs(self) -> tuple[str, ...]:
        return f"{self.name}-care", f"{self.name}-clinic"

    @property
    def key(self) -> Any:
        return key_of(self.name, self.epoch)

    @property
    def card(self) -> SignedCard:
        return card_of(
            self.name,
            number=self.number,
            epoch=self.epoch,
            key=self.key,
            earlier=self.earlier,
            organisations=self.orgs,
        )

    def now(self) -> datetime:
        return self.clock.now()

    def boot(self) -> None:
        """Start every process of the site on what lies on its disk."""
        self.clock = NodeClock(self.world_now, self)
        connection: Any = Connection(self.database)
        self.shelf = PostgresShelf(
            connection, site=self.name, projections=PROJECTIONS, clock=self.now
        )
        self.lending = Lending(connection, self.shelf)
        self.writer = MemoryWriter(self)
        self.journal = Journal(
            connection,
            self.writer,
            projections=PROJECTIONS,
            reactions=REACTIONS,
            constraints=CONSTRAINTS,
            changed=lambda _: None,
        )
        turns = Turns()
        self.pullers = {peer: self._puller(peer, turns) for peer in self.peers}

    def _puller(self, peer: str, turns: Turns) -> Puller:
        return Puller(
            peer,
            Link(self.network, self.name, peer),
            self.shelf,
            self.clock,
            turns=turns,
            random=self.chance.random,
            apart=_here,
        )

    async def do(
        self, decider: Any, key: str, command: Any, actor: str = "amira.khan"
    ) -> tuple[Any, ...]:
        """Carry out a command as the pages do."""
        return await self.journal.execute(decider, key, command, actor=actor, now=self.now())

    async def decide(self, command: ReplicationCommand) -> None:
        await self.do(EXCHANGE, self.name, command, IT)

    async def make_card(self) -> None:
        made = MakeCard(org=self.orgs[0], details=details_of(self.card), by=IT)
        await self.decide(made)

    async def join(self, other: "Node") -> None:
        """Exchange with *other*, whose card two people have compared."""
        await self.decide(JoinPeer(details=details_of(other.card), code="CODE", by=IT))

    async def note_findings(self) -> None:
        """Make facts of what the exchange has found, as the pages' timer does."""
        for table in ("wrong", "forks"):
            rows = self.database.table(table)
            for key, row in list(rows.items()):
                if row["noted"]:
                    continue
                what = {"what": table.removesuffix("s"), "why": "", "number": 0}
                bare = {"ours": None, "theirs": None}
                said = {n: v for n, v in row.items() if n not in ("card_number", "noted")}
                command = _command(Found(**{**what, **bare, **said}))
                if command is not None:
                    with suppress(Refused):  # a peer that is none any more
                        await self.decide(command)
                async with self.database.transaction():
                    self.database.put(rows, key, row | {"noted": True})


async def _here(prove: Callable[..., Any], *what: Any) -> Any:
    return prove(*what)


def _open(draft: Draft) -> Draft:
    return Draft(
        draft.stream,
        draft.tag,
        draft.body,
        draft.subject,
        draft.org,
        draft.actor,
        draft.occurred_at,
    )


def _lane(node: Node) -> Lane:
    """Return where this site's chain stands on its disk, as ``take_lane`` finds it."""
    origin = f"{node.name}.{node.epoch}.0"
    rows = node.database.chain(origin)
    if not rows:
        return Lane(0, origin, seq=0, head=GENESIS, hlc=0)
    newest = rows[-1]
    return Lane(0, origin, newest.seq, newest.hash, newest.hlc)
