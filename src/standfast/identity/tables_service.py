"""Read models of the sign-in service and the roster, and the queries on them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.identity.model_roster import ROSTERS, Rosters
from standfast.identity.model_service import (
    LINK,
    LOGOUT,
    SERVICE_SESSION,
    Link,
    Logout,
    Refusal,
    ServiceSession,
)
from standfast.identity.model_service_proof import SERVICE_PROOF, ServiceProof
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row

SCHEMA: Final = """
-- Which account of the sign-in service is whose. Two people agreed on each.
CREATE TABLE identity_service_links (
    org         text NOT NULL,
    staff_id    text NOT NULL,
    issuer      text NOT NULL,
    subject     text NOT NULL,
    proposed_by text NOT NULL,  -- '' when nothing waits for a second person
    asked       text NOT NULL,  -- the account that waits for a second person; '' likewise
    PRIMARY KEY (org, staff_id)
);
CREATE UNIQUE INDEX identity_service_link_once
    ON identity_service_links (issuer, subject, org) WHERE subject <> '';

-- Sessions that the sign-in service began and nobody has ended.
CREATE TABLE identity_service_sessions (
    org        text        NOT NULL,
    session_id text        NOT NULL,
    staff_id   text        NOT NULL,
    issuer     text        NOT NULL,
    subject    text        NOT NULL,
    sid        text        NOT NULL,  -- the service's name for it; '' when it gave none
    begun_at   timestamptz NOT NULL,
    PRIMARY KEY (org, session_id)
);
CREATE INDEX identity_service_sessions_by_subject
    ON identity_service_sessions (issuer, subject);
"""


class LinkRow(Row, frozen=True, kw_only=True):
    """One person's account at the sign-in service. ``subject`` "": not agreed yet."""

    TABLE: ClassVar[str] = "identity_service_links"
    KEY: ClassVar[tuple[str, ...]] = ("org", "staff_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    staff_id: str
    issuer: str
    subject: str
    proposed_by: str
    asked: str


class ServiceSessionRow(Row, frozen=True, kw_only=True):
    """One session that the sign-in service began."""

    TABLE: ClassVar[str] = "identity_service_sessions"
    KEY: ClassVar[tuple[str, ...]] = ("org", "session_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    session_id: str
    staff_id: str
    issuer: str
    subject: str
    sid: str
    begun_at: datetime


class Linked(Struct, frozen=True, kw_only=True):
    """Somebody whom an account leads to, with the code that the service knows their employer by."""

    staff_id: str
    ods_code: str


def link_rows(known: Link) -> Iterable[Row]:
    """Return the row of one person's account."""
    linked, proposed = known.linked, known.proposed
    said = linked or proposed
    if said is not None:
        yield LinkRow(
            org=known.org,
            staff_id=said.staff_id,
            issuer=said.issuer,
            subject=linked.subject if linked else "",
            proposed_by=proposed.by if proposed else "",
            asked=proposed.subject if proposed else "",
        )


def service_session_rows(known: ServiceSession) -> Iterable[Row]:
    """Return the row of a session that is not over."""
    begun = known.begun
    if begun is not None and not known.over:
        yield ServiceSessionRow(
            org=begun.org,
            session_id=begun.session_id,
            staff_id=begun.staff_id,
            issuer=begun.issuer,
            subject=begun.subject,
            sid=begun.sid,
            begun_at=begun.begun_at,
        )


def no_rows(_: Rosters | Logout | ServiceProof) -> Iterable[Row]:
    """Return nothing: what is known is asked of the stream itself."""
    return ()


async def linked(db: Reader, issuer: str, subject: str) -> list[Linked]:
    """Return whom this account leads to: one person, once for each organisation they work at."""
    return await db.fetch(
        Linked,
        """
          SELECT l.staff_id, o.ods_code
            FROM identity_service_links l
            JOIN identity_organisations o USING (org)
           WHERE issuer = $1 AND subject = $2 AND subject <> ''
        ORDER BY o.name, l.staff_id
        """,
        issuer,
        subject,
    )


async def links(db: Reader, org: str) -> list[LinkRow]:
    """Return the accounts of everybody at *org*."""
    return await db.fetch(
        LinkRow,
        """
          SELECT org, staff_id, issuer, subject, proposed_by, asked
            FROM identity_service_links
           WHERE org = $1
        ORDER BY staff_id
        """,
        org,
    )


async def service_sessions(
    db: Reader, issuer: str, *, subject: str, sid: str, before: datetime
) -> list[ServiceSessionRow]:
    """Return the sessions that a logout token means: that one, or all of that person's."""
    return await db.fetch(
        ServiceSessionRow,
        """
          SELECT org, session_id, staff_id, issuer, subject, sid, begun_at
            FROM identity_service_sessions
           WHERE issuer = $1
             AND ($2 = '' OR subject = $2)
             AND ($3 = '' OR sid = $3)
             AND begun_at <= $4
        ORDER BY session_id
        """,
        issuer,
        subject,
        sid,
        before,
    )


async def service_session(db: Reader, org: str, session_id: str) -> ServiceSessionRow | None:
    """Return what the sign-in service knows of a session, if it began it."""
    return await db.fetch_one(
        ServiceSessionRow,
        """
        SELECT org, session_id, staff_id, issuer, subject, sid, begun_at
          FROM identity_service_sessions
         WHERE org = $1 AND session_id = $2
        """,
        org,
        session_id,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(LINK, link_rows, (LinkRow,)),
    Projection(SERVICE_SESSION, service_session_rows, (ServiceSessionRow,)),
    Projection(LOGOUT, no_rows, ()),
    Projection(SERVICE_PROOF, no_rows, ()),
    Projection(ROSTERS, no_rows, ()),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {
    "identity_service_link_once": Refusal.LINKED_ELSEWHERE
}
