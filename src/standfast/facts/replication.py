"""Which sites exchange their journals: cards, joining, cuts, and who was found to lie. Only grows."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event


class CutFrom(Struct, frozen=True):
    """From which row on an origin counts for nothing; an empty origin: every one of the site."""

    origin: str
    seq: int


class CardMade(Event, frozen=True, kw_only=True, tag="replication.card_made.v1"):
    """This site made itself a card. ``card`` is what travels: content and signature."""

    org: str
    site: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    card: bytes
    made_at: datetime
    by: str


class PeerJoined(Event, frozen=True, kw_only=True, tag="replication.peer_joined.v1"):
    """Two people compared the code of both sites' cards: journals are exchanged from now on."""

    org: str
    site: str
    peer: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    card: bytes
    code: str
    joined_at: datetime
    by: str


class PeerCardTaken(Event, frozen=True, kw_only=True, tag="replication.peer_card_taken.v1"):
    """A newer card of a peer took the place of its last: another address, an organisation more."""

    org: str
    site: str
    peer: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    card: bytes
    taken_at: datetime


class PeerCut(Event, frozen=True, kw_only=True, tag="replication.peer_cut.v1"):
    """From these rows on, what a site says counts for nothing here."""

    org: str
    site: str
    peer: str
    cuts: tuple[CutFrom, ...]
    reason: str
    cut_at: datetime
    by: str


class PeerRestored(Event, frozen=True, kw_only=True, tag="replication.peer_restored.v1"):
    """A cut is undone, and what was stopped is asked for again."""

    org: str
    site: str
    peer: str
    reason: str
    restored_at: datetime
    by: str


class PeerStopped(Event, frozen=True, kw_only=True, tag="replication.peer_stopped.v1"):
    """A peer handed over rows that do not prove: nothing more of that origin is taken from it."""

    org: str
    site: str
    peer: str
    origin: str
    seq: int
    why: str
    stopped_at: datetime


class ForkFound(Event, frozen=True, kw_only=True, tag="replication.fork_found.v1"):
    """Two signed histories of one origin: both rows, as they travel. ``peer`` served the other."""

    org: str
    site: str
    peer: str
    origin: str
    seq: int
    ours: bytes
    theirs: bytes
    found_at: datetime


ReplicationEvent: TypeAlias = (
    CardMade | PeerJoined | PeerCardTaken | PeerCut | PeerRestored | PeerStopped | ForkFound
)
