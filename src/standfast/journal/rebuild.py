"""Dropping every read model and making it again from the journal, and proving it is the same."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from standfast.journal.columns import as_json, plan
from standfast.journal.database import Connection
from standfast.journal.folding import fold
from standfast.journal.sealing import Sealing, opened_facts
from standfast.kernel.rows import Projection, Row

_CHUNK: Final = 5_000


async def rebuild(
    owner: Connection,
    projections: Sequence[Projection],
    *,
    sealing: Sealing | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Empty every read model and fill it from the journal, in one transaction.

    *owner* is a connection of the tables' owner. Readers see the old rows until it commits;
    writers wait. What *sealing* has no key for makes no row; without *sealing* nothing is done
    to a journal that has anything sealed: SealedBodies.
    Returns how many events were folded.
    """
    async with owner.transaction():
        return await _refill(owner, projections, sealing, progress)


async def check(
    owner: Connection,
    projections: Sequence[Projection],
    *,
    sealing: Sealing | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, tuple[str, str]]:
    """Return each table's hash as it stands and as a rebuild makes it; change nothing."""
    attempt = owner.transaction(isolation="repeatable_read")
    await attempt.start()
    try:
        before = await table_hashes(owner, projections)
        await _refill(owner, projections, sealing, progress)
        after = await table_hashes(owner, projections)
    finally:
        await attempt.rollback()
    return {table: (before[table], after[table]) for table in before}


async def table_hashes(
    connection: Connection, projections: Sequence[Projection]
) -> dict[str, str]:
    """Return a hash of every read model's rows, whatever order they lie in."""
    return {
        table: str(
            await connection.fetchval(
                "SELECT coalesce(encode(sha256(convert_to("  # noqa: S608 - tables of ours
                "string_agg(line, E'\\n' ORDER BY line), 'UTF8')), 'hex'), 'empty') "
                f"FROM (SELECT {table}::text AS line FROM {table}) AS lines"
            )
        )
        for table in sorted({row.TABLE for each in projections for row in each.tables})
    }


async def _refill(
    owner: Connection,
    projections: Sequence[Projection],
    sealing: Sealing | None,
    progress: Callable[[int], None],
) -> int:
    tables = sorted({row.TABLE for each in projections for row in each.tables})
    await owner.execute("LOCK TABLE journal_streams IN EXCLUSIVE MODE")
    for name in tables:  # not TRUNCATE: that would lock every reader out until the end
        await owner.execute(f"DELETE FROM {name}")  # noqa: S608 - our own tables
    by_kind = {each.decider.stream: each for each in projections}
    waiting: dict[type[Row], list[Row]] = {}
    versions: list[tuple[str, int]] = []
    folded = 0
    async for stream, facts in _streams(owner, sealing):
        projection = by_kind.get(stream.partition("/")[0])
        versions.append((stream, len(facts)))
        folded += len(facts)
        if projection is not None:
            for (table, _), row in fold(projection, facts).rows.items():
                waiting.setdefault(table, []).append(row)
        if len(versions) >= _CHUNK:
            await _flush(owner, waiting, versions)
            progress(folded)
    await _flush(owner, waiting, versions)
    await owner.execute(f"ANALYZE {', '.join(tables)}, journal_streams")  # or plans are guesses
    progress(folded)
    return folded


async def _streams(
    owner: Connection, sealing: Sealing | None
) -> AsyncIterator[tuple[str, list[tuple[str, bytes, int]]]]:
    """Yield each stream with its facts in canonical order."""
    held_stream = ""
    held: list[tuple[str, bytes, int]] = []
    cursor = await owner.cursor(
        """
          SELECT stream, type, body, hlc, origin, seq, org, key_id
            FROM journal_facts
        ORDER BY stream, hlc, origin, seq
        """
    )
    while rows := await cursor.fetch(_CHUNK):
        facts = await opened_facts(sealing, owner, rows)
        for row, fact in zip(rows, facts, strict=True):
            if row["stream"] != held_stream:
                if held:
                    yield held_stream, held
                held_stream, held = row["stream"], []
            held.append(fact)
    if held:
        yield held_stream, held


async def _flush(
    owner: Connection, waiting: dict[type[Row], list[Row]], versions: list[tuple[str, int]]
) -> None:
    for table, rows in waiting.items():
        await owner.execute(plan(table).insert, as_json(rows))
    await owner.execute(
        """
        INSERT INTO journal_streams AS known (stream, version)
        SELECT * FROM unnest($1::text[], $2::bigint[])
            ON CONFLICT (stream) DO UPDATE
           SET version = greatest(known.version, excluded.version)
        """,
        [stream for stream, _ in versions],
        [version for _, version in versions],
    )
    waiting.clear()
    versions.clear()
