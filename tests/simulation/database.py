"""One site's disk: the statements of the journal, the shelf and the lending, without PostgreSQL.

The product's own classes run on it. A statement that it does not know is an error, so that it
cannot fall behind the product unseen. A transaction is on disk whole or not at all; what tears
one is the machine going down (:class:`Crashed`) or no room (:class:`FullDisk`).
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from standfast.journal.entries import Entry
from tests.simulation import statements

Table = dict[Any, Any]
Undo = list[tuple[Table, Any, Any]]
_GONE = object()


class Crashed(BaseException):
    """The machine went down in the middle of this. No code of the product sees it."""


class FullDisk(asyncpg.DiskFullError):
    """There is no room."""


class Database:
    """What lies on a site's disk. It outlives every process of the site, and dies with a wipe."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.read: dict[str, Table] = {}
        self.places: Table = {}
        """By stream: where its rows are, in the order in which they came."""
        self.tails: Table = {}
        """By origin: its last row."""
        self.full = False
        self.crash: Callable[[], str] = str
        """Asked at each commit: "before", "after", or "" for no crash."""
        self.commits = 0
        self._undo: Undo | None = None
        self._last: Undo = []

    late = False
    """A planted fault: a commit is answered before it is on disk."""
    torn = False
    """A planted fault: of a commit that did not come through, all but the journal stays."""

    def table(self, name: str) -> Table:
        return self.tables.setdefault(name, {})

    def put(self, table: Table, key: Any, value: Any) -> None:
        """Write one row, in the transaction that is open."""
        assert self._undo is not None, "nothing is written outside a transaction"
        self._undo.append((table, key, table.get(key, _GONE)))
        table[key] = value

    def take(self, table: Table, key: Any) -> None:
        assert self._undo is not None, "nothing is written outside a transaction"
        if key in table:
            self._undo.append((table, key, table.pop(key)))

    def add_entry(self, entry: Entry) -> None:
        """Insert a row of the journal. Its place is unique."""
        place = (entry.origin, entry.seq)
        if place in self.table("journal"):
            raise asyncpg.UniqueViolationError(f"journal_pkey {place}")
        self.put(self.table("journal"), place, entry)
        self.put(self.places, entry.stream, (*self.places.get(entry.stream, ()), place))
        newest = self.tails.get(entry.origin, 0)
        self.put(self.tails, entry.origin, max(newest, entry.seq))

    def entry(self, place: tuple[str, int]) -> Entry:
        found: Entry = self.table("journal")[place]
        return found

    def chain(self, origin: str, first: int = 1) -> list[Entry]:
        """Return the rows of *origin* from *first* on, as far as they are here."""
        rows = self.table("journal")
        places = ((origin, seq) for seq in range(first, self.tails.get(origin, 0) + 1))
        return [rows[place] for place in places if place in rows]

    def signed(self, origin: str) -> Entry | None:
        """Return the newest signed row of *origin*."""
        rows = self.table("journal")
        for seq in range(self.tails.get(origin, 0), 0, -1):
            entry: Entry | None = rows.get((origin, seq))
            if entry is not None and entry.sig is not None:
                return entry
        return None

    def origins(self) -> list[str]:
        return sorted(self.table("journal_origins"))

    def stream(self, stream: str) -> list[Entry]:
        """Return the rows of *stream* in canonical order."""
        rows = [self.entry(place) for place in self.places.get(stream, ())]
        return sorted(rows, key=lambda entry: entry.order)

    def entries(self) -> Iterable[Entry]:
        found: Iterable[Entry] = self.table("journal").values()
        return found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Begin a transaction, or a savepoint in one."""
        outer = self._undo
        self._undo = []
        try:
            yield
            if outer is None:
                self._commit()
        except BaseException as error:
            if not (isinstance(error, Crashed) and "after" in error.args):
                crashed = isinstance(error, Crashed) and self.torn
                self._back(self._journal_of(self._undo) if crashed else self._undo)
            self._undo = outer
            raise
        if outer is not None:
            outer.extend(self._undo)
        self._undo = outer

    def _commit(self) -> None:
        if not self._undo:
            return
        self.commits += 1
        if self.full:
            raise FullDisk("no room")
        when = self.crash()
        if when and self.late:
            self._back(self._last)
        self._last = self._undo
        if when:
            raise Crashed(when)

    def _journal_of(self, undo: Undo) -> Undo:
        return [each for each in undo if each[0] is self.table("journal")]

    def _back(self, undo: Undo) -> None:
        for table, key, before in reversed(undo):
            if before is _GONE:
                table.pop(key, None)
            else:
                table[key] = before

    def put_rows(self, sql: str, values: Sequence[str]) -> None:
        """Write rows of read models, each table's as JSON, as the product hands them over."""
        for name, rows in zip(re.findall(r"put_(\w+)\(", sql), values, strict=True):
            keys, unique = statements.keys_of(name), statements.unique_of(name)
            kept = self.read.setdefault(name, {})
            for row in msgspec.json.decode(rows):
                key = tuple(str(row[each]) for each in keys)
                self.put(kept, key, row)
                self._unique(name, unique, key, row)

    def _unique(
        self, name: str, unique: Mapping[str, tuple[str, ...]], key: Any, row: Mapping[str, Any]
    ) -> None:
        for constraint, columns in unique.items():
            said = tuple(row[each] for each in columns)
            held = self.table(f"index/{name}/{constraint}")
            other = held.get(said)
            there = None if other is None else self.read[name].get(other)
            same = there is not None and tuple(there[each] for each in columns) == said
            if None in said:
                continue
            if same and other != key:
                error = asyncpg.UniqueViolationError(constraint)
                error.constraint_name = constraint
                raise error
            self.put(held, said, key)

    def take_rows(self, sql: str, values: Sequence[Sequence[str]]) -> None:
        name = re.findall(r"take_(\w+)\(", sql)[0]
        for key in zip(*values, strict=True):
            self.take(self.read.setdefault(name, {}), tuple(map(str, key)))


class Record(dict[str, Any]):
    """A row as the driver hands it over: by name, and in order."""

    def __iter__(self) -> Any:
        return iter(self.values())


class Connection:
    """What the product holds as a connection to PostgreSQL, and as a pool of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self) -> Any:
        return self._database.transaction()

    async def execute(self, sql: str, *values: Any) -> str:
        async with self._database.transaction():
            statements.statement(sql)(self._database, sql, values)
        return ""

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        async with self._database.transaction():
            for values in rows:
                statements.statement(sql)(self._database, sql, values)

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        found = statements.statement(sql)(self._database, sql, values)
        return [Record(row) if isinstance(row, dict) else row for row in found]

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        return next(iter(await self.fetch(sql, *values)), None)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        row = await self.fetchrow(sql, *values)
        return None if row is None else next(iter(row.values()))
