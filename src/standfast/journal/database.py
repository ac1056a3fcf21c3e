"""Connections to PostgreSQL, and reading typed rows through them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
import msgspec
from msgspec import Struct

from standfast.journal.columns import column_type

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
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What it looks like when the database has gone away. It may come back."""


class _Connection(asyncpg.Connection):
    """A connection that is not cleaned on release: nothing here leaves anything behind.

    The cleaning query costs more than the reads it guards (performance/findings.md).
    """

    def get_reset_query(self) -> str:
        return ""


Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"


async def connect(dsn: str) -> Connection:
    """Return one connection, its search path set as every query here expects."""
    return await asyncpg.connect(
        dsn, server_settings={"search_path": "read, public"}, timeout=5
    )


async def connect_pool(dsn: str, *, size: int) -> Pool:
    """Return a pool of up to *size* connections."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        connection_class=_Connection,
        server_settings={"search_path": "read, public"},
        command_timeout=10,
        timeout=5,
    )


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
    """Reads rows as structs. It cannot write: what changes goes through the journal."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def fetch(self, row: type[SomeRow], sql: str, *values: object) -> list[SomeRow]:
        """Return what *sql* finds; its columns are named as the fields of *row*."""
        convert = _converter(row)
        records = await patiently(lambda: self._pool.fetch(sql, *values))
        return [convert(record) for record in records]

    async def fetch_one(self, row: type[SomeRow], sql: str, *values: object) -> SomeRow | None:
        """Return the first row that *sql* finds, or None."""
        record = await patiently(lambda: self._pool.fetchrow(sql, *values))
        return None if record is None else _converter(row)(record)

    async def fetch_value(self, sql: str, *values: object) -> Any:
        """Return the first column of the first row that *sql* finds, or None."""
        return await patiently(lambda: self._pool.fetchval(sql, *values))


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
        if column_type(field.type) == "jsonb"
    ]
