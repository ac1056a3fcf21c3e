"""What is asked of the read models of access. Every query is for one organisation."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.access.tables import RelationshipRow
from standfast.journal.database import Reader

MOST: Final = 500
"""Rows that one page shows; the export has them all."""


class Glass(Struct, frozen=True, kw_only=True):
    """A reason that somebody gave, while it holds."""

    review_id: str
    record_id: str
    person_id: str
    case_id: str
    reason: str
    until: datetime


async def ties(db: Reader, org: str, record_id: str) -> list[RelationshipRow]:
    """Return every relationship with a record, and with the person it is about."""
    return await db.fetch(
        RelationshipRow,
        """
            WITH about AS (
                 SELECT person_id
                   FROM access_relationships
                  WHERE org = $1 AND (case_id = $2 OR thing_id = $2)
                 UNION
                 SELECT $2
            )
          SELECT org, relationship_id, basis, thing_id, case_id, reference, person_id, staff,
                 began_at, ended_at, until
            FROM access_relationships
           WHERE org = $1
             AND (case_id = $2 OR thing_id = $2
                  OR person_id IN (SELECT person_id FROM about WHERE person_id <> ''))
        ORDER BY began_at DESC, relationship_id
        """,
        org,
        record_id,
    )


async def glasses(
    db: Reader, org: str, staff_id: str, session_id: str, now: datetime
) -> list[Glass]:
    """Return the reasons that hold now for one session, the latest first."""
    return await db.fetch(
        Glass,
        """
          SELECT review_id, record_id, person_id, case_id, reason, until
            FROM access_reviews
           WHERE org = $1 AND staff_id = $2 AND session_id = $3 AND until > $4
        ORDER BY until DESC, review_id
        """,
        org,
        staff_id,
        session_id,
        now,
    )
