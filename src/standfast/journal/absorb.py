"""Taking in facts that were written elsewhere, in whatever order they arrive.

A stream that they touch is folded again in canonical order and its rows are replaced by the
difference, so that every site that holds the same facts shows the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import asyncpg
import structlog
from msgspec import structs

from standfast.journal.columns import row_key
from standfast.journal.database import Connection
from standfast.journal.entries import Entry
from standfast.journal.folding import Known, RowChange, difference, fold, nothing_known
from standfast.journal.foreign import Belief, LeftOut, Stored, judged, owner_of, site_in
from standfast.journal.sealing import Opener, SealedBodies, Sealing
from standfast.journal.statements import apply_changes, insert_entries
from standfast.kernel.clock import not_ahead
from standfast.kernel.rows import Projection

_log = structlog.get_logger()


@dataclass(frozen=True)
class Taken:
    """How many rows were new, and what moved: organisations and kinds of stream."""

    new: int
    topics: frozenset[tuple[str, str]]


async def absorb(
    connection: Connection,
    projections: Sequence[Projection],
    entries: Sequence[Entry],
    *,
    now: datetime,
    belief: Belief | None = None,
    sealing: Sealing | None = None,
) -> Taken:
    """Add those of *entries* that are not here yet, in one commit; fold what they touch.

    Whoever calls this has proved their chain and signatures (``journal.verify`` does so for
    what is stored). The same entries again change nothing. Raises ClockAhead, and adds none,
    when one of them was written or is said to have happened too far ahead of *now*. *belief*
    says which rows count for something; without one, all do. What is sealed and *sealing* has
    no key for is held, and folds as nothing until the key comes.
    """
    for entry in entries:
        not_ahead(entry.hlc, entry.occurred_at, now)
    async with connection.transaction():
        new = await _not_here_yet(connection, entries)
        streams = sorted({entry.stream for entry in new})
        await _lock(connection, streams)
        work = _Work(connection, projections, belief)
        before = await _stored(connection, sealing, streams)
        if new:
            await insert_entries(connection, new)
        added = await _opened(connection, sealing, [_as_stored(entry) for entry in new])
        return Taken(len(new), await work.refold(before, added))


async def judge_again(
    connection: Connection,
    projections: Sequence[Projection],
    streams: Sequence[str],
    belief: Belief,
    sealing: Sealing | None = None,
) -> frozenset[tuple[str, str]]:
    """Fold *streams* anew after people have cut or restored a site, or a key has come.

    Return what moved.
    """
    async with connection.transaction():
        await _lock(connection, sorted(streams))
        work = _Work(connection, projections, belief)
        return await work.refold(await _stored(connection, sealing, streams), ())


class _Work:
    """One commit's worth of streams, folded before and after."""

    def __init__(
        self,
        connection: Connection,
        projections: Sequence[Projection],
        belief: Belief | None,
    ) -> None:
        self._connection = connection
        self._by_kind = {each.decider.stream: each for each in projections}
        self._belief = belief
        self._topics: set[tuple[str, str]] = set()

    async def refold(
        self, before: Mapping[str, Sequence[Stored]], new: Iterable[Stored]
    ) -> frozenset[tuple[str, str]]:
        """Write the difference that *new* rows, or another belief, make to each stream."""
        added = {
            stream: list(rows)
            for stream, rows in groupby(sorted(new, key=_by_stream), key=_by_stream)
        }
        changes: dict[str, RowChange] = {}
        moved: dict[str, int] = {}
        for stream in sorted({*before, *added}):
            was = before.get(stream, ())
            rows = sorted((*was, *added.get(stream, ())), key=lambda each: each.order)
            out, after = self._understood(stream, rows)
            again = await self._keep_left_out(stream, rows, out)
            moved[stream] = len(added.get(stream, ())) + again
            known = self._fold(stream, [row for row in was if row.left_out is None])
            changes[stream] = difference(known.rows, after.rows)
        await self._apply(changes, before, added)
        await _move(self._connection, moved)
        return frozenset(self._topics)

    def _understood(
        self, stream: str, rows: Sequence[Stored]
    ) -> tuple[dict[tuple[str, int], LeftOut], Known]:
        """Return which rows count for nothing, and what the others come to."""
        out = {} if self._belief is None else judged(rows, self._belief)
        try:
            known = self._fold(stream, [row for row in rows if row.place not in out])
            if self._is_theirs(rows, out, known):
                return out, known
        except Exception as error:
            if self._belief is None:
                raise  # otherwise: another site's words must not stop ours
            _log.warning("absorb.broke", kind=_kind(stream), error=type(error).__name__)
        out |= self._all_foreign(rows, out)
        return out, self._fold(stream, [row for row in rows if row.place not in out])

    def _is_theirs(
        self, rows: Sequence[Stored], out: Mapping[tuple[str, int], LeftOut], known: Known
    ) -> bool:
        """Return whether the rows that a stream makes are of organisations of its own site."""
        if self._belief is None:
            return True
        owner, _ = owner_of(rows, self._belief, out)
        if owner == self._belief.site:
            return True
        may = self._belief.organisations.get(owner, frozenset())
        return all(str(row_key(row)[0]) in may for row in known.rows.values())

    def _all_foreign(
        self, rows: Sequence[Stored], out: Mapping[tuple[str, int], LeftOut]
    ) -> dict[tuple[str, int], LeftOut]:
        assert self._belief is not None  # noqa: S101 - without one nothing is judged
        return {
            row.place: LeftOut.FOLD
            for row in rows
            if site_in(row.origin) != self._belief.site and row.place not in out
        }

    async def _keep_left_out(
        self, stream: str, rows: Sequence[Stored], out: Mapping[tuple[str, int], LeftOut]
    ) -> int:
        """Keep what is left out; return 1 where rows that were here count otherwise now."""
        if self._belief is None:
            return 0
        was = {row.place: row.left_out for row in rows if row.left_out is not None}
        if was == {place: why.value for place, why in out.items()}:
            return 0
        await self._write_left_out(stream, out)
        return 1

    async def _write_left_out(
        self, stream: str, out: Mapping[tuple[str, int], LeftOut]
    ) -> None:
        await self._connection.execute("DELETE FROM journal_left_out WHERE stream = $1", stream)
        await self._connection.executemany(
            "INSERT INTO journal_left_out (origin, seq, stream, why) VALUES ($1, $2, $3, $4)",
            [(origin, seq, stream, why.value) for (origin, seq), why in out.items()],
        )

    async def _apply(
        self,
        changes: Mapping[str, RowChange],
        before: Mapping[str, Sequence[Stored]],
        added: Mapping[str, Sequence[Stored]],
    ) -> None:
        """Write all *changes* together; where a constraint says no, each by itself."""
        try:
            async with self._connection.transaction():
                await apply_changes(self._connection, list(changes.values()))
        except asyncpg.IntegrityConstraintViolationError:
            if self._belief is None:
                raise
            for stream in await self._apply_what_can_be(changes):
                await self._leave_out(stream, before, added)
        for stream, change in changes.items():
            for row in (*change.written, *change.removed):
                self._topics.add((str(row_key(row)[0]), _kind(stream)))

    async def _apply_what_can_be(self, changes: Mapping[str, RowChange]) -> Iterable[str]:
        """Apply each by itself; return the streams that contradict what is there.

        One may give back what another takes, and both have come at once: so again, while it helps.
        """
        left = dict(changes)
        while left:
            again = {s: each for s, each in left.items() if not await self._applied(s, each)}
            if len(again) == len(left):
                break
            left = again
        return left

    async def _leave_out(
        self,
        stream: str,
        before: Mapping[str, Sequence[Stored]],
        added: Mapping[str, Sequence[Stored]],
    ) -> None:
        """Write one stream's rows; what contradicts ours is left out and listed, and no error.

        Rows of our own can, too: they come back from an epoch that was lost, and what was done
        since stands. Both are in the journal, for people to settle.
        """
        assert self._belief is not None  # noqa: S101 - or it was raised
        was, new = before.get(stream, ()), added.get(stream, ())
        rows = sorted((*was, *new), key=lambda each: each.order)
        known = self._fold(stream, [row for row in was if row.left_out is None])
        out = judged(rows, self._belief)
        late = [*new, *(row for row in was if row.left_out == LeftOut.FOLD.value)]
        for left in (self._all_foreign(rows, out), {row.place: LeftOut.FOLD for row in late}):
            out = left | out
            counted = self._fold(stream, [row for row in rows if row.place not in out])
            if await self._applied(stream, difference(known.rows, counted.rows)):
                await self._write_left_out(stream, out)
                return

    async def _applied(self, stream: str, change: RowChange) -> bool:
        """Write *change*, unless a constraint says no."""
        try:
            async with self._connection.transaction():
                await apply_changes(self._connection, [change])
        except asyncpg.IntegrityConstraintViolationError as error:
            _log.warning("absorb.contradicts", kind=_kind(stream), name=error.constraint_name)
            return False
        return True

    def _fold(self, stream: str, rows: Sequence[Stored]) -> Known:
        projection = self._by_kind.get(_kind(stream))
        if projection is None:
            return Known(None, 0, 0, {})
        if not rows:
            return nothing_known(projection)
        return fold(projection, [(row.type, row.body, row.hlc) for row in rows])


