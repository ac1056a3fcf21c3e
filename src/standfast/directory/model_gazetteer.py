"""The gazetteer: where each postcode lies, a sector at a time. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.facts.directory import GazetteerEvent, PlacedPostcode, PostcodesListed
from standfast.kernel.messages import Command, Decider
from standfast.kernel.values import ShortText


class ListPostcodes(Command, frozen=True, kw_only=True):
    """Put a sector's postcodes in the gazetteer, or put right what is known of them."""

    sector: ShortText
    org: ShortText
    postcodes: tuple[PlacedPostcode, ...]
    by: ShortText


class Sector(Struct, frozen=True):
    """What is known of one sector. None: nothing yet."""

    listed: PostcodesListed | None = None


def decide(known: Sector, command: ListPostcodes, now: datetime) -> Sequence[GazetteerEvent]:
    """Record the sector, unless all of it is known already."""
    if known.listed is not None and known.listed.postcodes == command.postcodes:
        return ()
    return (
        PostcodesListed(
            sector=command.sector,
            org=command.org,
            postcodes=command.postcodes,
            listed_at=now,
            by=command.by,
        ),
    )


def evolve(known: Sector, event: GazetteerEvent) -> Sector:
    """Learn one fact: the latest list stands, whatever order they come in."""
    if known.listed is not None and known.listed.listed_at > event.listed_at:
        return known
    return Sector(event)


def as_written(postcode: str) -> str:
    """Return a postcode as the gazetteer has it: ``hm14qt`` is ``HM1 4QT``."""
    letters = "".join(postcode.upper().split())
    return f"{letters[:-3]} {letters[-3:]}"


GAZETTEER: Final[Decider[Sector, ListPostcodes, GazetteerEvent]] = Decider(
    stream="directory.gazetteer",
    sealed=False,
    event_type=GazetteerEvent,
    initial=Sector(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.listed.org if known.listed else "",
)
