"""Read models of identity, and the queries on them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.facts import identity as events
from standfast.facts.identity import OrganisationDetails, StaffSummary
from standfast.facts.support import SUPPORT_GRANT
from standfast.identity import (
    model,
    tables_acts,
    tables_door,
    tables_passkeys,
    tables_service,
    tables_support,
)
from standfast.identity.colleagues import with_permission
from standfast.journal.database import Reader
from standfast.kernel.access import staff_of
from standfast.kernel.geo import Point
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = (
    """
CREATE TABLE identity_organisations (
    org      text  NOT NULL PRIMARY KEY,
    name     text  NOT NULL,
    kind     text  NOT NULL,
    ods_code text  NOT NULL,
    town     text  NOT NULL,
    address  jsonb NOT NULL,
    postcode text  NOT NULL,
    point    jsonb,            -- NULL: not known
    phone    text  NOT NULL
);

CREATE TABLE identity_staff (
    org          text  NOT NULL,
    staff_id     text  NOT NULL UNIQUE,
    name         text  NOT NULL,
    title        text  NOT NULL,
    roles        jsonb NOT NULL,
    registration text  NOT NULL,
    until        timestamptz,  -- NULL: their time here has no end
    disabled_at  timestamptz,  -- NULL: they may come in
    PRIMARY KEY (org, staff_id)
);

-- Sessions that nobody has ended. The token itself is only in the browser.
CREATE TABLE identity_sessions (
    org          text        NOT NULL,
    session_id   text        NOT NULL,
    token_hash   text        NOT NULL UNIQUE,  -- SHA-256, hex
    staff_id     text        NOT NULL,
    idle_seconds bigint      NOT NULL,
    used_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    assurance    bigint      NOT NULL,
    way          text        NOT NULL,
    offline      boolean     NOT NULL,
    came_as      jsonb       NOT NULL,  -- roles; none: all that they have
    is_locked    boolean     NOT NULL,
    credential_id text       NOT NULL,  -- the passkey; empty: another way
    device_hash  text        NOT NULL,  -- SHA-256, hex; empty: not known
    PRIMARY KEY (org, session_id)
) WITH (fillfactor = 70);
CREATE INDEX ON identity_sessions (staff_id);
"""
    + tables_acts.SCHEMA
    + tables_door.SCHEMA
    + tables_passkeys.SCHEMA
    + tables_service.SCHEMA
    + tables_support.SCHEMA
)


class OrganisationRow(Row, frozen=True, kw_only=True):
    """One organisation."""

    TABLE: ClassVar[str] = "identity_organisations"
    KEY: ClassVar[tuple[str, ...]] = ("org",)
    READ_BY: ClassVar[tuple[str, ...]] = ()
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    name: str
    kind: str
    ods_code: str
    town: str
    address: tuple[str, ...]
    postcode: str
    point: Point | None
    phone: str


class StaffRow(Row, frozen=True, kw_only=True):
    """One member of staff."""

    TABLE: ClassVar[str] = "identity_staff"
    KEY: ClassVar[tuple[str, ...]] = ("org", "staff_id")
    READ_BY: ClassVar[tuple[str, ...]] = ()
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    staff_id: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str
    until: datetime | None
    disabled_at: datetime | None


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
    used_at: datetime
    expires_at: datetime
    assurance: int
    way: str
    offline: bool
    came_as: tuple[str, ...]
    is_locked: bool
    credential_id: str
    device_hash: str


class Persona(Struct, frozen=True, kw_only=True):
    """A member of staff, with where they work."""

    staff_id: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str
    org: str
    org_name: str
    org_kind: str
    until: datetime | None = None
    disabled_at: datetime | None = None


class SignedInPerson(Struct, frozen=True, kw_only=True):
    """Who a session belongs to, and how long it holds."""

    session_id: str
    org: str
    org_name: str
    staff_id: str
    name: str
    roles: tuple[str, ...]
    idle_seconds: int
    used_at: datetime
    expires_at: datetime
    assurance: int
    way: str
    offline: bool
    is_locked: bool
    is_unconfirmed: bool
    """One of the first two of a site, whom the other has not confirmed yet."""
    came_as: tuple[str, ...] = ()
    until: datetime | None = None


def organisation_rows(known: model.Organisation) -> Iterable[Row]:
    """Return the row of one organisation."""
    if known.details is not None:
        details = known.details
        yield OrganisationRow(**{name: getattr(details, name) for name in _columns(details)})


def staff_rows(known: model.Staff) -> Iterable[Row]:
    """Return the row of one member of staff."""
    if known.details is not None:
        details, disabled = known.details, known.leaving.disabled
        yield StaffRow(
            **{name: getattr(details, name) for name in _columns(details)},
            disabled_at=disabled.disabled_at if disabled else None,
        )


def session_rows(session: model.Session) -> Iterable[Row]:
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
            used_at=session.used_at or begun.signed_in_at,
            expires_at=begun.expires_at,
            assurance=int(newest.assurance),
            way=newest.way,
            offline=begun.offline,
            came_as=begun.roles,
            is_locked=session.is_locked,
            credential_id=newest.credential_id,
            device_hash=begun.device_hash,
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
               idle_seconds, s.used_at, LEAST(expires_at, until) AS expires_at, until,
               assurance, way, offline, came_as, is_locked,
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


PERSONAS: Final = """
  SELECT staff_id, p.name, title, roles, registration, p.org,
         o.name AS org_name, o.kind AS org_kind, until, disabled_at
    FROM identity_staff p
    JOIN identity_organisations o USING (org)
