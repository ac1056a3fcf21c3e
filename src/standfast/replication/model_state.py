"""What is known of a site's exchange after any history of it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.replication import (
    CardMade,
    ForkFound,
    PeerCardTaken,
    PeerCut,
    PeerJoined,
    PeerRestored,
    PeerStopped,
    ReplicationEvent,
)


class Peer(Struct, frozen=True, kw_only=True):
    """What is decided and known of one other site."""

    site: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    card: bytes
    joined_at: datetime
    joined_by: str
    code: str
    cut: PeerCut | None = None
    restored_at: datetime | None = None
    stopped: Mapping[str, PeerStopped] = {}
    """By origin, since it was last restored."""


class Exchange(Struct, frozen=True, kw_only=True):
    """What is known of this site's exchange."""

    own: CardMade | None = None
    peers: Mapping[str, Peer] = {}
    forks: Mapping[str, ForkFound] = {}
    """By origin; gone once people have restored its site."""

    @property
    def org(self) -> str:
        return self.own.org if self.own else ""


def evolve(  # noqa: PLR0911 - one for each fact
    known: Exchange, event: ReplicationEvent
) -> Exchange:
    """Return what is known after *event*, whatever came before it."""
    match event:
        case CardMade():
            newer = known.own is None or event.number >= known.own.number
            return replace(known, own=event if newer else known.own)
        case PeerJoined():
            return _with(known, _joined(known, event))
        case PeerCardTaken():
            return _with(known, _renewed(known.peers.get(event.peer), event))
        case PeerCut():
            peer = known.peers.get(event.peer)
            return _with(known, peer and replace(peer, cut=event))
        case PeerRestored():
            return _restored(known, event)
        case PeerStopped():
            peer = known.peers.get(event.peer)
            return _with(
                known, peer and replace(peer, stopped={**peer.stopped, event.origin: event})
            )
        case ForkFound():
            return replace(known, forks={**known.forks, event.origin: event})
        case _:
            assert_never(event)


def forks_of(known: Exchange, site: str) -> list[ForkFound]:
    """Return the forks of a site's origins that people have not settled."""
    return [fork for origin, fork in known.forks.items() if origin.partition(".")[0] == site]


def _with(known: Exchange, peer: Peer | None) -> Exchange:
    return known if peer is None else replace(known, peers={**known.peers, peer.site: peer})


def _joined(known: Exchange, event: PeerJoined) -> Peer:
    """Return the peer by its newest card: an older one may be folded later, by a wrong clock."""
    before = known.peers.get(event.peer)
    if before is not None and event.number < before.number:
        return before
    joined = Peer(
        site=event.peer,
        number=event.number,
        epoch=event.epoch,
        addresses=event.addresses,
        organisations=event.organisations,
        card=event.card,
        joined_at=event.joined_at,
        joined_by=event.by,
        code=event.code,
    )
    if before is None:
        return joined
    return replace(
        joined, cut=before.cut, restored_at=before.restored_at, stopped=before.stopped
    )


def _renewed(peer: Peer | None, event: PeerCardTaken) -> Peer | None:
    if peer is None or event.number < peer.number:
        return peer
    return replace(
        peer,
        number=event.number,
        epoch=event.epoch,
        addresses=event.addresses,
        organisations=event.organisations,
        card=event.card,
    )


def _restored(known: Exchange, event: PeerRestored) -> Exchange:
    peer = known.peers.get(event.peer)
    settled = {fork.origin for fork in forks_of(known, event.peer)}
    left = {origin: fork for origin, fork in known.forks.items() if origin not in settled}
    restored = peer and replace(peer, cut=None, stopped={}, restored_at=event.restored_at)
    return _with(replace(known, forks=left), restored)
