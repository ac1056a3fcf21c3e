"""What is asked of the read models of access. Every query is for one organisation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.access.rows import EntryRow, RelationshipRow, SearchRow
from standfast.journal.database import Reader

MOST: Final = 500
"""Rows that one page shows; the export has them all."""

TO_REVIEW: Final = "SELECT count(*) FROM access_reviews WHERE org = $1 AND outcome = ''"
"""How many wait for a review."""


class Glass(Struct, frozen=True, kw_only=True):
    """A reason that somebody gave, while it holds."""

    review_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    reason: str
    until: datetime
    proof_id: str = ""

    def is_over(self, kind: str, record_id: str, person_id: str) -> bool:
        """Return whether it opens this record: the same one, or another of the same person."""
        same = (kind, record_id) == (self.record_kind, self.record_id)
        return same or (person_id != "" and person_id == self.person_id)

    def proves(self, kind: str, record_id: str, case_id: str) -> bool:
        """Return whether the proof given with it is for this record too.

        With a person: all that is theirs. With one case: that case, and whose it is.
        """
        return bool(self.proof_id) and (
            self.record_kind == "person"
            or (kind, record_id)
            in {
                (self.record_kind, self.record_id),
                ("person", self.person_id),
            }
            or (case_id != "" and case_id == self.case_id)
        )


OF_RECORD: Final[Mapping[str, str]] = {
    "person": "person_id = $2 AND person_id <> ''",
    "case": "case_id = $2",
    "booking": "basis = 'booking' AND thing_id = $2",
    "prescription": "basis = 'prescription' AND thing_id = $2",
}
"""Which relationships are with a record itself, by its kind. Each has its index."""

TIES: Final = """
    WITH own AS MATERIALIZED (
         SELECT org, relationship_id, basis, thing_id, case_id, reference, person_id, staff,
                leavers, began_at, ended_at, until
           FROM access_relationships
          WHERE org = $1 AND {of_record}
    )
  SELECT org, relationship_id, basis, thing_id, case_id, reference, person_id, staff,
         leavers, began_at, ended_at, until
    FROM own
   UNION ALL
  SELECT org, relationship_id, basis, thing_id, case_id, reference, person_id, staff,
         leavers, began_at, ended_at, until
    FROM access_relationships
   WHERE org = $1
     AND person_id = ANY (ARRAY(SELECT person_id FROM own WHERE person_id <> ''))
     AND NOT ({of_record})
