"""What is left of a record whose keys were destroyed: that it was there, and why it went. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from standfast.facts.records import ErasureEvent, MarkedForDestruction, RecordErased
from standfast.kernel.messages import Command, Decider


class Refusal(StrEnum):
    """Why the keys of a record were not destroyed."""

    NOT_DESTROYED = "not_destroyed"


class SealedUnder(Struct, frozen=True, kw_only=True):
    """The data keys of a record, and what lies under them."""

    keys: tuple[str, ...]
    records: tuple[str, ...]
    left: tuple[str, ...] = ()
    facts: int
    in_clear: int = 0
    """Facts of an older version, which were never sealed: no key's end makes them unreadable."""


class NoteErasure(Command, frozen=True, kw_only=True):
    """Leave word of a record whose keys go with this commit."""

    erased: RecordErased


class Erasure(Struct, frozen=True):
    """What was said of one record's end, in order.

    A peer may have put words here about keys that are not its own: nothing is decided by them.
    """

    words: tuple[RecordErased, ...] = ()

    @property
    def erased(self) -> RecordErased | None:
        """What is left of it, by the latest word. None: nothing was erased."""
        return self.words[-1] if self.words else None


def left_of(
    sealed: SealedUnder,
    marked: MarkedForDestruction,
    *,
    kind: str,
    rule: str,
    due_on: date,
    by: str,
    by_name: str,
    now: datetime,
) -> RecordErased:
    """Return what is left of the record that was *marked*, once its keys are gone."""
    return RecordErased(
        org=marked.org,
        record_id=marked.record_id,
        kind=kind,
        keys=sealed.keys,
        records=sealed.records,
        left=sealed.left,
        facts=sealed.facts,
        rule_id=marked.rule_id,
        schedule_version=marked.schedule_version,
        due_on=due_on,
        marked_by=marked.by_name,
        marked_at=marked.decided_at,
        by=by,
        by_name=by_name,
        erased_at=now,
        rule=rule,
    )


def decide(known: Erasure, command: NoteErasure, _: datetime) -> Sequence[ErasureEvent]:
    """Note it once. Another word stands in no way of ours: keys go by what this one names."""
    return () if command.erased in known.words else (command.erased,)


def evolve(known: Erasure, event: ErasureEvent) -> Erasure:
    """Learn it."""
    return Erasure((*known.words, event))


ERASURE: Final[Decider[Erasure, NoteErasure, ErasureEvent]] = Decider(
    stream="records.erasure",
    sealed=False,
    event_type=ErasureEvent,
    initial=Erasure(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.erased.org if known.erased else "",
)
