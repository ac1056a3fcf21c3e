"""Read models of the ambulance desk, and the queries on them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_map import MAP, DeskMap
from standfast.dispatch.model_vehicle import VEHICLE, Vehicle
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.state import Acceptance, Incident, OnIncident, Phoned
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.dispatch import Category, CategoryLowered, VehicleStatus
from standfast.facts.kept import INCIDENTS_KEPT, MOST, KeptRecord, asked_for
from standfast.journal.database import Reader
from standfast.kernel.geo import Point
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE dispatch_incidents (
        org             text        NOT NULL,
        case_id         text        NOT NULL,
        from_org        text        NOT NULL,
        reference       text        NOT NULL,
        incident_number text        NOT NULL,
        stage           text        NOT NULL,
        category        text        NOT NULL,
        reason          text        NOT NULL,
        findings        jsonb       NOT NULL,
        patient         jsonb       NOT NULL,
        place           jsonb       NOT NULL,  -- how to get in is no part of any row
        numbers         jsonb       NOT NULL,
        received_at     timestamptz NOT NULL,
        changed_at      timestamptz NOT NULL,  -- when the caller's side last said something
        accept_by       timestamptz NOT NULL,
        respond_by      timestamptz NOT NULL,
        accepted        jsonb,                 -- NULL: nobody has it since it was last raised
        held_before     jsonb,                 -- NULL: nobody had it before that either
        not_accepted_at timestamptz,           -- NULL: it was not noticed to be late
        unread          boolean     NOT NULL,
        phoned          jsonb,                 -- NULL: it was not rung through
        lowered         jsonb,                 -- NULL: nobody lowered it
        vehicles        jsonb       NOT NULL,
        arrived_at      timestamptz,           -- NULL: nobody is there yet
        closed_at       timestamptz,           -- NULL: open
        outcome         text        NOT NULL,  -- empty while open
        conflicts       jsonb       NOT NULL,
        PRIMARY KEY (org, case_id)
    );
    CREATE INDEX dispatch_incidents_open ON dispatch_incidents (org, stage)
     WHERE stage <> 'closed';
    CREATE INDEX dispatch_incidents_late ON dispatch_incidents (org, accept_by)
     WHERE stage = 'to_accept';

    -- What the timer of late requests needs, and no more: whose, and which.
    CREATE FUNCTION dispatch_late(by_now timestamptz) RETURNS TABLE (org text, case_id text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT org, case_id
            FROM read.dispatch_incidents
           WHERE stage = 'to_accept'
             AND accept_by <= by_now
             AND org NOT IN (SELECT e.org FROM public.journal_elsewhere AS e)
             AND (not_accepted_at IS NULL OR not_accepted_at < accept_by)
        ORDER BY accept_by, case_id
    $$;
    REVOKE ALL ON FUNCTION dispatch_late(timestamptz) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION dispatch_late(timestamptz) TO standfast_app;

    CREATE TABLE dispatch_vehicles (
        org        text        NOT NULL,
        vehicle_id text        NOT NULL,
        callsign   text        NOT NULL,
        kind       text        NOT NULL,
        station    text        NOT NULL,
        crew       jsonb       NOT NULL,
        status     text        NOT NULL,
        status_at  timestamptz NOT NULL,
        point      jsonb       NOT NULL,
        point_at   timestamptz NOT NULL,
        case_id    text,                  -- NULL: it has no incident
        contested  boolean     NOT NULL,
        PRIMARY KEY (org, vehicle_id)
    );

    CREATE TABLE dispatch_jobs (
        org        text    NOT NULL,
        vehicle_id text    NOT NULL,
        case_id    text    NOT NULL,
        contested  boolean NOT NULL,
        PRIMARY KEY (org, vehicle_id, case_id)
    );
    CREATE UNIQUE INDEX dispatch_jobs_one_live ON dispatch_jobs (org, vehicle_id)
     WHERE NOT contested;

    CREATE TABLE dispatch_maps (
        org           text             NOT NULL PRIMARY KEY,
        drawing       text             NOT NULL,  -- the inside of an SVG of 800 by 600
        width_metres  double precision NOT NULL,
        height_metres double precision NOT NULL
    );
"""

CONSTRAINTS: Final[Mapping[str, StrEnum]] = {"dispatch_jobs_one_live": Refusal.VEHICLE_BUSY}
"""One vehicle, one live job. What two sites decided in contradiction is kept, and contested."""


class Stage(StrEnum):
    """What an incident waits for."""

    TO_ACCEPT = "to_accept"
    TO_SEND = "to_send"
    UNDER_WAY = "under_way"
    ATTENDED = "attended"
    CLOSED = "closed"


class IncidentRow(Row, frozen=True, kw_only=True):
    """One incident."""

    TABLE: ClassVar[str] = "dispatch_incidents"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    from_org: str
    reference: str
    incident_number: str
    stage: Stage
    category: Category
    reason: str
    findings: tuple[str, ...]
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    received_at: datetime
    changed_at: datetime
    accept_by: datetime
    respond_by: datetime
    accepted: Acceptance | None
    held_before: Acceptance | None
    not_accepted_at: datetime | None
    unread: bool
    phoned: Phoned | None
    lowered: CategoryLowered | None
    vehicles: tuple[OnIncident, ...]
    arrived_at: datetime | None
    closed_at: datetime | None
    outcome: str
    conflicts: tuple[str, ...]


