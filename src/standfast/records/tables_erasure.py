"""Which records were erased, under which rule: what whoever looks for one is told."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.facts.records import WhatIsLeft
from standfast.journal.database import Reader
from standfast.journal.sealing_schema import ALL_GONE
from standfast.kernel.rows import Projection, Row
from standfast.records.model_erasure import ERASURE, Erasure, Refusal

SCHEMA: Final = """
CREATE TABLE records_erased (
    org        text        NOT NULL,
    record_id  text        NOT NULL,
    kind       text        NOT NULL,
    facts      bigint      NOT NULL,
    with_id    text        NOT NULL, -- the record that it was erased with; itself: it was the one
    rule       text        NOT NULL, -- in words
    due_on     date        NOT NULL,
    marked_by  text        NOT NULL,
    erased_by  text        NOT NULL,
    erased_at  timestamptz NOT NULL,
    PRIMARY KEY (org, record_id)
);
CREATE INDEX records_erased_newest ON records_erased (org, erased_at);
"""

MOST: Final = 500


class ErasedRow(Row, frozen=True, kw_only=True):
    """One record that is no more. It names nobody but staff."""

    TABLE: ClassVar[str] = "records_erased"
    KEY: ClassVar[tuple[str, ...]] = ("org", "record_id")

    org: str
    record_id: str
    kind: str
    facts: int
    with_id: str
    rule: str
    due_on: date
    marked_by: str
    erased_by: str
    erased_at: datetime


def rows(known: Erasure) -> Iterable[Row]:
    """Return the row of a record that was erased, under each id that somebody may look up.

    Of two words of one organisation the first in canonical order stands.
    """
    said = {
        (erased.org, record_id): erased
        for erased in reversed(known.words)
        for record_id in (erased.record_id, *erased.records)
    }
    for (_, record_id), erased in sorted(said.items(), key=lambda each: each[0]):
        yield ErasedRow(
            org=erased.org,
            record_id=record_id,
            kind=erased.kind,
            facts=erased.facts,
            with_id=erased.record_id,
            rule=erased.rule or erased.rule_id,
            due_on=erased.due_on,
            marked_by=erased.marked_by,
            erased_by=erased.by_name,
            erased_at=erased.erased_at,
        )


_SELECT: Final = """
  SELECT org, record_id, kind, facts, with_id, rule, due_on, marked_by, erased_by, erased_at
    FROM records_erased
"""


async def erased(db: Reader, org: str) -> list[ErasedRow]:
    """Return what *org* has erased, newest first."""
    return await db.fetch(
        ErasedRow,
        _SELECT + "WHERE org = $1 AND record_id = with_id"
        " ORDER BY erased_at DESC, record_id LIMIT $2",
        org,
        MOST,
    )


async def erased_one(db: Reader, org: str, record_id: str) -> ErasedRow | None:
    """Return what is left of one record of *org*; None: nothing of that id was erased."""
    return await db.fetch_one(
        ErasedRow, _SELECT + "WHERE org = $1 AND record_id = $2", org, record_id
    )


async def answer(db: Reader, org: str, key: str) -> WhatIsLeft | None:
    """Return what is told of a record of *org* that was erased."""
    left = await erased_one(db, org, key)
    if left is None:
        return None
    return WhatIsLeft(rule=left.rule, due_on=left.due_on, erased_at=left.erased_at)


CONSTRAINTS: Final[Mapping[str, StrEnum]] = {ALL_GONE: Refusal.NOT_DESTROYED}
PROJECTION: Final = Projection(ERASURE, rows, (ErasedRow,))
