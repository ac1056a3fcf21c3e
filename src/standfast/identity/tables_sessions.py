"""Sessions as rows: whose each is, where it was begun, and who it lets in."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

from msgspec import Struct

from standfast.identity.devices import mark_of
from standfast.identity.model import SESSION, Session
from standfast.identity.permissions import known_roles, permissions_of
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row

SCHEMA: Final = """
-- Sessions that nobody has ended. The token itself is only in the browser.
CREATE TABLE identity_sessions (
    org          text        NOT NULL,
    session_id   text        NOT NULL,
    token_hash   text        NOT NULL UNIQUE,  -- SHA-256, hex
    staff_id     text        NOT NULL,
    idle_seconds bigint      NOT NULL,
    signed_in_at timestamptz NOT NULL,
    used_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    assurance    bigint      NOT NULL,
    way          text        NOT NULL,
    offline      boolean     NOT NULL,
    came_as      jsonb       NOT NULL,  -- roles; none: all that they have
    is_locked    boolean     NOT NULL,
    credential_id text       NOT NULL,  -- the passkey; empty: another way
    device_hash  text        NOT NULL,  -- SHA-256, hex; empty: not known
    device       text        NOT NULL,  -- what browser, in our words; empty: not known
    PRIMARY KEY (org, session_id)
) WITH (fillfactor = 70);
CREATE INDEX ON identity_sessions (staff_id);
"""


class SessionRow(Row, frozen=True, kw_only=True):
    """One session that nobody has ended."""

    TABLE: ClassVar[str] = "identity_sessions"
    KEY: ClassVar[tuple[str, ...]] = ("org", "session_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    session_id: str
    token_hash: str
    staff_id: str
    idle_seconds: int
    signed_in_at: datetime
    used_at: datetime
    expires_at: datetime
    assurance: int
    way: str
    offline: bool
    came_as: tuple[str, ...]
    is_locked: bool
    credential_id: str
    device_hash: str
    device: str


class OpenSession(Struct, frozen=True, kw_only=True):
    """A session that nobody has ended, and whose it is."""

    org: str
    session_id: str
    staff_id: str


class OwnSession(Struct, frozen=True, kw_only=True):
    """A session as whose it is sees it, on the list of all of theirs."""

    session_id: str
    signed_in_at: datetime
    used_at: datetime
    expires_at: datetime
    way: str
    offline: bool
    is_locked: bool
    device_hash: str
    device: str

    @property
    def mark(self) -> str:
        """What its browser is called, so that two of one kind are told apart."""
        return mark_of(self.device_hash)


class SignedInPerson(Struct, frozen=True, kw_only=True):
    """Who a session belongs to, and how long it holds."""

    session_id: str
    org: str
    org_name: str
    staff_id: str
    name: str
    roles: tuple[str, ...]
    idle_seconds: int
    signed_in_at: datetime
    used_at: datetime
    expires_at: datetime
    assurance: int
    way: str
    offline: bool
    is_locked: bool
    is_unconfirmed: bool
    """One of the first two of a site, whom the other has not confirmed yet."""
    device_hash: str
    has_news: bool
    """Something concerns their way in that they have not read."""
    came_as: tuple[str, ...] = ()
    until: datetime | None = None


def session_rows(session: Session) -> Iterable[Row]:
    """Return the row of a session that is not over."""
    begun = session.begun
    if begun is not None and not session.over:
        newest = session.unlocked or begun
        yield SessionRow(
            org=begun.org,
            session_id=begun.session_id,
            token_hash=newest.token_hash,
            staff_id=begun.staff_id,
            idle_seconds=begun.idle_seconds,
            signed_in_at=begun.signed_in_at,
            used_at=session.used_at or begun.signed_in_at,
            expires_at=begun.expires_at,
            assurance=int(newest.assurance),
            way=newest.way,
            offline=begun.offline,
            came_as=begun.roles,
            is_locked=session.is_locked,
            credential_id=newest.credential_id,
            device_hash=begun.device_hash,
            device=begun.device,
        )


async def session_of(db: Reader, token_hash: str) -> SignedInPerson | None:
    """Return whose session it is. The one query that cannot say which org: it finds it.

    Here every session of somebody who was disabled ends, whoever began it and however; and
    one that began with a passkey lasts as long as the passkey opens something.
    """
    return await db.fetch_one(
        SignedInPerson,
        """
        SELECT session_id, s.org, o.name AS org_name, staff_id, p.name, roles,
               idle_seconds, signed_in_at, s.used_at, LEAST(expires_at, until) AS expires_at, until,
               assurance, way, offline, came_as, is_locked, device_hash,
               EXISTS (SELECT
                         FROM identity_notices n
                        WHERE (n.org, n.staff_id) = (s.org, s.staff_id) AND is_unread
                          AND n.session_id <> s.session_id
                          AND (kind <> 'new_device' OR n.device_hash <> s.device_hash)
                      ) AS has_news,
               EXISTS (SELECT
                         FROM identity_enrolments e
                        WHERE (e.org, e.staff_id) = (s.org, s.staff_id)
                          AND kind = 'founding' AND is_used AND confirmed_by = ''
                      ) AS is_unconfirmed
          FROM identity_sessions s
          JOIN identity_staff p USING (org, staff_id)
          JOIN identity_organisations o USING (org)
         WHERE token_hash = $1 AND p.disabled_at IS NULL
           AND (s.credential_id = '' OR EXISTS (
                SELECT
                  FROM identity_passkeys k
                 WHERE (k.org, k.credential_id) = (s.org, s.credential_id)
                   AND locked_at IS NULL))
        """,
        token_hash,
    )


async def own_sessions(db: Reader, org: str, staff_id: str, now: datetime) -> list[OwnSession]:
    """Return where somebody is signed in now, what was used last first."""
    return await db.fetch(
        OwnSession,
        """
          SELECT session_id, signed_in_at, used_at, expires_at, way, offline, is_locked,
                 device_hash, device
            FROM identity_sessions
           WHERE org = $1 AND staff_id = $2 AND expires_at > $3
        ORDER BY used_at DESC, session_id
        """,
        org,
        staff_id,
        now,
    )


async def working_now(db: Reader, org: str, permission: str, now: datetime) -> tuple[str, ...]:
    """Return who of *org* is at a screen now, and has *permission* in that session."""
    found = await db.fetch(
        _Working,
        """
          SELECT staff_id, roles, came_as
            FROM identity_sessions s
            JOIN identity_staff p USING (org, staff_id)
           WHERE org = $1 AND p.disabled_at IS NULL AND NOT is_locked
             AND LEAST(expires_at, until) > $2
             AND s.used_at + make_interval(secs => idle_seconds) > $2
        ORDER BY staff_id
        """,
        org,
        now,
    )
    able = (
        each.staff_id
        for each in found
        if permission in permissions_of(known_roles(each.came_as or each.roles))
    )
    return tuple(dict.fromkeys(able))


class _Working(Struct, frozen=True):
    staff_id: str
    roles: tuple[str, ...]
    came_as: tuple[str, ...]


async def sessions_of(db: Reader, org: str, staff_id: str) -> list[OpenSession]:
    """Return the sessions of somebody that nobody has ended."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions
           WHERE org = $1 AND staff_id = $2
        ORDER BY session_id
        """,
        org,
        staff_id,
    )


async def sessions_at(
    db: Reader, org: str, staff_id: str, device_hash: str
) -> list[OpenSession]:
    """Return the sessions of somebody at one device that nobody has ended."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions
           WHERE org = $1 AND staff_id = $2 AND device_hash = $3
        ORDER BY session_id
        """,
        org,
        staff_id,
        device_hash,
    )


async def left_open(db: Reader) -> list[OpenSession]:
    """Return the sessions, at every organisation here, of people who were disabled."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions s
            JOIN identity_staff p USING (org, staff_id)
           WHERE p.disabled_at IS NOT NULL
        ORDER BY session_id
        """,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (Projection(SESSION, session_rows, (SessionRow,)),)
