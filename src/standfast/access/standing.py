"""All that is asked of the rows when somebody wants a record: in one journey to the database."""

from datetime import datetime
from functools import cache
from typing import Final

from msgspec import Struct

from standfast.access.marks import HOUR
from standfast.access.queries import OF_RECORD, TIES, Glass
from standfast.access.rows import LabelRow, RelationshipRow
from standfast.journal.database import Reader


class Standing(Struct, frozen=True, kw_only=True):
    """How somebody stands to a record."""

    ties: tuple[RelationshipRow, ...] = ()
    """Every relationship with it, and with the person it is about; the latest first."""
    labels: tuple[LabelRow, ...] = ()
    """What was said under its id, and under those of its person and its case."""
    glasses: tuple[Glass, ...] = ()
    """The reasons that hold now in this session, for whatever record; the latest first."""
    people_in_the_hour: int = 0
    """How many people's records they have opened within an hour."""

    def label_of(self, kind: str, record_id: str) -> LabelRow | None:
        """Return what was said of one record of that *kind*, not of another with its id."""
        for each in self.labels:
            if (each.record_kind, each.record_id) == (kind, record_id):
                return each
        return None


async def standing(  # noqa: PLR0917 - who, in which session, wants what, now
    db: Reader,
    org: str,
    kind: str,
    record_id: str,
    staff_id: str,
    session_id: str,
    now: datetime,
) -> Standing:
    """Return how *staff_id*, in this session, stands to a record."""
    if kind not in OF_RECORD:
        return Standing()
    found = await db.fetch_one(
        Standing,
        _asked(kind),
        org,
        record_id,
        staff_id,
        session_id,
        now,
        now - HOUR,
    )
    return found or Standing()


@cache
def _asked(kind: str) -> str:
    of_record = OF_RECORD[kind]
    return _STANDING.format(ties=TIES.format(of_record=of_record), of_record=of_record)


_STANDING: Final = """
    WITH ties AS MATERIALIZED ({ties})
  SELECT (SELECT coalesce(json_agg(ties ORDER BY began_at DESC, relationship_id), '[]')
            FROM ties) AS ties,
         (SELECT coalesce(json_agg(said), '[]')
            FROM (SELECT org, record_id, record_kind, sensitivity, topics, hides_address,
                         of_staff, well_known, opted_out, reason, staff_name, labelled_at
                    FROM access_labels
                   WHERE org = $1
                     AND record_id = ANY (ARRAY(
                         SELECT $2
                          UNION ALL
                         SELECT unnest(ARRAY[person_id, case_id]) FROM ties WHERE {of_record}
                         ))) AS said) AS labels,
         (SELECT coalesce(json_agg(reasons ORDER BY until DESC, review_id), '[]')
            FROM (SELECT review_id, record_kind, record_id, person_id, case_id, reason, until,
                         proof_id
                    FROM access_reviews
                   WHERE org = $1 AND staff_id = $3 AND session_id = $4
                     AND until > $5) AS reasons) AS glasses,
         (SELECT count(DISTINCT person_id)
            FROM access_entries
           WHERE org = $1 AND staff_id = $3 AND opened_at > $6
             AND person_id <> '') AS people_in_the_hour
"""
