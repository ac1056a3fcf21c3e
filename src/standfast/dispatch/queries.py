"""What the desk looks up. Every query but the timer's is for one organisation."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.dispatch.tables import IncidentRow, MapRow, VehicleRow
from standfast.journal.database import Reader

_INCIDENT: Final = """
    SELECT org, case_id, from_org, reference, incident_number, stage, category, reason,
           findings, patient, place, numbers, received_at, changed_at, accept_by, respond_by,
           accepted, held_before, not_accepted_at, unread, phoned, lowered, vehicles,
           arrived_at, closed_at, outcome, conflicts
      FROM dispatch_incidents
"""
_VEHICLE: Final = """
    SELECT org, vehicle_id, callsign, kind, station, crew, status, status_at, point, point_at,
           case_id, contested
      FROM dispatch_vehicles
"""
UNACCEPTED: Final = (
    "SELECT count(*) FROM dispatch_incidents WHERE org = $1 AND stage = 'to_accept'"
)
"""How many requests nobody has taken."""


class Late(Struct, frozen=True):
    """A request that nobody took in time."""

    org: str
    case_id: str


async def board(db: Reader, org: str, now: datetime) -> list[IncidentRow]:
    """Return what is open: over target first, then by category, then by time."""
    return await db.fetch(
        IncidentRow,
        _INCIDENT
        + """
     WHERE org = $1
       AND (stage <> 'closed' OR conflicts <> '[]')
  ORDER BY (arrived_at IS NULL AND respond_by < $2) DESC, category, respond_by, case_id
        """,
        org,
        now,
    )


async def incident(db: Reader, org: str, case_id: str) -> IncidentRow | None:
    """Return one incident, open or closed; None when it is not this organisation's."""
    if "\0" in case_id:
        return None  # PostgreSQL takes no such text
    return await db.fetch_one(
        IncidentRow, _INCIDENT + " WHERE org = $1 AND case_id = $2", org, case_id
    )


async def oldest_unaccepted(db: Reader, org: str) -> str | None:
    """Return the case that has waited longest for somebody to take it."""
    found: str | None = await db.fetch_value(
        """
          SELECT case_id
            FROM dispatch_incidents
           WHERE org = $1 AND stage = 'to_accept'
        ORDER BY accept_by, category, case_id
           LIMIT 1
        """,
        org,
    )
    return found


async def unaccepted_count(db: Reader, org: str) -> int:
    """Return how many requests nobody has taken."""
    return int(await db.fetch_value(UNACCEPTED, org))


async def late(db: Reader, now: datetime) -> list[Late]:
    """Return every organisation's requests that are late and not yet noticed to be."""
    return await db.fetch(
        Late,
        """
        SELECT org, case_id FROM dispatch_late($1)
        """,
        now,
    )


async def vehicles(db: Reader, org: str) -> list[VehicleRow]:
    """Return every vehicle on shift, by callsign."""
    return await db.fetch(
        VehicleRow, _VEHICLE + " WHERE org = $1 ORDER BY callsign, vehicle_id", org
    )


async def vehicle(db: Reader, org: str, vehicle_id: str) -> VehicleRow | None:
    """Return one vehicle; None when it is not this organisation's."""
    if "\0" in vehicle_id:
        return None  # PostgreSQL takes no such text
    return await db.fetch_one(
        VehicleRow, _VEHICLE + " WHERE org = $1 AND vehicle_id = $2", org, vehicle_id
    )


async def desk_map(db: Reader, org: str) -> MapRow | None:
    """Return the trust's map; None while none was published."""
    return await db.fetch_one(
        MapRow,
        """
        SELECT org, drawing, width_metres, height_metres
          FROM dispatch_maps
         WHERE org = $1
        """,
        org,
    )
