"""Connections to PostgreSQL, and reading typed rows through them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
import msgspec
from msgspec import Struct

from standfast.journal.columns import is_structured
from standfast.journal.sealing import Opener, SealedBodies, SealedFact
from standfast.journal.tenant import NotEntitled, nobody
from standfast.observability.figures import LENT
from standfast.observability.tracing import span

SomeRow = TypeVar("SomeRow", bound=Struct)
SomeResult = TypeVar("SomeResult")

PAUSES: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts to read from a database that was cut off."""

_NATIVE: Final = (datetime, date, bytes)

CONNECTION_LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # cut off in the middle of something
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # a full disk, no connection left
    asyncpg.QueryCanceledError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What it looks like when the database has gone away. It may come back."""


Connection: TypeAlias = "asyncpg.Connection[Any]"

READ_SECONDS: Final = 10
"""No read that a page waits for may take longer."""


class Pool:
    """Up to *size* connections to read through, each lent for one query, the latest first.

    Nothing here leaves anything behind on a connection but whose rows it reads (*tenant*, a
    token of ``journal.tenancy``), so none is cleaned; the driver's own pool spends more on
    each query than the query costs. One that failed is thrown away.
    """

    def __init__(self, dsn: str, *, size: int) -> None:
        self._dsn = dsn
        self._turns = asyncio.Semaphore(size)
        self._idle: list[tuple[str, Connection]] = []
        self._lent: set[Connection] = set()

    async def fetch(self, sql: str, *values: object, tenant: str = "") -> list[Any]:
        """Return every record that *sql* finds."""
        return await self._lend(tenant, lambda connection: connection.fetch(sql, *values))

    async def fetchrow(self, sql: str, *values: object, tenant: str = "") -> Any:
        """Return the first record that *sql* finds, or None."""
        return await self._lend(tenant, lambda connection: connection.fetchrow(sql, *values))

    async def fetchval(self, sql: str, *values: object, tenant: str = "") -> Any:
        """Return the first column of the first record that *sql* finds, or None."""
        return await self._lend(tenant, lambda connection: connection.fetchval(sql, *values))

    def terminate(self) -> None:
        """Cut every connection."""
        for connection in (*(each for _, each in self._idle), *self._lent):
            connection.terminate()

    async def _lend(
        self, tenant: str, use: Callable[[Connection], Awaitable[SomeResult]]
    ) -> SomeResult:
        async with self._turns:
            told, connection = self._take(tenant) or ("", await self._connect())
            self._lent.add(connection)
            LENT.inc()
            try:
                if told != tenant:
                    await _enter(connection, tenant)
                result = await use(connection)
            except BaseException:  # also when whoever asked has gone away in the middle
                connection.terminate()
                raise
            else:
                self._idle.append((tenant, connection))
                return result
            finally:
                LENT.dec()
                self._lent.discard(connection)

    def _take(self, tenant: str) -> tuple[str, Connection] | None:
        """Take the latest idle connection, one that reads for *tenant* already if there is."""
        for number in range(len(self._idle) - 1, -1, -1):
            if self._idle[number][0] == tenant:
                return self._idle.pop(number)
        return self._idle.pop() if self._idle else None

    async def _connect(self) -> Connection:
        return await connect(self._dsn, command_timeout=READ_SECONDS)


async def _enter(connection: Connection, tenant: str) -> None:
    """Tell *connection* whose rows it reads. One journey, and seldom."""
    org = await connection.fetchval("SELECT tenancy.enter($1)", tenant)
    if tenant and org is None:
        raise NotEntitled


async def connect(dsn: str, *, command_timeout: float | None = None) -> Connection:
    """Return one connection, its search path set as every query here expects."""
    return await asyncpg.connect(
        dsn,
        server_settings={"search_path": "read, public"},
        timeout=5,
        command_timeout=command_timeout,
    )


async def connect_pool(dsn: str, *, size: int) -> Pool:
    """Return a pool of up to *size* connections, of which one has been tried."""
    pool = Pool(dsn, size=size)
    await pool.fetchval("SELECT 1")
    return pool


async def patiently(read: Callable[[], Awaitable[SomeResult]]) -> SomeResult:
    """Return what *read* returns, read again while connections are found to be cut.

    A pool learns of a restarted server one connection at a time; each failed attempt takes
    one of the dead away. What is lost for longer is said so within a second or two.
    """
    for pause in PAUSES:
        try:
            return await read()
        except TimeoutError:
            raise
        except CONNECTION_LOST:
            await asyncio.sleep(pause)
    return await read()


class Reader:
    """Reads rows as structs. It cannot write: what changes goes through the journal.

    *tenant* says, for each query anew, whose rows it reads; without one, as the role may.
    """

    def __init__(
        self,
        pool: Pool,
        tenant: Callable[[], str] = nobody,
        opener: Opener | None = None,
    ) -> None:
        """Read through *pool*. Without an *opener*, asking for a sealed fact is an error."""
        self._pool = pool
        self._tenant = tenant
        self._opener = opener

    @property
    def opener(self) -> Opener:
        """What opens facts and files. Raises :class:`SealedBodies` where there are no keys."""
        if self._opener is None:
            raise SealedBodies("this reader has no keys")
        return self._opener

    async def opened(self, facts: Sequence[SealedFact]) -> list[bytes]:
        """Return the bodies of *facts*, those that are sealed opened; empty: it cannot be."""
        if self._opener is not None:
            return await self._opener.bodies(facts)
        if any(each.key_id for each in facts):
            raise SealedBodies("this reader has no keys")
        return [each.body for each in facts]

    async def fetch(self, row: type[SomeRow], sql: str, *values: object) -> list[SomeRow]:
        """Return what *sql* finds; its columns are named as the fields of *row*."""
        convert, tenant = _converter(row), self._tenant()
        with span("query"):
            records = await patiently(lambda: self._pool.fetch(sql, *values, tenant=tenant))
        return [convert(record) for record in records]

    async def fetch_one(self, row: type[SomeRow], sql: str, *values: object) -> SomeRow | None:
        """Return the first row that *sql* finds, or None."""
        tenant = self._tenant()
        with span("query"):
            record = await patiently(lambda: self._pool.fetchrow(sql, *values, tenant=tenant))
        return None if record is None else _converter(row)(record)

    async def fetch_value(self, sql: str, *values: object) -> Any:
        """Return the first column of the first row that *sql* finds, or None."""
        tenant = self._tenant()
        with span("query"):
            return await patiently(lambda: self._pool.fetchval(sql, *values, tenant=tenant))


def listed(texts: Sequence[str]) -> str:
    """Return *texts* for ``json_array_elements_text``.

    For an array PostgreSQL makes a query's plan anew each time, since it sees how long it is;
    where a page asks often, that costs more than the query.
    """
    return msgspec.json.encode(texts).decode()


@cache
def _converter(row: type[SomeRow]) -> Any:
    """Return a function that makes a *row* of a record; JSON columns become their types."""
    structured = _structured_fields(row)

    def convert(record: Mapping[str, object]) -> SomeRow:
        values = dict(record.items())
        for name, decoder in structured:
            if values.get(name) is not None:
                values[name] = decoder.decode(values[name])  # type: ignore[arg-type]
        return msgspec.convert(values, row, builtin_types=_NATIVE)

    return convert


def _structured_fields(row: type[Struct]) -> list[tuple[str, msgspec.json.Decoder[Any]]]:
    return [
        (field.encode_name, msgspec.json.Decoder(field.type))
        for field in msgspec.structs.fields(row)
        if is_structured(field.type)
    ]
