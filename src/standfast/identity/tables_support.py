"""Read models of supplier support, and the queries on them."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

from standfast.facts.support import SupportGrant
from standfast.identity.model_support import LOOKS, SUPPORT, Looks, Support
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row

SCHEMA: Final = """
CREATE TABLE identity_support (
    org          text        NOT NULL,
    grant_id     text        NOT NULL,
    supporter_id text        NOT NULL,
    name         text        NOT NULL,
    company      text        NOT NULL,
    purpose      text        NOT NULL,
    ticket       text        NOT NULL,
    records      boolean     NOT NULL,  -- whether patients' records may be opened
    granted_by   text        NOT NULL,
    granted_at   timestamptz NOT NULL,
    until        timestamptz NOT NULL,
    ended_at     timestamptz,           -- NULL: nobody ended it, and no timer has yet
    ended_by     text        NOT NULL,
    PRIMARY KEY (org, grant_id)
);
CREATE INDEX identity_support_by_person ON identity_support (org, supporter_id);
CREATE INDEX identity_support_open ON identity_support (until) WHERE ended_at IS NULL;

-- The latest look of a supporter at each page.
CREATE TABLE identity_support_looks (
    org          text        NOT NULL,
    grant_id     text        NOT NULL,
    path         text        NOT NULL,
    looked_at    timestamptz NOT NULL,
    PRIMARY KEY (org, grant_id, path)
);
"""


class SupportRow(Row, frozen=True, kw_only=True):
    """One grant, open or over."""

    TABLE: ClassVar[str] = "identity_support"
    KEY: ClassVar[tuple[str, ...]] = ("org", "grant_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    grant_id: str
    supporter_id: str
    name: str
    company: str
    purpose: str
    ticket: str
    records: bool
    granted_by: str
    granted_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: str


class LookRow(Row, frozen=True, kw_only=True):
    """One page that a supporter opened, and when last."""

    TABLE: ClassVar[str] = "identity_support_looks"
    KEY: ClassVar[tuple[str, ...]] = ("org", "grant_id", "path")

    org: str
    grant_id: str
    path: str
    looked_at: datetime


def support_rows(known: Support) -> Iterable[Row]:
    """Return the row of one grant."""
    granted, ended = known.granted, known.ended
    if granted is not None:
        yield SupportRow(
            org=granted.org,
            grant_id=granted.grant_id,
            supporter_id=granted.supporter_id,
            name=granted.name,
            company=granted.company,
            purpose=granted.purpose,
            ticket=granted.ticket,
            records=granted.records,
            granted_by=granted.by,
            granted_at=granted.granted_at,
            until=granted.until,
            ended_at=ended.ended_at if ended else None,
            ended_by=ended.by if ended else "",
        )


def look_rows(known: Looks) -> Iterable[Row]:
    """Return a row for each page that was opened."""
    for each in known.by_path.values():
        yield LookRow(
            org=each.org, grant_id=each.grant_id, path=each.path, looked_at=each.looked_at
        )


_GRANTS: Final = """
  SELECT org, grant_id, supporter_id, name, company, purpose, ticket, records,
         granted_by, granted_at, until, ended_at, ended_by
    FROM identity_support
"""


async def grants(db: Reader, org: str) -> list[SupportRow]:
    """Return the grants of *org*, the newest first."""
    return await db.fetch(
        SupportRow,
        _GRANTS + " WHERE org = $1 ORDER BY granted_at DESC, grant_id LIMIT 200",
        org,
    )


async def grant(db: Reader, org: str, grant_id: str) -> SupportRow | None:
    """Return one grant of *org*."""
    return await db.fetch_one(
        SupportRow, _GRANTS + " WHERE org = $1 AND grant_id = $2", org, grant_id
    )


async def grant_of(db: Reader, org: str, supporter_id: str) -> SupportRow | None:
    """Return the grant that this supporter was given, open or over."""
    return await db.fetch_one(
        SupportRow, _GRANTS + " WHERE org = $1 AND supporter_id = $2", org, supporter_id
    )


async def looks(db: Reader, org: str, grant_id: str) -> list[LookRow]:
    """Return what was opened under a grant, the latest first."""
    return await db.fetch(
        LookRow,
        """
          SELECT org, grant_id, path, looked_at
            FROM identity_support_looks
           WHERE org = $1 AND grant_id = $2
        ORDER BY looked_at DESC, path
        """,
        org,
        grant_id,
    )


async def overdue(db: Reader, now: datetime) -> list[SupportRow]:
    """Return the grants, of every organisation here, whose time is up and that nobody ended."""
    return await db.fetch(
        SupportRow,
        _GRANTS + " WHERE ended_at IS NULL AND until <= $1 ORDER BY until, grant_id",
        now,
    )


async def answer_grant(db: Reader, org: str, supporter_id: str) -> SupportGrant | None:
    """Answer ``identity.support_grant``."""
    found = await grant_of(db, org, supporter_id)
    if found is None or found.ended_at is not None:
        return None
    return SupportGrant(
        grant_id=found.grant_id,
        org=found.org,
        supporter_id=found.supporter_id,
        name=found.name,
        company=found.company,
        purpose=found.purpose,
        ticket=found.ticket,
        records=found.records,
        until=found.until,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(SUPPORT, support_rows, (SupportRow,)),
    Projection(LOOKS, look_rows, (LookRow,)),
)