class VehicleRow(Row, frozen=True, kw_only=True):
    """One vehicle."""

    TABLE: ClassVar[str] = "dispatch_vehicles"
    KEY: ClassVar[tuple[str, ...]] = ("org", "vehicle_id")

    org: str
    vehicle_id: str
    callsign: str
    kind: str
    station: str
    crew: tuple[str, ...]
    status: VehicleStatus
    status_at: datetime
    point: Point
    point_at: datetime
    case_id: str | None
    contested: bool


class JobRow(Row, frozen=True, kw_only=True):
    """A vehicle that is on a case now."""

    TABLE: ClassVar[str] = "dispatch_jobs"
    KEY: ClassVar[tuple[str, ...]] = ("org", "vehicle_id", "case_id")

    org: str
    vehicle_id: str
    case_id: str
    contested: bool


class MapRow(Row, frozen=True, kw_only=True):
    """The trust's map."""

    TABLE: ClassVar[str] = "dispatch_maps"
    KEY: ClassVar[tuple[str, ...]] = ("org",)

    org: str
    drawing: str
    width_metres: float
    height_metres: float


def incident_rows(incident: Incident) -> Iterator[IncidentRow]:
    """Yield the incident's row, once its request is known. A closed one keeps its last say."""
    last = incident if incident.is_open else incident.before_end
    category, raised = last.category, last.raised_by
    if not incident.org or category is None or raised is None:
        return
    earlier = [each for each in last.acceptances if each.at < raised.at]
    yield IncidentRow(
        org=incident.org,
        case_id=incident.case_id,
        from_org=incident.from_org,
        reference=incident.reference,
        incident_number=incident.incident_number,
        stage=stage_of(incident),
        category=category,
        reason=incident.reason,
        findings=incident.findings,
        patient=incident.patient,
        place=incident.place.outline,
        numbers=incident.numbers,
        received_at=min(claim.at for claim in last.standing),
        changed_at=incident.changed_at or raised.at,
        accept_by=raised.accept_by,
        respond_by=last.respond_by or raised.respond_by,
        accepted=last.accepted,
        held_before=earlier[-1] if earlier else None,
        not_accepted_at=incident.not_accepted_at,
        unread=last.is_unread,
        phoned=incident.phoned,
        lowered=incident.lowered,
        vehicles=incident.vehicles,
        arrived_at=last.arrived_at,
        closed_at=None if incident.is_open else incident.closed_at,
        outcome="" if incident.is_open else incident.outcome,
        conflicts=tuple(_conflicts(incident)),
    )


def stage_of(incident: Incident) -> Stage:
    """Return what the incident waits for."""
    if not incident.is_open:
        return Stage.CLOSED
    if incident.accepted is None:
        return Stage.TO_ACCEPT
    if incident.vehicles:
        return Stage.UNDER_WAY
    return Stage.TO_SEND if incident.arrived_at is None else Stage.ATTENDED


def vehicle_rows(vehicle: Vehicle) -> Iterator[VehicleRow | JobRow]:
    """Yield the vehicle's row, and one for each job that it is on."""
    if vehicle.point is None or vehicle.point_at is None or not vehicle.org:
        return
    yield VehicleRow(
        org=vehicle.org,
        vehicle_id=vehicle.vehicle_id,
        callsign=vehicle.callsign,
        kind=vehicle.kind,
        station=vehicle.station,
        crew=vehicle.crew,
        status=vehicle.status,
        status_at=vehicle.status_at or vehicle.point_at,
        point=vehicle.point,
        point_at=vehicle.point_at,
        case_id=vehicle.jobs[-1] if vehicle.jobs else None,
        contested=vehicle.is_contested,
    )
    for case_id in vehicle.jobs:
        yield JobRow(
            org=vehicle.org,
            vehicle_id=vehicle.vehicle_id,
            case_id=case_id,
            contested=vehicle.is_contested,
        )


def map_rows(known: DeskMap) -> Iterator[MapRow]:
    """Yield the map's row."""
    if known.org:
        yield MapRow(
            org=known.org,
            drawing=known.drawing,
            width_metres=known.width_metres,
            height_metres=known.height_metres,
        )


def _conflicts(incident: Incident) -> Iterator[str]:
    """Yield a sentence for each two things that cannot both be true."""
    first, second = incident.accepted, incident.also_accepted
    if first and second:
        yield f"Taken twice, by {first.staff_name} and {second.staff_name}. Agree who has it."
    if incident.vehicles and not incident.is_open:
        callsigns = ", ".join(each.callsign for each in incident.vehicles)
        yield f"Closed while {callsigns} was still on it. Stand it down or ring the crew."


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(INCIDENT, incident_rows, (IncidentRow,)),
    Projection(VEHICLE, vehicle_rows, (VehicleRow, JobRow)),
    Projection(MAP, map_rows, (MapRow,)),
)


async def _kept(db: Reader, org: str, key: str) -> tuple[KeptRecord, ...]:
    before, case_id = asked_for(key)
    found = await db.fetch(
        KeptRecord,
        """
          SELECT case_id AS record_id, 'incident' AS kind,
                 'Incident ' || incident_number AS title,
                 (patient->>'born')::date AS born, NULL::date AS died,
                 coalesce(closed_at, changed_at) AS latest_at,
                 jsonb_build_array(case_id) AS parts
            FROM dispatch_incidents
           WHERE org = $1
                 AND ($2::date IS NULL OR coalesce(closed_at, changed_at) < $2)
                 AND ($3::text IS NULL OR case_id = $3)
        ORDER BY latest_at, record_id
           LIMIT $4
        """,
        org,
        before,
        case_id,
        MOST,
    )
    return tuple(found)


ANSWERS: Final[Mapping[str, Answerer]] = {INCIDENTS_KEPT.name: _kept}
