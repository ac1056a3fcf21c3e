"""What lies between sites: links that fail, answers that are lost, and one site that lies."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standfast.journal.entries import Entry
from standfast.replication import wire
from standfast.replication.card import site_of
from standfast.replication.courier import Forked, Head, Unreachable
from standfast.replication.lending import differing
from standfast.replication.proving import Why
from tests.simulation.database import Crashed, FullDisk

if TYPE_CHECKING:
    from tests.simulation.lies import Lie
    from tests.simulation.node import Node


@dataclass
class Told:
    """A lie that reached somebody who has to see through it."""

    asker: str
    liar: str
    origin: str
    lie: str
    expected: frozenset[Why]


@dataclass
class Network:
    """Who reaches whom."""

    chance: random.Random
    nodes: dict[str, "Node"] = field(default_factory=dict)
    cut: set[tuple[str, str]] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    lossy: float = 0.0
    lies: dict[tuple[str, str], "Lie"] = field(default_factory=dict)
    """By asker and liar: what its next page will be."""
    told: list[Told] = field(default_factory=list)
    carried: int = 0
    lost: int = 0
    crashes: int = 0

    def reach(self, asker: str, asked: str) -> "Node":
        """Return the site that is asked, if the question gets there."""
        if (asker, asked) in self.cut or asked in self.down:
            raise Unreachable("it does not answer")
        if self.chance.random() < self.lossy:
            self.lost += 1
            raise Unreachable("the answer was lost")
        return self.nodes[asked]


class Link:
    """The courier: one site's questions to another, in the bytes of the wire."""

    def __init__(self, network: Network, asker: str, asked: str) -> None:
        self._network, self._asker, self._asked = network, asker, asked

    async def heads(
        self, known: Mapping[str, tuple[int, bytes]], wait: float
    ) -> Sequence[Head]:
        with self._served():
            return await self._heads(known, wait)

    async def page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        with self._served():
            return await self._page(origin, after, hash_)

    async def held(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        with self._served():
            await self._held(heads)

    @contextmanager
    def _served(self) -> Iterator[None]:
        """Let what goes wrong at whoever is asked be no answer for whoever asks."""
        try:
            yield
        except FullDisk as error:
            raise Unreachable("it has no room") from error
        except Crashed as error:
            self._network.crashes += 1
            node = self._network.nodes[self._asked]
            node.database.crash = str
            node.boot()
            raise Unreachable("it went down") from error

    async def _heads(
        self, known: Mapping[str, tuple[int, bytes]], wait: float
    ) -> Sequence[Head]:
        node = self._network.reach(self._asker, self._asked)
        question = wire.asked(wire.packed_question(known, wait)).known
        sites = await node.lending.may_hold(self._asker, await node.shelf.book())
        heads = differing(await node.lending.heads(sites), question)
        self._network.reach(self._asker, self._asked)
        return wire.heads(wire.packed_heads(heads))

    async def _page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        node = self._network.reach(self._asker, self._asked)
        sites = await node.lending.may_hold(self._asker, await node.shelf.book())
        if site_of(origin) not in sites:
            raise Unreachable("it may not be held here")
        answer = await node.lending.page(origin, after, hash_)
        self._network.reach(self._asker, self._asked)
        if isinstance(answer, Forked):
            return Forked(_carried(answer.rows))
        rows = self._lied(origin, tuple(answer))
        self._network.carried += 1
        return _carried(rows)

    def _lied(self, origin: str, rows: tuple[Entry, ...]) -> Sequence[Entry]:
        lie = self._network.lies.get((self._asker, self._asked))
        if lie is None or not rows or (lie.own and site_of(origin) != self._asked):
            return rows
        del self._network.lies[self._asker, self._asked]
        told = tuple(lie.tell(rows))
        if told != rows:
            expected = lie.expected if told else frozenset()
            self._network.told.append(
                Told(self._asker, self._asked, origin, lie.name, expected)
            )
        return told

    async def _held(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        node = self._network.reach(self._asker, self._asked)
        await node.shelf.held(self._asker, wire.held(wire.packed_held(heads)).heads)


def _carried(rows: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return *rows* after they were bytes on the wire."""
    try:
        return wire.rows(wire.packed_rows(rows))
    except wire.NotWire as error:
        raise Unreachable(str(error)) from error
