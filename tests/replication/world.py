"""Three sites in memory, with real keys, chains and signatures, and couriers that can lie.

Nothing waits and nothing is random: a test asks one puller for one round at a time.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from standfast.journal.entries import GENESIS, Entry, digest
from standfast.journal.keys import SiteKey
from standfast.kernel.clock import Hlc
from standfast.replication import wire
from standfast.replication.card import (
    Earlier,
    SignedCard,
    SiteCard,
    signed_card,
    site_of,
    stamp,
)
from standfast.replication.courier import Book, Fork, Forked, Head, Unreachable
from standfast.replication.proving import NOBODY_LIES, Proved, Standing, Wrong
from standfast.replication.pulling import Puller, Turns
from standfast.vault.authority import certificate_of, new_authority

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@cache
def authority(site: str) -> bytes:
    """Return the DER certificate of a site's own authority."""
    pem = certificate_of(new_authority(site, NOON))
    return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


@cache
def key_of(site: str, which: int = 0) -> SiteKey:
    """Return a site's signing key: the same in every test, so that failures can be repeated."""
    return SiteKey(
        Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(f"{site} {which}".encode()).digest()
        )
    )


def card_of(
    site: str,
    *,
    number: int = 1,
    epoch: int = 1,
    key: SiteKey | None = None,
    earlier: tuple[Earlier, ...] = (),
    organisations: tuple[str, ...] = (),
    addresses: tuple[str, ...] = ("127.0.0.1:8412",),
) -> SignedCard:
    signing = key or key_of(site)
    card = SiteCard(
        site=site,
        epoch=epoch,
        number=number,
        made_at=stamp(NOON),
        signing=signing.public,
        earlier=earlier,
        sealing=bytes(32),
        authority=authority(site),
        addresses=addresses,
        organisations=organisations or (f"{site}-care",),
    )
    return signed_card(card, signing.sign)


class StillClock:
    """Stands until it is moved; whoever sleeps is woken at once."""

    def __init__(self) -> None:
        self.at = NOON + timedelta(hours=1)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Writes:
    """One origin's chain, as its own site writes it."""

    def __init__(self, origin: str, org: str, key: SiteKey) -> None:
        self.origin, self.org, self.key = origin, org, key
        self.rows: list[Entry] = []
        self._hlc = Hlc()

    def write(
        self,
        count: int = 1,
        *,
        at: datetime = NOON,
        org: str = "",
        stream: str = "",
        fact: tuple[str, bytes] = ("calls.note_added.v1", b'{"type":"calls.note_added.v1"}'),
    ) -> list[Entry]:
        """Write one commit of *count* rows."""
        made: list[Entry] = []
        for _ in range(count):
            before = [*self.rows, *made]
            entry = Entry(
                origin=self.origin,
                seq=len(before) + 1,
                stream=stream or f"calls.case/{self.origin}-{len(before) // 3}",
                type=fact[0],
                subject=None,
                org=org or self.org,
                actor="amira.khan",
                hlc=self._hlc.tick(at),
                occurred_at=at,
                recorded_at=at,
                key_id=None,
                body=fact[1],
                prev=before[-1].hash if before else GENESIS,
                hash=b"",
                sig=None,
            )
            made.append(msgspec.structs.replace(entry, hash=digest(entry)))
        made[-1] = msgspec.structs.replace(made[-1], sig=self.key.sign(made[-1].hash))
        self.rows.extend(made)
        return made


def again(rows: Sequence[Entry], key: SiteKey, first: int = 0) -> list[Entry]:
    """Return *rows* chained and signed anew from the place *first*: what a thief of a key can do."""
    done = list(rows[:first])
    for entry in rows[first:]:
        prev = done[-1].hash if done else GENESIS
        fresh = msgspec.structs.replace(entry, prev=prev, hash=b"", sig=None)
        hash_ = digest(fresh)
        sig = key.sign(hash_) if entry.sig is not None else None
        done.append(msgspec.structs.replace(fresh, hash=hash_, sig=sig))
    return done


