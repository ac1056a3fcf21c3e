"""The peers on screen, and the timer that makes facts of what the exchange finds."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.kernel.messages import Refused
from standfast.replication import pages_peers
from standfast.replication.card import NoCard, read_card
from standfast.replication.details import details_of
from standfast.replication.model import (
    EXCHANGE,
    RecordFork,
    RecordStopped,
    ReplicationCommand,
    TakeCard,
)
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.platform import Platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

ACTOR: Final = "exchange"
"""Who has done it, where nobody has."""


class Found(Struct, frozen=True, kw_only=True):
    """Something that the exchange's process has found and no fact says yet."""

    what: str
    peer: str
    origin: str
    seq: int
    why: str
    number: int
    ours: bytes | None
    theirs: bytes | None
    at: datetime


async def note_findings(here: Platform, _now: datetime) -> None:
    """Make facts of what the exchange has found: who was stopped, forks, newer cards."""
    found = await here.all_orgs.fetch(Found, "SELECT * FROM tenancy.exchange_found()")
    for each in found:
        command = _command(each)
        if command is not None:
            with suppress(Refused):  # a peer that is none any more
                await here.journal.execute(
                    EXCHANGE, here.settings.site, command, actor=ACTOR, now=here.clock()
                )
        await here.all_orgs.fetch_value(
            "SELECT tenancy.exchange_noted($1, $2, $3)", each.what, each.peer, each.origin
        )


def _command(found: Found) -> ReplicationCommand | None:
    match found.what:
        case "wrong":
            return RecordStopped(
                peer=found.peer,
                origin=found.origin,
                seq=found.seq,
                why=found.why,
                at=found.at,
            )
        case "fork":
            return RecordFork(
                peer=found.peer,
                origin=found.origin,
                seq=found.seq,
                ours=found.ours or b"",
                theirs=found.theirs or b"",
                at=found.at,
            )
        case _:
            try:
                return TakeCard(details=details_of(read_card(found.ours or b"")))
            except NoCard:
                return None


PAGES: Final[tuple[Page, ...]] = pages_peers.PAGES
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/replication/peers", label="Peers", icon="home", needs=pages_peers.READ, order=94
    ),
)
TIMERS: Final[tuple[Timer, ...]] = (Timer("exchange findings", 2.0, note_findings),)
