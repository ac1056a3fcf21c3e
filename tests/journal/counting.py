"""A small kind of stream for the journal's own tests: a till that counts, and its table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from standfast.journal.migrate import migrate
from standfast.kernel.messages import Command, Decider, Event, Refused
from standfast.kernel.reactions import Reaction
from standfast.kernel.rows import Projection, Row
from tests.support.database import Database


class Counted(Event, frozen=True, kw_only=True, tag="test.counted.v1"):
    till: str
    amount: int


class Named(Event, frozen=True, kw_only=True, tag="test.named.v1"):
    till: str
    name: str


class Add(Command, frozen=True, kw_only=True):
    till: str
    amount: int


class Name(Command, frozen=True, kw_only=True):
    till: str
    name: str


class Refusal(StrEnum):
    NOT_NEGATIVE = "not_negative"
    NAME_TAKEN = "name_taken"


class Till(Struct, frozen=True):
    till: str = ""
    total: int = 0
    amounts: tuple[int, ...] = ()
    name: str = ""


def decide(till: Till, command: Add | Name, _: datetime) -> Sequence[Counted | Named]:
    match command:
        case Add():
            if command.amount < 0:
                raise Refused(Refusal.NOT_NEGATIVE)
            return (Counted(till=command.till, amount=command.amount),)
        case Name():
            if till.name == command.name:
                return ()
            return (Named(till=command.till, name=command.name),)


def evolve(till: Till, event: Counted | Named) -> Till:
    match event:
        case Counted():
            return replace(
                till,
                till=event.till,
                total=till.total + event.amount,
                amounts=(*till.amounts, event.amount),
            )
        case Named():
            return replace(till, till=event.till, name=event.name)


TILL: Final[Decider[Till, Add | Name, Counted | Named]] = Decider(
    stream="test.till",
    sealed=False,
    event_type=Counted | Named,
    initial=Till(),
    decide=decide,
    evolve=evolve,
    org=lambda _: "shop",
)
LEDGER: Final[Decider[Till, Add | Name, Counted | Named]] = Decider(
    stream="test.ledger",
    sealed=False,
    event_type=Counted | Named,
    initial=Till(),
    decide=decide,
    evolve=evolve,
    org=lambda _: "shop",
)


class TillRow(Row, frozen=True, kw_only=True):
    TABLE: ClassVar[str] = "test_tills"
    KEY: ClassVar[tuple[str, ...]] = ("org", "till")
    org: str
    till: str
    total: int
    amounts: tuple[int, ...]
    name: str | None


class LargeRow(Row, frozen=True, kw_only=True):
    """There only while the total is above 100: rows come and go with state."""

    TABLE: ClassVar[str] = "test_large"
    KEY: ClassVar[tuple[str, ...]] = ("org", "till")
    org: str
    till: str


SCHEMA: Final = """
CREATE TABLE test_tills (
    org     text   NOT NULL,
    till    text   NOT NULL,
    total   bigint NOT NULL,
    amounts jsonb  NOT NULL,
    name    text,
    PRIMARY KEY (org, till)
);
CREATE UNIQUE INDEX test_tills_one_name ON test_tills (org, name) WHERE name IS NOT NULL;
CREATE TABLE test_large (org text NOT NULL, till text NOT NULL, PRIMARY KEY (org, till));
"""


def rows(till: Till) -> Iterable[Row]:
    yield TillRow(
        org="shop",
        till=till.till,
        total=till.total,
        amounts=till.amounts,
        name=till.name or None,
    )
    if till.total > 100:
        yield LargeRow(org="shop", till=till.till)


PROJECTIONS: Final = (
    Projection(TILL, rows, (TillRow, LargeRow)),
    Projection(LEDGER, lambda _: (), ()),
)
REACTIONS: Final = (
    Reaction(
        on=Named,
        decider=LEDGER,
        key=lambda named: named.till,
        command=lambda named: Add(till=named.till, amount=1) if named.name != "quiet" else None,
    ),
)
CONSTRAINTS: Final[dict[str, Any]] = {"test_tills_one_name": Refusal.NAME_TAKEN}


async def make_tills(database: Database) -> None:
    """Make the journal and the till's tables."""
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await migrate(owner, PROJECTIONS, (SCHEMA,))
    finally:
        await owner.close()
