"""Who this site exchanges with, as people have decided it. Pure.

What a card is, and whether it proves, is known in ``card.py``: commands bring what it says.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct

from standfast.facts.replication import (
    CardMade,
    CutFrom,
    ForkFound,
    PeerCardTaken,
    PeerCut,
    PeerJoined,
    PeerRestored,
    PeerStopped,
    ReplicationEvent,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText
from standfast.replication.model_state import Exchange, Peer, evolve, forks_of


class Refusal(StrEnum):
    """Why something about other sites is not done."""

    NO_CARD_YET = "no_card_yet"
    OURSELVES = "ourselves"
    OLDER_CARD = "older_card"
    CLAIMED = "claimed"
    NOT_A_PEER = "not_a_peer"
    NOTHING_TO_RESTORE = "nothing_to_restore"


class Details(Struct, frozen=True, kw_only=True):
    """What a card says, read and proved, and the card itself as it travels."""

    site: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    card: bytes


class MakeCard(Command, frozen=True, kw_only=True):
    """Keep this site's own card."""

    org: str
    details: Details
    by: str


class JoinPeer(Command, frozen=True, kw_only=True):
    """Exchange with the site of this card, whose code two people have compared."""

    details: Details
    code: str
    by: str


class TakeCard(Command, frozen=True, kw_only=True):
    """Let a peer's newer card take the place of its last."""

    details: Details


class CutPeer(Command, frozen=True, kw_only=True):
    """Let nothing of a site count from these rows on."""

    peer: str
    cuts: tuple[CutFrom, ...]
    reason: ShortText
    by: str


class RestorePeer(Command, frozen=True, kw_only=True):
    """Undo what was cut, and ask again for what was stopped."""

    peer: str
    reason: ShortText
    by: str


class RecordStopped(Command, frozen=True, kw_only=True):
    """Record that a peer handed over what does not prove."""

    peer: str
    origin: str
    seq: int
    why: str
    at: datetime


class RecordFork(Command, frozen=True, kw_only=True):
    """Record two histories of one origin."""

    peer: str
    origin: str
    seq: int
    ours: bytes
    theirs: bytes
    at: datetime


ReplicationCommand: TypeAlias = (
    MakeCard | JoinPeer | TakeCard | CutPeer | RestorePeer | RecordStopped | RecordFork
)


def decide(  # noqa: PLR0911 - one for each command
    known: Exchange, command: ReplicationCommand, now: datetime
) -> Sequence[ReplicationEvent]:
    """Return what *command* leads to. What is so already leads to nothing."""
    match command:
        case MakeCard():
            return _make(known, command, now)
        case JoinPeer():
            return _join(known, command, now)
        case TakeCard():
            return _take(known, command, now)
        case CutPeer():
            return _cut(known, command, now)
        case RestorePeer():
            return _restore(known, command, now)
        case RecordStopped():
            return _stopped(known, command)
        case RecordFork():
            return _forked(known, command)
        case _:
            assert_never(command)


def _own(known: Exchange) -> CardMade:
    if known.own is None:
        raise Refused(Refusal.NO_CARD_YET)
    return known.own


def _peer(known: Exchange, site: str) -> Peer:
    if site not in known.peers:
        raise Refused(Refusal.NOT_A_PEER, peer=site)
    return known.peers[site]


def _make(known: Exchange, command: MakeCard, now: datetime) -> Sequence[ReplicationEvent]:
    made = command.details
    if known.own is not None and known.own.card == made.card:
        return ()
    if known.own is not None and made.number <= known.own.number:
        raise Refused(Refusal.OLDER_CARD, peer=made.site)
    return (
        CardMade(
            org=command.org,
            site=made.site,
            number=made.number,
            epoch=made.epoch,
            addresses=made.addresses,
            organisations=made.organisations,
            card=made.card,
            made_at=now,
            by=command.by,
        ),
    )


