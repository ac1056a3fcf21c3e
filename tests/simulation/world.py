"""A seeded world: what happens next, where, and what must hold after each step of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from standfast.facts.replication import CutFrom
from standfast.kernel.messages import Refused
from standfast.replication.card import Earlier
from standfast.replication.model import CutPeer, RestorePeer
from tests.replication.world import NOON
from tests.simulation.database import Crashed, Database, FullDisk
from tests.simulation.invariants import Invariants
from tests.simulation.lies import LIES
from tests.simulation.network import Network
from tests.simulation.node import Node
from tests.simulation.work import Staff

NAMES: Final = (
    *("harrowmere", "whitby", "saltmarsh", "kingsmoor", "oakford"),
    *("thornby", "eastmoor", "linwick", "marlow", "pendale"),
)
STEPS: Final = 220
QUIET: Final = 60
"""Rounds after which what is whole again must have come together."""


@dataclass
class Covered:
    """What a run has been through."""

    seed: int
    sites: int = 0
    hostile: str = ""
    steps: int = 0
    did: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    contested: int = 0
    """Streams of which only one can count: a slot given away again before its rows were back."""
    lost_rows: int = 0
    """Of a destroyed site, which nobody else held: the RPO."""

    def line(self) -> str:
        """Return it in one line, to be read."""
        did = " ".join(f"{name} {count}" for name, count in sorted(self.did.items()))
        return (
            f"seed {self.seed}: {self.sites} sites, hostile {self.hostile or 'none'}, "
            f"{self.steps} steps, {self.rows} rows, {self.lost_rows} lost with a site, "
            f"{self.contested} contested; {did}"
        )


class World:
    """Everything in it follows from the seed."""

    def __init__(self, seed: int, *, reuse_epoch: bool = False) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - chance that can be had again
        self.at = NOON + timedelta(days=30)
        self.covered = Covered(seed)
        self.network = Network(self.chance)
        self.reuse_epoch = reuse_epoch
        names = NAMES[: self.chance.choice((3, 3, 4, 4, 5))]
        self.covered.sites = len(names)
        hostile = self.chance.choice((None, names[-1]))
        self.covered.hostile = hostile or ""
        forks = [each for each in LIES if each.name == "fork"]
        self.lies = forks if self.chance.random() < 0.4 else LIES
        for name in names:
            node = Node(name, self.network, self.chance, self.now, skew=timedelta())
            node.hostile = name == hostile
            node.peers = [other for other in names if other != name]
            node.boot()
            self.network.nodes[name] = node
        self.nodes = self.network.nodes
        self.staff = {name: Staff(node, self.chance) for name, node in self.nodes.items()}
        self.invariants = Invariants(self.nodes, self.network)
        self.wiped: set[str] = set()

    def now(self) -> datetime:
        return self.at

    @property
    def honest(self) -> list[Node]:
        return [node for node in self.nodes.values() if not node.hostile]

    async def begin(self) -> None:
        """Every site makes its card and joins every other."""
        for node in self.nodes.values():
            await node.make_card()
            for other in node.peers:
                await node.join(self.nodes[other])

    async def step(self) -> None:
        """Let one thing happen, and look whether all holds."""
        self.at += timedelta(milliseconds=self.chance.choice((0, 0, 5, 900, 30_000)))
        ways = self._ways()
        name = self.chance.choices([*ways], [weight for weight, _ in ways.values()])[0]
        self.covered.did[name] += 1
        self.covered.steps += 1
        await ways[name][1]()
        self.invariants.after_each_step()

    def _ways(self) -> dict[str, tuple[int, Callable[[], Awaitable[None]]]]:
        return {
            "work": (60, self._work),
            "pull": (40, self._pull),
            "pull_two": (6, self._pull_two),
            "partition": (4, self._partition),
            "heal": (4, self._heal),
            "crash": (5, self._crash),
            "skew": (2, self._skew),
            "right_clock": (2, self._right_clock),
            "disk": (4, self._disk),
            "lie": (12, self._lie),
            "note": (4, self._note),
            "restore": (2, self._restore),
            "cut": (1, self._cut),
            "wipe": (1, self._wipe),
            "hours": (1, self._hours),
        }

    def _any(self) -> Node:
        return self.chance.choice([*self.nodes.values()])

    async def _work(self) -> None:
        node = self._any()
        await self._at(node, self.staff[node.name].act)

    async def _at(self, node: Node, act: Callable[[], Awaitable[object]]) -> None:
        """Let *node* do something; where its machine goes down in it, it starts again."""
        try:
            await act()
        except Crashed:
            self.covered.did["went down"] += 1
            self.network.told.clear()
            node.database.crash = str
            node.boot()
        except FullDisk:  # the process of the exchange ends, and is started again
            self.covered.did["no room"] += 1
            self.network.told.clear()
            node.boot()

    async def _pull(self) -> None:
        node = self._any()
        await self._pull_from(node, self.chance.choice(node.peers))

    async def _pull_from(self, node: Node, peer: str) -> None:
        async def ask() -> None:
            await node.shelf.believe(await node.shelf.book())  # as the exchange's process does
            await node.pullers[peer].round()

        await self._at(node, ask)
        self.invariants.after_pull()

    async def _pull_two(self) -> None:
        """Two peers are asked at once, and their answers come in between each other."""
        node = self._any()
        one, other = self.chance.sample(node.peers, 2)
        pullers = node.pullers

        async def both() -> None:
            done = await asyncio.gather(
                pullers[one].round(), pullers[other].round(), return_exceptions=True
            )
            for each in done:
                if isinstance(each, BaseException):
                    raise each

        await self._at(node, both)
        self.invariants.after_pull()

    async def _partition(self) -> None:
        node = self._any()
        others = self.chance.choice((node.peers, [self.chance.choice(node.peers)]))
        self.network.cut |= {(node.name, other) for other in others}
        if self.chance.random() < 0.8:  # or in one direction alone
            self.network.cut |= {(other, node.name) for other in others}

    async def _heal(self) -> None:
        name = self._any().name
        self.network.cut = {pair for pair in self.network.cut if name not in pair}
        self.network.lossy = self.chance.choice((0.0, 0.0, 0.1, 0.3))

    async def _crash(self) -> None:
        """Let the machine go down at its next commit, or at one soon after."""
        left, when = self.chance.randint(0, 4), self.chance.choice(("before", "after"))

        def crash() -> str:
            nonlocal left
            left -= 1
            return when if left < 0 else ""

        self._any().database.crash = crash

    async def _skew(self) -> None:
        node = self._any()
        node.skew = timedelta(seconds=self.chance.choice((-86_400, -600, -60, 60, 600, 86_400)))

    async def _right_clock(self) -> None:
        self._any().skew = timedelta()

    async def _disk(self) -> None:
        """Fill a disk, or have somebody look."""
        full = [node for node in self.nodes.values() if node.database.full]
        for node in full or [self._any()]:
            node.database.full = not full

    async def _lie(self) -> None:
        for node in self.nodes.values():
            if node.hostile:
                lie = self.chance.choice(self.lies)
                self.network.lies[self.chance.choice(node.peers), node.name] = lie

    async def _note(self) -> None:
        node = self._any()
        if not node.database.full:
            await self._at(node, node.note_findings)

    async def _restore(self) -> None:
        node = self._any()
        peer = self.chance.choice(node.peers)
        await self._decide(node, RestorePeer(peer=peer, reason="it was looked at", by="IT"))

    async def _cut(self) -> None:
        """People cut a site off from one of the rows that are here."""
        node = self._any()
        peer = self.chance.choice(node.peers)
        seq = self.chance.randint(1, 40)
        cuts = (CutFrom(origin="", seq=seq),)
        await self._decide(node, CutPeer(peer=peer, cuts=cuts, reason="a drill", by="IT"))

    async def _decide(self, node: Node, command: CutPeer | RestorePeer) -> None:
        async def decide() -> None:
            try:
                await node.decide(command)
            except Refused:
                self.covered.did["refused"] += 1
                return
            if isinstance(command, RestorePeer):
                await self.invariants.after_restoring(node, command.peer)

        if not node.database.full:
            await self._at(node, decide)

    async def _hours(self) -> None:
        self.at += timedelta(hours=self.chance.choice((1, 6, 30)))

    async def _wipe(self) -> None:
        """Destroy a site, and build it anew on an empty disk under a new epoch."""
        node = self.chance.choice(self.honest)
        if node.name in self.wiped:
            return
        self.wiped.add(node.name)
        self.covered.lost_rows += self.invariants.destroyed(node)
        old = node.key.public
        self.staff[node.name].forget()
        node.database = Database()
        if not self.reuse_epoch:
            node.epoch += 1
            node.earlier = (*node.earlier, Earlier(old, None))
        node.number += 1
        self.network.cut = {pair for pair in self.network.cut if node.name not in pair}
        node.boot()
        await node.make_card()
        for other in node.peers:
            peer = self.nodes[other]
            await node.join(peer)
            peer.database.full, peer.database.crash = False, str
            await peer.join(node)

    async def end(self) -> None:
        """Everything is mended; honest sites must come together now."""
        self.network.cut.clear()
        self.network.lies.clear()
        self.network.lossy = 0.0
        for node in self.nodes.values():
            node.database.full, node.database.crash, node.skew = False, str, timedelta()
        self.at += timedelta(days=3)
        for _ in range(3):  # what was decided in a lost epoch may come back meanwhile
            await self._restore_the_honest()
            await self._until_quiet()
        self.covered.rows = len({e.hash for n in self.honest for e in n.database.entries()})
        self.invariants.at_the_end()
        self.covered.contested = self.invariants.contested

    async def _restore_the_honest(self) -> None:
        for node in self.honest:
            for peer in node.peers:
                if not self.nodes[peer].hostile:
                    await self._decide(node, RestorePeer(peer=peer, reason="mended", by="IT"))

    async def _until_quiet(self) -> None:
        for _ in range(QUIET):
            self.at += timedelta(minutes=2)
            before = sum(len(node.database.table("journal")) for node in self.nodes.values())
            for node in self.honest:
                for peer in node.peers:
                    await self._pull_from(node, peer)
            after = sum(len(node.database.table("journal")) for node in self.nodes.values())
            if before == after:
                return


async def run(seed: int, *, steps: int = STEPS, reuse_epoch: bool = False) -> Covered:
    """Run a world from its beginning to its end. Raises ``Broken`` where something does not hold."""
    world = World(seed, reuse_epoch=reuse_epoch)
    await world.begin()
    for _ in range(steps):
        await world.step()
    await world.end()
    return world.covered