"""
"""Those, and all with the person whom it is about."""


async def ties(db: Reader, org: str, kind: str, record_id: str) -> list[RelationshipRow]:
    """Return every relationship with a record, and with the person it is about.

    What the id is of is looked at as well: a case whose id is a person's is no tie to them.
    """
    of_record = OF_RECORD.get(kind)
    if of_record is None:
        return []
    sql = TIES.format(of_record=of_record) + "ORDER BY began_at DESC, relationship_id"
    return await db.fetch(RelationshipRow, sql, org, record_id)


def is_of(tie: RelationshipRow, kind: str, record_id: str) -> bool:
    """Return whether a relationship is with this very record, and not with one of its person."""
    match kind:
        case "person":
            return tie.person_id == record_id
        case "case":
            return tie.case_id == record_id
        case _:
            return tie.basis == kind and tie.thing_id == record_id


async def glasses(
    db: Reader, org: str, staff_id: str, session_id: str, now: datetime
) -> list[Glass]:
    """Return the reasons that hold now for one session, the latest first."""
    return await db.fetch(
        Glass,
        """
          SELECT review_id, record_kind, record_id, person_id, case_id, reason, until, proof_id
            FROM access_reviews
           WHERE org = $1 AND staff_id = $2 AND session_id = $3 AND until > $4
        ORDER BY until DESC, review_id
        """,
        org,
        staff_id,
        session_id,
        now,
    )


async def proof_of(  # noqa: PLR0917 - whose, of what, in which session, now
    db: Reader, org: str, session_id: str, kind: str, record_id: str, now: datetime
) -> str:
    """Return the id of the fresh proof that opens a record in one session now; else nothing."""
    found = await db.fetch_value(
        """
        SELECT proof_id
          FROM access_proofs
         WHERE org = $1 AND session_id = $2 AND record_kind = $3 AND record_id = $4
           AND until > $5
        """,
        org,
        session_id,
        kind,
        record_id,
        now,
    )
    return str(found or "")


class ReviewLine(Struct, frozen=True, kw_only=True):
    """Something to be reviewed, as its line shows it."""

    review_id: str
    kind: str
    staff_id: str
    staff_name: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    reason: str
    marks: tuple[str, ...]
    score: int
    happened_at: datetime
    until: datetime | None
    outcome: str
    note: str
    reviewed_by: str
    reviewed_at: datetime | None


async def reviews(db: Reader, org: str) -> list[ReviewLine]:
    """Return all that nobody has reviewed, oldest first, then what was reviewed lately."""
    return await db.fetch(
        ReviewLine,
        """
          SELECT review_id, kind, staff_id, staff_name, session_id, record_kind, record_id,
                 person_id, reason, marks, score, happened_at, until, outcome, note,
                 reviewed_by, reviewed_at
            FROM access_reviews
           WHERE org = $1
             AND (outcome = '' OR review_id IN (
                 SELECT review_id
                   FROM access_reviews
                  WHERE org = $1 AND outcome <> ''
               ORDER BY reviewed_at DESC, review_id
                  LIMIT 50))
        ORDER BY reviewed_at DESC NULLS FIRST, happened_at, review_id
        """,
        org,
    )


async def review(db: Reader, org: str, review_id: str) -> ReviewLine | None:
    """Return one of them."""
    return await db.fetch_one(
        ReviewLine,
        """
        SELECT review_id, kind, staff_id, staff_name, session_id, record_kind, record_id,
               person_id, reason, marks, score, happened_at, until, outcome, note,
               reviewed_by, reviewed_at
          FROM access_reviews
         WHERE org = $1 AND review_id = $2
        """,
        org,
        review_id,
    )


async def fresh_glass(db: Reader, org: str, now: datetime) -> list[ReviewLine]:
    """Return the glass that is broken now, and labels just lowered, that nobody has reviewed."""
    return await db.fetch(
        ReviewLine,
        """
          SELECT review_id, kind, staff_id, staff_name, session_id, record_kind, record_id,
                 person_id, reason, marks, score, happened_at, until, outcome, note,
                 reviewed_by, reviewed_at
            FROM access_reviews
           WHERE org = $1 AND outcome = ''
             AND (until > $2
                  OR (marks @> '["label_lowered"]' AND happened_at > $2 - interval '30 minutes'))
        ORDER BY happened_at DESC, review_id
           LIMIT 50
        """,
        org,
        now,
    )


async def entries_of_review(db: Reader, org: str, line: ReviewLine) -> list[EntryRow]:
    """Return what was opened by a reason, or the opening that a signal is about."""
    return await db.fetch(
        EntryRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, basis, reference, why, glass_id, purpose, sensitivity,
                 act, way, offline, marks, opened_at, proof_id, part
            FROM access_entries
        WHERE org = $1
          AND (glass_id = $2 OR ($3 = 'signal' AND staff_id = $4 AND record_id = $5
               AND opened_at = $6))
     ORDER BY opened_at, entry_id
        LIMIT 200
        """,
        org,
        line.review_id,
        line.kind,
        line.staff_id,
        line.record_id,
        line.happened_at,
    )


async def looked(db: Reader, org: str, person_id: str, *, most: int = MOST) -> list[EntryRow]:
    """Return every opening of a person's record and of their cases, the latest first.

    What was opened of a case before it was known whose it was is theirs as well.
    """
    return await db.fetch(
        EntryRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, basis, reference, why, glass_id, purpose, sensitivity,
                 act, way, offline, marks, opened_at, proof_id, part
            FROM access_entries
        WHERE org = $1
          AND (person_id = $2
               OR (person_id = '' AND case_id IN (
                   SELECT case_id FROM access_relationships
                    WHERE org = $1 AND person_id = $2 AND case_id <> '')))
     ORDER BY opened_at DESC, entry_id DESC
        LIMIT $3
        """,
        org,
        person_id,
        most,
    )


async def shown_in_searches(
    db: Reader, org: str, person_id: str, *, most: int = MOST
) -> list[SearchRow]:
    """Return the searches that showed a person, the latest first."""
    return await db.fetch(
        SearchRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, place, shown, offline, found_at
            FROM access_searches
           WHERE org = $1 AND shown @> to_jsonb($2::text)
        ORDER BY found_at DESC, entry_id DESC
           LIMIT $3
        """,
        org,
        person_id,
        most,
    )


async def has_opened(
    db: Reader, org: str, staff_id: str, record_id: str, since: datetime
) -> bool:
    """Return whether somebody opened a record after *since*."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (SELECT FROM access_entries
                            WHERE org = $1 AND staff_id = $2 AND record_id = $3
                              AND opened_at > $4)
            """,
            org,
            staff_id,
            record_id,
            since,
        )
    )