def _kind(stream: str) -> str:
    return stream.partition("/")[0]


def _by_stream(row: Stored) -> str:
    return row.stream


def _as_stored(entry: Entry) -> Stored:
    return Stored(
        origin=entry.origin,
        seq=entry.seq,
        stream=entry.stream,
        type=entry.type,
        org=entry.org,
        hlc=entry.hlc,
        body=entry.body,
        key_id=entry.key_id,
    )


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


async def _move(connection: Connection, moved: Mapping[str, int]) -> None:
    """Move versions on, also where only what counts has changed: no worker trusts its memory."""
    await connection.execute(
        """
        UPDATE journal_streams AS known
           SET version = known.version + moved.added
          FROM unnest($1::text[], $2::bigint[]) AS moved (stream, added)
         WHERE known.stream = moved.stream AND moved.added > 0
        """,
        list(moved),
        list(moved.values()),
    )


async def _stored(
    connection: Connection, sealing: Sealing | None, streams: Sequence[str]
) -> dict[str, list[Stored]]:
    rows = await connection.fetch(
        """
          SELECT j.origin, j.seq, j.stream, j.type, j.org, j.hlc, j.body, j.key_id,
                 l.why AS left_out
            FROM journal AS j
            LEFT JOIN journal_left_out AS l ON l.origin = j.origin AND l.seq = j.seq
           WHERE j.stream = ANY ($1::text[])
        ORDER BY j.stream, j.hlc, j.origin, j.seq
        """,
        streams,
    )
    found: dict[str, list[Stored]] = {stream: [] for stream in streams}
    stored = [Stored(**dict(row)) for row in rows]
    for each in await _opened(connection, sealing, stored):
        found[each.stream].append(each)
    return found


async def _opened(
    connection: Connection, sealing: Sealing | None, rows: Sequence[Stored]
) -> list[Stored]:
    """Return *rows* with their bodies as they were written, or empty ones."""
    if all(row.key_id is None for row in rows):
        return list(rows)
    if sealing is None:
        raise SealedBodies("open the site's keys first")
    bodies = await Opener(sealing, connection).bodies(rows)
    return [structs.replace(row, body=body) for row, body in zip(rows, bodies, strict=True)]
