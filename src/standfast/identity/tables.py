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
    tables_notices,
    tables_passkeys,
    tables_service,
    tables_sessions,
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
"""
    + tables_acts.SCHEMA
    + tables_sessions.SCHEMA
    + tables_door.SCHEMA
    + tables_notices.SCHEMA
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


async def _at_work(db: Reader, org: str, key: str) -> tuple[str, ...]:
    permission, _, instant = key.partition("@")
    now = datetime.fromisoformat(instant)
    return await tables_sessions.working_now(db, org, permission, now)


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
    *tables_sessions.PROJECTIONS,
    *tables_notices.PROJECTIONS,
    *tables_service.PROJECTIONS,
    *tables_support.PROJECTIONS,
    *tables_passkeys.PROJECTIONS,
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {**tables_service.CONSTRAINTS}
ANSWERS: Final[Mapping[str, Answerer]] = {
    events.STAFF.name: _staff,
    events.COLLEAGUES.name: with_permission,
    events.STAFF_NAME.name: _staff_name,
    events.AT_WORK.name: _at_work,
    events.ORGANISATION.name: _organisation,
    events.ORGANISATIONS.name: _organisations,
    SUPPORT_GRANT.name: tables_support.answer_grant,
}
