"""What a row holds is what its table holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from typing import Annotated, ClassVar

import asyncpg
import msgspec
import pytest
from msgspec import Meta, Struct

from standfast.journal.columns import functions_of, plan, row_key
from standfast.journal.database import Reader, connect_pool
from standfast.journal.folding import RowChange
from standfast.journal.schema import APP_ROLE
from standfast.journal.statements import apply_changes
from standfast.kernel.rows import Row
from tests.support.database import Database


class Colour(StrEnum):
    RED = "red"


class Size(Enum):
    LARGE = "large"


class Inside(Struct, frozen=True):
    words: tuple[str, ...]
    at: datetime


class EveryKind(Row, frozen=True, kw_only=True):
    TABLE: ClassVar[str] = "test_every_kind"
    KEY: ClassVar[tuple[str, ...]] = ("org", "key")

    org: str
    key: str
    words: Annotated[str, Meta(max_length=100)]
    count: int
    share: float
    sure: bool
    day: date
    at: datetime
    colour: Colour
    size: Size
    inside: Inside
    many: tuple[Inside, ...]
    nothing: datetime | None
    empty: Inside | None


class WithBytes(Row, frozen=True, kw_only=True):
    TABLE: ClassVar[str] = "test_bytes"
    KEY: ClassVar[tuple[str, ...]] = ("org",)

    org: str
    body: bytes | None


SCHEMA = """
CREATE TABLE test_every_kind (
    org text NOT NULL, key text NOT NULL, words text NOT NULL, count bigint NOT NULL,
    share double precision NOT NULL, sure boolean NOT NULL, day date NOT NULL,
    at timestamptz NOT NULL, colour text NOT NULL, size text NOT NULL, inside jsonb NOT NULL,
    many jsonb NOT NULL, nothing timestamptz, empty jsonb, PRIMARY KEY (org, key)
)
"""
AT = datetime(2026, 11, 22, 12, 0, 0, 123457, tzinfo=UTC)
ODD = "\u00e9\u2028\U0001f9d1 \\ \" ' %s {} null\t\r\n"
INSIDE = Inside(words=(ODD, ""), at=AT)


def rows() -> Iterator[EveryKind]:
    """Yield two rows of extremes."""
    for key, count, share in (("a", 2**63 - 1, 0.1 + 0.2), ("b", -(2**63), 1e-300)):
        yield EveryKind(
            org="shop", key=key, words=ODD, count=count, share=share, sure=key == "a",
            day=date(1903, 2, 28), at=AT, colour=Colour.RED, size=Size.LARGE, inside=INSIDE,
            many=(INSIDE, INSIDE), nothing=None, empty=None,
        )  # fmt: skip


async def test_every_kind_of_value_is_read_back_as_it_was_written(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute(SCHEMA + ";" + functions_of(EveryKind, app=APP_ROLE))
    await apply_changes(owner, [RowChange(written=tuple(rows()), removed=())])
    changed = msgspec.structs.replace(next(rows()), words="new", nothing=AT, empty=INSIDE)
    await apply_changes(owner, [RowChange(written=(changed,), removed=())])
    found = await _all(database)
    assert found == [changed, list(rows())[1]]
    await apply_changes(owner, [RowChange(written=(), removed=(changed,))])
    await owner.close()
    assert [row_key(row) for row in await _all(database)] == [("shop", "b")]


def test_bytes_are_refused_before_they_are_lost() -> None:
    with pytest.raises(TypeError, match="WithBytes"):
        plan(WithBytes)


async def _all(database: Database) -> list[EveryKind]:
    pool = await connect_pool(database.owner_dsn, size=1)
    try:
        return await Reader(pool).fetch(
            EveryKind,
            """
              SELECT org, key, words, count, share, sure, day, at, colour, size, inside,
                     many, nothing, empty
                FROM test_every_kind
            ORDER BY key
            """,
        )
    finally:
        pool.terminate()
