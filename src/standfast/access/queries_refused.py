"""What is asked of openings that were refused, and of records that were linked to a call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from msgspec import Struct

from standfast.access.rows import RefusalRow
from standfast.journal.database import Reader, listed

MOST: Final = 500
"""Rows that one page shows; the export has them all."""


async def refused(
    db: Reader, org: str, person_id: str, *, most: int = MOST
) -> list[RefusalRow]:
    """Return every refusal of a person's record and of their cases, the latest first.

    What was refused of a case before it was known whose it was is theirs as well.
    """
    return await db.fetch(
        RefusalRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, why, sensitivity, act, way, offline, refused_at
            FROM access_refusals
           WHERE org = $1
             AND (person_id = $2
                  OR (person_id = '' AND case_id IN (
                      SELECT case_id FROM access_relationships
                       WHERE org = $1 AND person_id = $2 AND case_id <> '')))
        ORDER BY refused_at DESC, entry_id DESC
           LIMIT $3
        """,
        org,
        person_id,
        most,
    )


async def refused_to(
    db: Reader, org: str, staff_id: str, since: datetime, until: datetime
) -> list[RefusalRow]:
    """Return what one member of staff was refused in a stretch of time, the earliest first."""
    return await db.fetch(
        RefusalRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, why, sensitivity, act, way, offline, refused_at
            FROM access_refusals
           WHERE org = $1 AND staff_id = $2 AND refused_at > $3 AND refused_at <= $4
        ORDER BY refused_at, entry_id
           LIMIT 200
        """,
        org,
        staff_id,
        since,
        until,
    )


async def refused_since(db: Reader, org: str, staff_id: str, since: datetime) -> int:
    """Return how many different records a member of staff was refused since then."""
    return cast(
        "int",
        await db.fetch_value(
            """
            SELECT count(DISTINCT (record_kind, record_id))
              FROM access_refusals
             WHERE org = $1 AND staff_id = $2 AND refused_at > $3
            """,
            org,
            staff_id,
            since,
        ),
    )


async def cases_refused(
    db: Reader, org: str, staff_id: str, case_ids: Sequence[str], since: datetime
) -> frozenset[str]:
    """Return which of these cases a member of staff was refused since then."""
    found = await db.fetch(
        _Refused,
        """
          SELECT DISTINCT case_id
            FROM access_refusals
           WHERE org = $1 AND staff_id = $2 AND refused_at > $3
             AND case_id IN (SELECT json_array_elements_text($4))
        """,
        org,
        staff_id,
        since,
        listed(case_ids),
    )
    return frozenset(each.case_id for each in found)


class _Refused(Struct, frozen=True):
    case_id: str


async def was_refused(
    db: Reader, org: str, staff_id: str, person_id: str, since: datetime
) -> bool:
    """Return whether somebody was refused a person's record, or a case of theirs, since then."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (
                SELECT FROM access_refusals
                 WHERE org = $1 AND staff_id = $2 AND person_id = $3 AND refused_at > $4)
            """,
            org,
            staff_id,
            person_id,
            since,
        )
    )


class Linked(Struct, frozen=True, kw_only=True):
    """Somebody said that a call is about a person."""

    entry_id: str
    opened_at: datetime


async def link_of(
    db: Reader, org: str, staff_id: str, person_id: str, case_id: str
) -> Linked | None:
    """Return the latest time that somebody linked a person to a case."""
    return await db.fetch_one(
        Linked,
        """
          SELECT entry_id, opened_at
            FROM access_entries
           WHERE org = $1 AND staff_id = $2 AND person_id = $3 AND case_id = $4
                 AND act = 'link'
        ORDER BY opened_at DESC, entry_id DESC
           LIMIT 1
        """,
        org,
        staff_id,
        person_id,
        case_id,
    )


async def link_reviewed(db: Reader, org: str, case_id: str) -> bool:
    """Answer whether somebody is still to look at who was linked to a case."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (
                SELECT FROM access_reviews
                 WHERE org = $1 AND case_id = $2 AND kind = 'signal' AND outcome = '')
            """,
            org,
            case_id,
        )
    )