def _join(known: Exchange, command: JoinPeer, now: datetime) -> Sequence[ReplicationEvent]:
    own, card = _own(known), command.details
    if card.site == own.site:
        raise Refused(Refusal.OURSELVES)
    before = known.peers.get(card.site)
    if before is not None and before.card == card.card:
        return ()
    if before is not None and card.number <= before.number:
        raise Refused(Refusal.OLDER_CARD, peer=card.site)
    _unclaimed(known, own, card)
    return (
        PeerJoined(
            org=own.org,
            site=own.site,
            peer=card.site,
            number=card.number,
            epoch=card.epoch,
            addresses=card.addresses,
            organisations=card.organisations,
            card=card.card,
            code=command.code,
            joined_at=now,
            by=command.by,
        ),
    )


def _unclaimed(known: Exchange, own: CardMade, card: Details) -> None:
    """Refuse a card with an organisation of ours or of another peer's: it could speak for them."""
    theirs = {own.site: own.organisations} | {
        name: peer.organisations for name, peer in known.peers.items() if name != card.site
    }
    for site, organisations in theirs.items():
        claimed = sorted({*organisations} & {*card.organisations})
        if claimed:
            raise Refused(Refusal.CLAIMED, peer=card.site, orgs=", ".join(claimed), whose=site)


def _take(known: Exchange, command: TakeCard, now: datetime) -> Sequence[ReplicationEvent]:
    own, card = _own(known), command.details
    if card.number <= _peer(known, card.site).number:
        return ()
    _unclaimed(known, own, card)
    return (
        PeerCardTaken(
            org=own.org,
            site=own.site,
            peer=card.site,
            number=card.number,
            epoch=card.epoch,
            addresses=card.addresses,
            organisations=card.organisations,
            card=card.card,
            taken_at=now,
        ),
    )


def _cut(known: Exchange, command: CutPeer, now: datetime) -> Sequence[ReplicationEvent]:
    own, peer = _own(known), _peer(known, command.peer)
    if peer.cut is not None and peer.cut.cuts == command.cuts:
        return ()
    return (
        PeerCut(
            org=own.org,
            site=own.site,
            peer=command.peer,
            cuts=command.cuts,
            reason=command.reason,
            cut_at=now,
            by=command.by,
        ),
    )


def _restore(
    known: Exchange, command: RestorePeer, now: datetime
) -> Sequence[ReplicationEvent]:
    own, peer = _own(known), _peer(known, command.peer)
    if peer.cut is None and not peer.stopped and not forks_of(known, command.peer):
        raise Refused(Refusal.NOTHING_TO_RESTORE, peer=command.peer)
    return (
        PeerRestored(
            org=own.org,
            site=own.site,
            peer=command.peer,
            reason=command.reason,
            restored_at=now,
            by=command.by,
        ),
    )


def _stopped(known: Exchange, command: RecordStopped) -> Sequence[ReplicationEvent]:
    own, peer = _own(known), _peer(known, command.peer)
    before = peer.stopped.get(command.origin)
    if before is not None and (before.seq, before.why) == (command.seq, command.why):
        return ()
    return (
        PeerStopped(
            org=own.org,
            site=own.site,
            peer=command.peer,
            origin=command.origin,
            seq=command.seq,
            why=command.why,
            stopped_at=command.at,
        ),
    )


def _forked(known: Exchange, command: RecordFork) -> Sequence[ReplicationEvent]:
    own = _own(known)
    if command.origin in known.forks:
        return ()
    return (
        ForkFound(
            org=own.org,
            site=own.site,
            peer=command.peer,
            origin=command.origin,
            seq=command.seq,
            ours=command.ours,
            theirs=command.theirs,
            found_at=command.at,
        ),
    )


EXCHANGE: Final = Decider[Exchange, ReplicationCommand, ReplicationEvent](
    stream="replication.site",
    sealed=False,
    event_type=ReplicationEvent,
    initial=Exchange(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.org,
)
"""The stream of one site: its own card, and what it has decided of all others."""
