"""Read models of the directory, and the queries on them.

The directory is one for all: whose a service is, is kept (``org``), but everybody reads every
service. Needs are the provider's own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.directory import model, tables_gazetteer
from standfast.directory.hours import span_at
from standfast.directory.ranking import ServiceNow
from standfast.facts import directory as events
from standfast.facts.directory import NeedDetails, ServiceDetails
from standfast.facts.on_paper import TELEPHONES, Telephone
from standfast.journal.database import Reader
from standfast.kernel.geo import Point
from standfast.kernel.rows import Projection, Row
from standfast.kernel.values import Sex
from standfast.web.platform import Answerer

_SCHEMA: Final = """
CREATE TABLE directory_services (
    org         text        NOT NULL,
    service_id  text        NOT NULL UNIQUE,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    details     jsonb       NOT NULL,
    capacity    text        NOT NULL,  -- green, amber, red; empty: never reported
    accepting   boolean     NOT NULL,
    reported_at timestamptz,           -- NULL: never reported
    reported_by text        NOT NULL,
    PRIMARY KEY (org, service_id)
);

CREATE TABLE directory_needs (
    org       text        NOT NULL,
    case_id   text        NOT NULL,
    stands    boolean     NOT NULL,
    code      text        NOT NULL,
    label     text        NOT NULL,
    needs     jsonb       NOT NULL,
    age_years bigint,                  -- NULL: not known
    sex       text        NOT NULL,
    postcode  text        NOT NULL,
    point     jsonb,                   -- NULL: not known
    gp_name   text        NOT NULL,
    due_at    timestamptz NOT NULL,
    wanted_at timestamptz NOT NULL,
    PRIMARY KEY (org, case_id)
);
"""
SCHEMA: Final = _SCHEMA + tables_gazetteer.SCHEMA


class ServiceRow(Row, frozen=True, kw_only=True):
    """One service, and what it said last of itself."""

    TABLE: ClassVar[str] = "directory_services"
    KEY: ClassVar[tuple[str, ...]] = ("org", "service_id")
    READ_BY: ClassVar[tuple[str, ...]] = ()

    org: str
    service_id: str
    name: str
    kind: str
    details: ServiceDetails
    capacity: str
    accepting: bool
    reported_at: datetime | None
    reported_by: str

    @property
    def now(self) -> ServiceNow:
        """The service as the ranking sees it."""
        return ServiceNow(
            details=self.details,
            capacity=self.capacity,
            accepting=self.accepting,
            reported_at=self.reported_at,
        )


class NeedRow(Row, frozen=True, kw_only=True):
    """What one case wants, or wanted: ``stands`` is false once its outcome was withdrawn."""

    TABLE: ClassVar[str] = "directory_needs"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    stands: bool
    code: str
    label: str
    needs: tuple[str, ...]
    age_years: int | None
    sex: Sex
    postcode: str
    point: Point | None
    gp_name: str
    due_at: datetime
    wanted_at: datetime

    @property
    def details(self) -> NeedDetails:
        """The need as the ranking sees it."""
        return NeedDetails(
            **{name: getattr(self, name) for name in NeedDetails.__struct_fields__}
        )


class Kind(Struct, frozen=True):
    """A type of service that is listed."""

    kind: str


def service_rows(known: model.Service) -> Iterable[Row]:
    """Return the row of a service that is listed."""
    if known.listed is not None:
        service, report = known.listed.service, known.report
        yield ServiceRow(
            org=service.org,
            service_id=service.service_id,
            name=service.name,
            kind=service.kind,
            details=service,
            capacity=report.capacity if report else "",
            accepting=report.accepting if report else True,
            reported_at=report.reported_at if report else None,
            reported_by=report.by if report else "",
        )


def need_rows(known: model.Need) -> Iterable[Row]:
    """Return the row of one case's need."""
    if known.details is not None:
        details = known.details
        fields = {name: getattr(details, name) for name in details.__struct_fields__}
        yield NeedRow(stands=known.stands, **fields)


_SERVICES: Final = """
  SELECT org, service_id, name, kind, details, capacity, accepting, reported_at, reported_by
    FROM directory_services
"""


async def services(db: Reader, *, name: str = "", kind: str = "") -> list[ServiceRow]:
    """Return every service whose name or postcode has *name* in it, of *kind* if one is given."""
    return await db.fetch(
        ServiceRow,
        _SERVICES
        + """
   WHERE ($1 = '' OR strpos(lower(name || ' ' || (details->>'postcode')), lower($1)) > 0)
     AND ($2 = '' OR kind = $2)
ORDER BY kind, name, service_id
        """,
        name,
        kind,
    )


async def service(db: Reader, service_id: str) -> ServiceRow | None:
    """Return one service, whosever it is."""
    return await db.fetch_one(ServiceRow, _SERVICES + " WHERE service_id = $1", service_id)


async def kinds(db: Reader) -> list[str]:
    """Return the types of service that are listed."""
    found = await db.fetch(Kind, "SELECT DISTINCT kind FROM directory_services ORDER BY kind")
    return [each.kind for each in found]


async def need(db: Reader, org: str, case_id: str) -> NeedRow | None:
    """Return what a case of *org* wants of the directory."""
    return await db.fetch_one(
        NeedRow,
        """
        SELECT org, case_id, stands, code, label, needs, age_years, sex, postcode, point,
               gp_name, due_at, wanted_at
          FROM directory_needs
         WHERE org = $1 AND case_id = $2
        """,
        org,
        case_id,
    )


async def _service(db: Reader, _: str, service_id: str) -> ServiceDetails | None:
    found = await service(db, service_id)
    return found.details if found else None


async def _open_pharmacies(db: Reader, _: str, instant: str) -> tuple[ServiceDetails, ...]:
    at = datetime.fromisoformat(instant).astimezone(UTC)
    found = await db.fetch(
        ServiceRow,
        _SERVICES
        + """
   WHERE details->'needs' ? 'pharmacy_supply' AND accepting AND capacity <> 'red'
ORDER BY name, service_id
        """,
    )
    return tuple(each.details for each in found if span_at(each.details, at))


async def _telephones(db: Reader, _: str, __: str) -> tuple[Telephone, ...]:
    return tuple(
        Telephone(
            kind=each.kind,
            name=each.name,
            phone=each.details.phone,
            always_open=each.details.always_open,
        )
        for each in await services(db)
        if each.details.phone
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(model.SERVICE, service_rows, (ServiceRow,)),
    Projection(model.NEED, need_rows, (NeedRow,)),
    tables_gazetteer.PROJECTION,
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {
    events.SERVICE.name: _service,
    events.OPEN_PHARMACIES.name: _open_pharmacies,
    TELEPHONES.name: _telephones,
    events.POSTCODE.name: tables_gazetteer.where_is,
}
