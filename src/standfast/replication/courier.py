"""What the pullers are given: somebody to ask, somewhere to put things, the time. Interfaces.

The product has HTTPS, PostgreSQL and the machine's clock behind them; tests and the simulation
have a seeded network, memory and a clock of their own, and run the same pullers and proofs.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from standfast.journal.entries import Entry
from standfast.replication.card import SiteCard
from standfast.replication.proving import Proved, Standing, Wrong


class Head(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The newest signed row of an origin, as a peer says."""

    origin: str
    seq: int
    hash: bytes
    sig: bytes


class Forked(Struct, frozen=True):
    """The answer to a row that is not there: theirs of the same number, to the next signed."""

    rows: tuple[Entry, ...]


class Fork(Struct, frozen=True, kw_only=True):
    """Two rows of one number, both covered by signatures of their origin's key."""

    origin: str
    seq: int
    peer: str
    ours: Entry
    theirs: tuple[Entry, ...]


class Unreachable(Exception):
    """The peer did not answer, not in time, or not as it should. Says how, in words."""


class Book(Struct, frozen=True, kw_only=True):
    """What people have decided about sites, and what was found out since.

    ``cuts`` holds, by site or by origin, the first row that counts for nothing here.
    """

    own: SiteCard
    peers: Mapping[str, SiteCard]
    cuts: Mapping[str, int]
    stopped: frozenset[tuple[str, str]]
    """Peer and origin: nothing more of that origin is taken from that peer."""
    forked: frozenset[str]
    """Origins of which nothing is taken from anybody."""
    cut_off: frozenset[str] = frozenset()
    """Peers that are cut as a whole: neither asked nor answered."""

    def card_of(self, site: str | None) -> SiteCard | None:
        """Return the accepted card of *site*, our own too."""
        if site == self.own.site:
            return self.own
        return None if site is None else self.peers.get(site)

    def cut_at(self, origin: str, site: str) -> int | None:
        """Return the first row of *origin* that is not taken; None: all are."""
        found = [self.cuts[each] for each in (origin, site) if each in self.cuts]
        return min(found, default=None)


class Courier(Protocol):
    """Asks one peer."""

    async def heads(
        self, known: Mapping[str, tuple[int, bytes]], wait: float
    ) -> Sequence[Head]:
        """Return the heads that are not *known*, at once or when one moves, within *wait*.

        Raises :class:`Unreachable`.
        """
        ...

    async def page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        """Return the rows of *origin* that come *after* the one of that hash.

        Raises :class:`Unreachable`.
        """
        ...

    async def held(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Tell the peer what has been proved and put on disk here. Raises :class:`Unreachable`."""
        ...


class Shelf(Protocol):
    """What is here, and where proved pages go."""

    async def book(self) -> Book:
        """Return what is decided and known about sites now."""
        ...

    async def standing(self) -> Mapping[str, Standing]:
        """Return how far every origin has come here, by its newest signed row."""
        ...

    async def row(self, origin: str, seq: int) -> Entry | None:
        """Return one row that is here."""
        ...

    async def take(self, page: Proved) -> int:
        """Put *page* on disk, with all that follows from it; return how many rows were new."""
        ...

    async def name(self, peer: str, wrong: Wrong) -> None:
        """Keep that *peer* handed this over: it is stopped for the origin, unless a clock is off."""
        ...

    async def fork(self, found: Fork) -> None:
        """Keep the two histories; nothing more of the origin is taken."""
        ...

    async def told(self, peer: str, heads: Collection[Head]) -> None:
        """Keep that *peer* has answered, and what it has."""
        ...

    async def failed(self, peer: str, how: str) -> None:
        """Keep that *peer* could not be asked, in words."""
        ...


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        ...
