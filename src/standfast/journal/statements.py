"""What is put on disk by the owner: entries from elsewhere, and the rows that follow from them.

The program's own commits take one journey: ``journal.appending``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from standfast.journal.appending import TYPES
from standfast.journal.columns import as_json, plan, puts, row_key
from standfast.journal.database import Connection
from standfast.journal.entries import COLUMNS, Entry
from standfast.journal.folding import RowChange
from standfast.kernel.rows import Row


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

_INSERT_ENTRIES: Final = (
    f"INSERT INTO journal ({', '.join(COLUMNS)}) SELECT * FROM unnest("  # noqa: S608
    + ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(TYPES, start=1))
    + ")"
)
