"""What is written down before a record is shown, and of every search. Pure.

A stream is one record at one organisation for one day, or one member of staff's searches of a
day: small, and seldom written by two at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.access.asking import Act
from standfast.facts.access import (
    PeopleFound,
    RecordEvent,
    RecordOpened,
    RecordRefused,
    SearchEvent,
)
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider

AGAIN: Final = timedelta(minutes=15)
"""Whoever opens the same record for the same reason within so long has opened it once."""

ONCE_AN_HOUR: Final = timedelta(hours=1)
"""However often one session asks for a record that it is refused: it is written down once."""

LINK: Final = "link"
"""The act of saying that a call is about this person."""


EACH_ITS_OWN: Final = (LINK, Act.ENTER)
"""Every link, and each time that somebody reads how to get in, is an entry of its own."""


class NoteOpening(Command, frozen=True, kw_only=True):
    """Write down that somebody opens a record."""

    opened: RecordOpened


class NoteRefusal(Command, frozen=True, kw_only=True):
    """Write down that somebody was not shown a record."""

    refused: RecordRefused


RecordCommand: TypeAlias = NoteOpening | NoteRefusal


class Openings(Struct, frozen=True, kw_only=True):
    """Who opened one record on one day, and who was refused it."""

    entries: tuple[RecordOpened, ...] = ()
    refusals: tuple[RecordRefused, ...] = ()
    latest: RecordEvent | None = None

    @property
    def record(self) -> str:
        """Under whose data key the latest is sealed."""
        match self.latest:
            case RecordOpened(opened_at=at) | RecordRefused(refused_at=at):
                return entries_of(at)
            case _:
                return ""


def entries_of(at: datetime) -> str:
    """Return whose data key seals who opened what at *at*: a month's, of an organisation.

    They name ids and no patient, and outlive the record that they are about.
    """
    return f"access {at:%Y-%m}"


def record_key(org: str, kind: str, record_id: str, at: datetime) -> str:
    """Return the key of the stream that holds who opened a record on the day of *at*."""
    return child_id(record_id, f"access/{org}/{kind}/{at.date().isoformat()}")


def decide_opening(
    known: Openings, command: RecordCommand, now: datetime
) -> Sequence[RecordEvent]:
    """Write it down, unless the same session did a short while ago."""
    match command:
        case NoteOpening():
            again = any(_is_again(each, command.opened, now) for each in known.entries)
            return () if again else (command.opened,)
        case NoteRefusal():
            told = any(_is_told(each, command.refused, now) for each in known.refusals)
            return () if told else (command.refused,)
        case _:
            assert_never(command)


def _is_told(before: RecordRefused, refused: RecordRefused, now: datetime) -> bool:
    same = (before.staff_id, before.session_id) == (refused.staff_id, refused.session_id)
    return same and now - before.refused_at < ONCE_AN_HOUR


def _is_again(before: RecordOpened, opened: RecordOpened, now: datetime) -> bool:
    return (
        ticket_of(before) == ticket_of(opened) and timedelta() <= now - before.opened_at < AGAIN
    )


def ticket_of(opened: RecordOpened) -> tuple[str, ...]:
    """Return what makes two openings the same."""
    return (
        opened.staff_id,
        opened.session_id,
        opened.record_kind,
        opened.record_id,
        opened.person_id,
        opened.basis,
        opened.glass_id,
        opened.purpose.value,
        opened.proof_id,
        opened.act if opened.act == Act.PRESCRIBE else "",  # signing has an entry of its own
        opened.entry_id if opened.act in EACH_ITS_OWN else "",
        opened.part,
    )


def evolve_opening(known: Openings, event: RecordEvent) -> Openings:
    """Learn one opening, or one refusal."""
    if isinstance(event, RecordRefused):
        return structs.replace(known, refusals=(*known.refusals, event), latest=event)
    return structs.replace(known, entries=(*known.entries, event), latest=event)


class NoteSearch(Command, frozen=True, kw_only=True):
    """Write down whom a search showed."""

    found: PeopleFound


class Searches(Struct, frozen=True, kw_only=True):
    """What one member of staff's searches showed on one day."""

    entries: tuple[PeopleFound, ...] = ()


def search_key(staff_id: str, at: datetime) -> str:
    """Return the key of the stream that holds somebody's searches on the day of *at*."""
    return child_id(staff_id, f"access/searches/{at.date().isoformat()}")


def decide_search(known: Searches, command: NoteSearch, now: datetime) -> Sequence[SearchEvent]:
    """Write it down, unless the same session was just shown all of them in the same place."""
    found = command.found
    for each in known.entries:
        same = each.session_id == found.session_id and each.place == found.place
        if same and now - each.found_at < AGAIN and set(found.shown) <= set(each.shown):
            return ()
    return (found,)


def evolve_search(known: Searches, event: SearchEvent) -> Searches:
    """Learn one search."""
    return structs.replace(known, entries=(*known.entries, event))


RECORD: Final[Decider[Openings, RecordCommand, RecordEvent]] = Decider(
    stream="access.record",
    event_type=RecordEvent,
    initial=Openings(),
    decide=decide_opening,
    evolve=evolve_opening,
    org=lambda known: known.latest.org if known.latest else "",
    record=lambda known: known.record,
    subject=lambda known: (known.latest.person_id or None) if known.latest else None,
    presence=True,
)
SEARCH: Final[Decider[Searches, NoteSearch, SearchEvent]] = Decider(
    stream="access.search",
    event_type=SearchEvent,
    initial=Searches(),
    decide=decide_search,
    evolve=evolve_search,
    org=lambda known: known.entries[-1].org if known.entries else "",
    record=lambda known: entries_of(known.entries[-1].found_at) if known.entries else "",
    presence=True,
)
