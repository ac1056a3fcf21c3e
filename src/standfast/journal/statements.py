"""What a commit puts on disk: entries, how far their streams have come, and rows.

Every statement is a journey to the database and back, which costs more than the rows in it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from standfast.journal.columns import as_json, plan, puts, row_key
from standfast.journal.database import Connection
from standfast.journal.entries import COLUMNS, Entry
from standfast.journal.folding import RowChange
from standfast.journal.sealing import NewKeys
from standfast.kernel.rows import Row


async def write_entries(
    connection: Connection, entries: Sequence[Entry], new_keys: NewKeys | None
) -> dict[str, int]:
    """Insert *entries* and move their streams on; return the version of each before.

    *new_keys* are added with them: None where nothing of this is sealed.
    """
    added = Counter(entry.stream for entry in entries)
    streams = sorted(added)
    moved = await connection.fetch(
        _MOVE_AND_INSERT if new_keys is None else _SEALED_MOVE_AND_INSERT,
        *zip(*map(_columns, entries), strict=True),
        streams,
        [added[stream] for stream in streams],
        *(() if new_keys is None else _keys_of(entries, new_keys)),
    )
    return {stream: version - added[stream] for stream, version in moved}


def _keys_of(entries: Sequence[Entry], new: NewKeys) -> tuple[object, ...]:
    used = {entry.key_id for entry in entries if entry.key_id} - {*new.ids}
    at = entries[0].recorded_at
    return new.ids, new.orgs, new.records, new.wrapped_by, new.wrapped, at, sorted(used)


async def insert_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Insert *entries* as they are."""
    await connection.execute(_INSERT_ENTRIES, *zip(*map(_columns, entries), strict=True))


async def apply_changes(connection: Connection, changes: Sequence[RowChange]) -> None:
    """Write and remove rows: one statement for each table and kind of change."""
    removed: dict[type[Row], list[Row]] = defaultdict(list)
    written: dict[type[Row], list[Row]] = defaultdict(list)
    for change in changes:
        for row in change.removed:
            removed[type(row)].append(row)
        for row in change.written:
            written[type(row)].append(row)
    for table, rows in sorted(removed.items(), key=_by_table):
        await connection.execute(plan(table).take, *zip(*map(row_key, rows), strict=True))
    for group in _by_context(written):
        await connection.execute(puts(group), *(as_json(written[table]) for table in group))


def _by_context(tables: Iterable[type[Row]]) -> Iterator[tuple[type[Row], ...]]:
    """Yield the *tables* of one context together: few statements, and few that differ."""
    ordered = sorted(tables, key=lambda table: table.TABLE)
    for _, group in groupby(ordered, key=lambda table: table.TABLE.partition("_")[0]):
        yield tuple(group)


def _by_table(item: tuple[type[Row], list[Row]]) -> str:
    return item[0].TABLE


_columns: Final = attrgetter(*COLUMNS)

_TYPES: Final = (
    "text", "bigint", "text", "text", "text", "text", "text", "bigint",
    "timestamptz", "timestamptz", "text", "bytea", "bytea", "bytea", "bytea",
)  # fmt: skip

_INSERT_ENTRIES: Final = (
    f"INSERT INTO journal ({', '.join(COLUMNS)}) SELECT * FROM unnest("  # noqa: S608
    + ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, start=1))
    + ")"
)

_MOVE_AND_INSERT: Final = f"""
WITH written AS ({_INSERT_ENTRIES})
SELECT stream, version
  FROM tenancy.streams_moved(${len(_TYPES) + 1}::text[], ${len(_TYPES) + 2}::bigint[])
"""  # noqa: S608 - our own names
"""Entries go in after their streams are locked: PostgreSQL runs what is not asked for last."""

_KEYS_USED: Final = ", ".join(
    f"${len(_TYPES) + 2 + number}::{kind}"
    for number, kind in enumerate(
        ("text[]", "text[]", "text[]", "text[]", "bytea[]", "timestamptz", "text[]"), start=1
    )
)

_SEALED_MOVE_AND_INSERT: Final = (
    f"{_MOVE_AND_INSERT.rstrip()},\n       tenancy.keys_used({_KEYS_USED})"
)
