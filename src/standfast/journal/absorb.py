"""Taking in facts that were written elsewhere, in whatever order they arrive.

A stream that they touch is folded again in canonical order and its rows are replaced by the
difference, so that every site that holds the same facts shows the same rows.
"""

from collections.abc import Sequence
from datetime import datetime

from standfast.journal.database import Connection
from standfast.journal.entries import Entry
from standfast.journal.folding import difference, fold
from standfast.journal.statements import apply_changes, insert_entries
from standfast.kernel.clock import not_ahead
from standfast.kernel.rows import Projection


async def absorb(
    connection: Connection,
    projections: Sequence[Projection],
    entries: Sequence[Entry],
    *,
    now: datetime,
) -> int:
    """Add those of *entries* that are not here yet; return how many that was.

    Whoever calls this has proved their chain and signatures (``journal.verify`` does so for
    what is stored). The same entries again change nothing. Raises ClockAhead, and adds none,
    when one of them was written or is said to have happened too far ahead of *now*.
    """
    for entry in entries:
        not_ahead(entry.hlc, entry.occurred_at, now)
    by_kind = {each.decider.stream: each for each in projections}
    async with connection.transaction():
        new = await _not_here_yet(connection, entries)
        touched = sorted({entry.stream for entry in new})
        await _lock(connection, touched)
        before = {stream: await _facts(connection, stream) for stream in touched}
        if new:
            await insert_entries(connection, new)
        for stream in touched:
            projection = by_kind.get(stream.partition("/")[0])
            after = await _facts(connection, stream)
            if projection is not None:
                was, is_ = fold(projection, before[stream]), fold(projection, after)
                await apply_changes(connection, [difference(was.rows, is_.rows)])
            await connection.execute(
                "UPDATE journal_streams SET version = $2 WHERE stream = $1", stream, len(after)
            )
    return len(new)


async def _not_here_yet(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    known = await connection.fetch(
        """
        SELECT origin, seq
          FROM journal
         WHERE (origin, seq) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
        """,
        [entry.origin for entry in entries],
        [entry.seq for entry in entries],
    )
    here = {(origin, seq) for origin, seq in known}
    once = {(entry.origin, entry.seq): entry for entry in entries}
    return [entry for place, entry in once.items() if place not in here]


async def _lock(connection: Connection, streams: Sequence[str]) -> None:
    """Hold the streams' versions, so that no local append comes between."""
    await connection.execute(
        """
        INSERT INTO journal_streams AS known (stream, version)
        SELECT stream, 0 FROM unnest($1::text[]) AS stream
            ON CONFLICT (stream) DO UPDATE SET version = known.version
        """,
        streams,
    )


async def _facts(connection: Connection, stream: str) -> list[tuple[str, bytes, int]]:
    rows = await connection.fetch(
        """
          SELECT type, body, hlc
            FROM journal
           WHERE stream = $1
        ORDER BY hlc, origin, seq
        """,
        stream,
    )
    return [(tag, body, hlc) for tag, body, hlc in rows]
