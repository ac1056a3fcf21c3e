"""From facts to state to rows: what a stream's history means, and what that changes on disk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from standfast.journal.codec import UnknownFact, decode
from standfast.journal.columns import row_key
from standfast.kernel.messages import Decider, Event
from standfast.kernel.rows import Projection, Row

RowMap = Mapping[tuple[type[Row], tuple[object, ...]], Row]


@dataclass(frozen=True)
class Known:
    """What is known of one stream after ``version`` events, the latest of them at ``hlc``."""

    state: Any
    version: int
    hlc: int
    rows: RowMap
    strangers: bool = False
    """Only other sites have written it: it says nothing to whoever decides something here."""


@dataclass(frozen=True)
class RowChange:
    """What a commit does to read models: rows to write, and rows to take away."""

    written: tuple[Row, ...]
    removed: tuple[Row, ...]


def nothing_known(projection: Projection) -> Known:
    """Return what is known of a stream that has never been written."""
    return Known(projection.decider.initial, version=0, hlc=0, rows={})


def fold(projection: Projection, facts: Iterable[tuple[str, bytes, int]]) -> Known:
    """Return what *facts* (tag, body and hlc of each, in canonical order) come to.

    What nobody can read leaves no trace but its number: a stream of nothing else has no row.
    """
    state, version, hlc, learnt = projection.decider.initial, 0, 0, False
    for tag, body, at in facts:
        event = decode(projection.decider, tag, body)
        if not isinstance(event, UnknownFact):
            state, learnt = projection.decider.evolve(state, event), True
        version, hlc = version + 1, at
    return Known(state, version, hlc, row_map(projection, state) if learnt else {})


def learn(decider: Decider[Any, Any, Any], state: Any, events: Iterable[Event]) -> Any:
    """Return *state* after *events*."""
    for event in events:
        state = decider.evolve(state, event)
    return state


def row_map(projection: Projection, state: Any) -> RowMap:
    """Return the rows that *state* makes, by table and key."""
    return {(type(row), row_key(row)): row for row in projection.rows(state)}


def difference(before: RowMap, after: RowMap) -> RowChange:
    """Return what turns the rows *before* into those *after*."""
    return RowChange(
        written=tuple(row for key, row in after.items() if before.get(key) != row),
        removed=tuple(row for key, row in before.items() if key not in after),
    )


def topics(streams: Iterable[str], changes: Iterable[RowChange]) -> set[tuple[str, str]]:
    """Return whose rows *changes* move, which may be another's, and of which kind of stream."""
    return {
        (str(row_key(row)[0]), stream.partition("/")[0])
        for stream, change in zip(streams, changes, strict=False)
        for row in (*change.written, *change.removed)
    }