"""


async def personas(db: Reader) -> list[Persona]:
    """Return everybody who can sign in, of every organisation: for the demonstration only."""
    return await db.fetch(
        Persona,
        PERSONAS + " WHERE disabled_at IS NULL ORDER BY o.kind <> 'provider', o.name, staff_id",
    )


async def persona(db: Reader, staff_id: str) -> Persona | None:
    """Return one member of staff who may come in, wherever they work."""
    return await db.fetch_one(
        Persona, PERSONAS + " WHERE staff_id = $1 AND disabled_at IS NULL", staff_id
    )


async def member(db: Reader, staff_id: str) -> Persona | None:
    """Return one member of staff, of those who left as well."""
    return await db.fetch_one(Persona, PERSONAS + " WHERE staff_id = $1", staff_id)


async def colleagues(db: Reader, org: str) -> list[Persona]:
    """Return the staff of one organisation, by name."""
    return await db.fetch(
        Persona, PERSONAS + " WHERE p.org = $1 ORDER BY p.name, staff_id", org
    )


async def _staff(db: Reader, _: str, staff_id: str) -> StaffSummary | None:
    found = await member(db, staff_id)
    if found is None:
        return None
    return StaffSummary(
        staff_id=found.staff_id,
        name=found.name,
        title=found.title,
        org=found.org,
        org_name=found.org_name,
        registration=found.registration,
    )


async def _staff_name(db: Reader, org: str, key: str) -> str:
    staff_id = staff_of(key)
    cut_off = "" if staff_id == key else " (signed in while cut off)"
    found = await member(db, staff_id)
    if found is None:
        return f"{staff_id}{cut_off}"
    where = "" if found.org == org else f", {found.org_name}"
    return f"{found.name}, {found.title}{where}{cut_off}"


_ORGANISATIONS: Final = """
  SELECT org, name, kind, ods_code, town, address, postcode, point, phone
    FROM identity_organisations
"""


async def _organisation(db: Reader, _: str, org: str) -> OrganisationDetails | None:
    return await db.fetch_one(OrganisationDetails, _ORGANISATIONS + " WHERE org = $1", org)


async def _organisations(db: Reader, _: str, kind: str) -> tuple[OrganisationDetails, ...]:
    found = await db.fetch(
        OrganisationDetails, _ORGANISATIONS + " WHERE kind = $1 ORDER BY name, org", kind
    )
    return tuple(found)


def _columns(details: Struct) -> tuple[str, ...]:
    return details.__struct_fields__


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(model.ORGANISATION, organisation_rows, (OrganisationRow,)),
    Projection(model.STAFF, staff_rows, (StaffRow,)),
    Projection(model.SESSION, session_rows, (SessionRow,)),
    *tables_service.PROJECTIONS,
    *tables_support.PROJECTIONS,
    *tables_passkeys.PROJECTIONS,
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {**tables_service.CONSTRAINTS}
ANSWERS: Final[Mapping[str, Answerer]] = {
    events.STAFF.name: _staff,
    events.COLLEAGUES.name: with_permission,
    events.STAFF_NAME.name: _staff_name,
    events.ORGANISATION.name: _organisation,
    events.ORGANISATIONS.name: _organisations,
    SUPPORT_GRANT.name: tables_support.answer_grant,
}
