"""What the exchange says to people: a sentence for each refusal, fact and fault."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

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
from standfast.replication.model import Refusal
from standfast.replication.proving import Why

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.NO_CARD_YET: (
        "This site has no card yet. Say at the terminal: standfast site init"
    ),
    Refusal.OURSELVES: "That is this site itself. Give the address of the other one.",
    Refusal.OLDER_CARD: (
        "A newer card of {peer} is known here. Ask its IT officer to make a new one and join again."
    ),
    Refusal.CLAIMED: (
        "The card of {peer} says that it writes records of {orgs}, which are those of {whose}. "
        "Nothing is changed. Ask both IT officers whose they are: one of the cards is wrong."
    ),
    Refusal.NOT_A_PEER: "{peer} is no peer of this site. Choose one of the list.",
    Refusal.NOTHING_TO_RESTORE: (
        "Nothing of {peer} is cut or stopped. Check the list: somebody may have been first."
    ),
}

FAULTS: Final[Mapping[str, str]] = {
    Why.NOT_THEIRS: "it sent rows of another origin, or of an epoch that its card does not know",
    Why.WRONG_KEY: "rows are signed with a key that is not in the site's card",
    Why.GAP: "a row is missing or stands twice",
    Why.BROKEN_LINK: "a row does not follow the one before it",
    Why.CHANGED: "a row is not what was signed: somebody has changed it",
    Why.BAD_SIGNATURE: "a signature is not the site's",
    Why.UNSIGNED: "rows came without a signature",
    Why.BACKWARDS: "a row's clock runs backwards",
    Why.AFTER_ITS_END: "rows are signed with a key that had been retired",
    Why.MALFORMED: "a row is not made as rows are",
    Why.WRONG_ORG: "rows are of an organisation that is not that site's",
    Why.AHEAD: "its clock has been minutes ahead for an hour",
    Why.SET_BACK: (
        "it holds rows of our own that we have not: this site was restored without a new epoch"
    ),
    "fork": "there are two histories of it, both signed with its key",
}
"""What is wrong with what a peer handed over, after "with"."""


def describe(event: ReplicationEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case CardMade():
            return f"This site made card {event.number}"
        case PeerStopped():
            return (
                f"{event.peer or 'A peer'} was stopped at row {event.seq} of "
                f"{event.origin or 'an origin'}: {fault(event.why)}"
            )
        case ForkFound():
            return (
                f"Two histories of {event.origin or 'an origin'} were found at row {event.seq}"
            )
        case _:
            return _of_a_peer(event, event.peer or "A site")


def _of_a_peer(event: PeerJoined | PeerCardTaken | PeerCut | PeerRestored, peer: str) -> str:
    match event:
        case PeerJoined():
            return f"{peer} joined: journals are exchanged with it"
        case PeerCardTaken():
            return f"Card {event.number} of {peer} took the place of its last"
        case PeerCut():
            return f"{peer} was cut off: {event.reason or 'no reason'}"
        case PeerRestored():
            return f"{peer} was restored: {event.reason or 'no reason'}"
        case _:
            assert_never(event)


def fault(why: str) -> str:
    """Return what is wrong, in words."""
    return FAULTS.get(why, "it does not prove")


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {"replication.site": describe}
"""By kind of stream: one plain sentence for each of its events."""