class MemoryShelf:
    """What one site has, in memory."""

    def __init__(self, own: SignedCard) -> None:
        self.own = own
        self.peers: dict[str, SignedCard] = {}
        self.rows: dict[str, list[Entry]] = {}
        self.keys: dict[str, bytes] = {}
        self.cuts: dict[str, int] = {}
        self.wrong: list[tuple[str, Wrong]] = []
        self.forks: list[Fork] = []
        self.trouble: dict[str, str] = {}
        self.heads_told: dict[str, tuple[Head, ...]] = {}
        self.takes = 0

    async def book(self) -> Book:
        return Book(
            own=self.own.card,
            peers={name: each.card for name, each in self.peers.items()},
            cuts=self.cuts,
            stopped=frozenset(
                (peer, wrong.origin)
                for peer, wrong in self.wrong
                if wrong.why not in NOBODY_LIES
            ),
            forked=frozenset(fork.origin for fork in self.forks),
        )

    async def standing(self) -> Mapping[str, Standing]:
        found = {}
        for origin, rows in self.rows.items():
            signed = [row for row in rows if row.sig is not None]
            if signed:
                newest = signed[-1]
                found[origin] = Standing(
                    seq=newest.seq, hash=newest.hash, hlc=newest.hlc, key=self.keys.get(origin)
                )
        return found

    async def row(self, origin: str, seq: int) -> Entry | None:
        rows = self.rows.get(origin, [])
        return rows[seq - 1] if 0 < seq <= len(rows) else None

    async def take(self, page: Proved) -> int:
        rows = self.rows.setdefault(page.origin, [])
        new = [entry for entry in page.entries if entry.seq > len(rows)]
        assert all(entry.seq == len(rows) + n for n, entry in enumerate(new, start=1))
        rows.extend(new)
        self.keys.setdefault(page.origin, page.key)
        self.takes += 1
        return len(new)

    async def name(self, peer: str, wrong: Wrong) -> None:
        self.wrong.append((peer, wrong))

    async def fork(self, found: Fork) -> None:
        self.forks.append(found)

    async def told(self, peer: str, heads: Collection[Head]) -> None:
        self.trouble.pop(peer, None)
        self.heads_told[peer] = tuple(heads)

    async def failed(self, peer: str, how: str) -> None:
        self.trouble[peer] = how

    def heads(self) -> list[Head]:
        return [
            Head(origin, row.seq, row.hash, row.sig or b"")
            for origin, rows in self.rows.items()
            for row in [next(each for each in reversed(rows) if each.sig is not None)]
        ]

    def folded(self) -> list[tuple[int, str, int]]:
        """Return the order in which all that is here is folded."""
        return sorted(entry.order for rows in self.rows.values() for entry in rows)


Lie = Callable[[list[Entry]], Sequence[Entry]]


@dataclass
class MemoryCourier:
    """Asks the shelf of another site, through the wire's own encoding. It may lie, or be down."""

    asked: MemoryShelf
    lie: Lie | None = None
    down: bool = False
    page_rows: int = 7
    calls: int = 0
    said_held: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    async def heads(
        self, known: Mapping[str, tuple[int, bytes]], wait: float
    ) -> Sequence[Head]:
        self.calls += 1
        if self.down:
            raise Unreachable("it does not answer")
        question = wire.asked(wire.packed_question(known, wait)).known
        differing = [
            head
            for head in self.asked.heads()
            if head.origin not in question
            or head.seq > question[head.origin][0]
            or (head.seq == question[head.origin][0] and head.hash != question[head.origin][1])
        ]
        return wire.heads(wire.packed_heads(differing))

    async def page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        if self.down:
            raise Unreachable("it does not answer")
        rows = self.asked.rows[origin]
        if after and rows[after - 1].hash != hash_:
            signed = next(n for n, row in enumerate(rows[after - 1 :]) if row.sig is not None)
            return Forked(tuple(rows[after - 1 : after + signed]))
        sent = list(rows[after:][: self.page_rows])
        while sent and sent[-1].sig is None and after + len(sent) < len(rows):
            sent.append(rows[after + len(sent)])
        return wire.rows(wire.packed_rows(self.lie(sent) if self.lie else sent))

    async def held(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        self.said_held = dict(wire.held(wire.packed_held(heads)).heads)


class World:
    """Sites that know each other, each with its own shelf, chain and pullers."""

    def __init__(self, *names: str) -> None:
        self.clock = StillClock()
        self.writes = {n: Writes(f"{n}.1.0", f"{n}-care", key_of(n)) for n in names}
        self.shelves = {name: MemoryShelf(card_of(name)) for name in names}
        self.couriers: dict[tuple[str, str], MemoryCourier] = {}
        self.pullers: dict[tuple[str, str], Puller] = {}
        for name, shelf in self.shelves.items():
            turns = Turns()
            shelf.rows[f"{name}.1.0"] = self.writes[name].rows
            shelf.keys[f"{name}.1.0"] = key_of(name).public
            for other in names:
                if other != name:
                    shelf.peers[other] = self.shelves[other].own
                    courier = MemoryCourier(self.shelves[other])
                    self.couriers[name, other] = courier
                    self.pullers[name, other] = Puller(
                        other, courier, shelf, self.clock, turns=turns, random=lambda: 0.5
                    )
        for name in names:
            self.writes[name].write(2)

    async def round(self, name: str, other: str) -> float:
        """Let *name* ask *other* once."""
        return await self.pullers[name, other].round()

    async def settle(self, rounds: int = 3) -> None:
        """Let everybody ask everybody, a few times."""
        for _ in range(rounds):
            for pair in self.pullers:
                await self.round(*pair)

    def holds(self, name: str, site: str) -> int:
        """Return how many rows of *site* are at *name*."""
        return sum(
            len(rows)
            for origin, rows in self.shelves[name].rows.items()
            if site_of(origin) == site
        )
