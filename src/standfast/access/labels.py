"""What holds of a record now: how guarded it is, and who may be shown a line of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from standfast.access.rows import LabelRow
from standfast.facts.access import Guarded
from standfast.journal.database import Reader, listed
from standfast.kernel.access import Sensitivity

NOTHING: Final = Guarded()


class Guarding(Struct, frozen=True):
    """A case that a label guards."""

    case_id: str


async def labels(
    db: Reader, org: str, *, people: Sequence[str] = (), cases: Sequence[str] = ()
) -> Mapping[str, LabelRow]:
    """Return what was said of these records, by id; of most nothing ever is."""
    if not (people or cases):
        return {}
    found = await db.fetch(
        LabelRow,
        """
        SELECT org, record_id, record_kind, sensitivity, topics, hides_address, of_staff,
               well_known, opted_out, reason, staff_name, labelled_at
          FROM access_labels
         WHERE org = $1
           AND (record_kind = 'person' AND record_id = ANY($2::text[])
                OR record_kind = 'case' AND record_id = ANY($3::text[]))
        """,
        org,
        list(people),
        list(cases),
    )
    return {row.record_id: row for row in found}


async def guarded_people(db: Reader, org: str, person_ids: Sequence[str]) -> frozenset[str]:
    """Return which of these people's records are more guarded than normal."""
    said = await labels(db, org, people=person_ids)
    return frozenset(
        each for each, row in said.items() if sensitivity_of([row]) > Sensitivity.NORMAL
    )


async def guarded_cases(db: Reader, org: str, case_ids: Sequence[str]) -> frozenset[str]:
    """Return which of these cases are guarded: by a label of their own, or as their person is."""
    if not case_ids:
        return frozenset()
    found = await db.fetch(
        Guarding,
        f"""
        SELECT asked AS case_id
          FROM json_array_elements_text($2) AS asked
         WHERE coalesce(
               (SELECT true
                  FROM access_labels AS l
                 WHERE l.org = $1 AND l.record_kind = 'case' AND l.record_id = asked
                   AND {_GUARDS}
                 LIMIT 1),
               (SELECT true
                  FROM access_relationships AS r
                  JOIN access_labels AS l
                    ON l.org = $1 AND l.record_kind = 'person' AND l.record_id = r.person_id
                 WHERE r.org = $1 AND r.case_id = asked AND r.person_id <> '' AND {_GUARDS}
                 LIMIT 1))
        """,  # noqa: S608 - the parts are all in this file
        org,
        listed(case_ids),
        Sensitivity.NORMAL.value,
    )
    return frozenset(each.case_id for each in found)


_GUARDS: Final = "(l.sensitivity > $3 OR l.hides_address OR l.of_staff <> '')"


class LabelledCase(Struct, frozen=True, kw_only=True):
    """A case of somebody's whose label was ever said."""

    case_id: str
    reference: str


async def labelled_cases(db: Reader, org: str, person_id: str) -> list[LabelledCase]:
    """Return the cases of a person of which somebody said how guarded they are, newest first."""
    return await db.fetch(
        LabelledCase,
        """
          SELECT case_id, max(reference) AS reference
            FROM access_relationships
           WHERE org = $1 AND person_id = $2 AND basis IN ('case', 'referral')
             AND case_id IN (SELECT record_id FROM access_labels
                              WHERE org = $1 AND record_kind = 'case')
        GROUP BY case_id
        ORDER BY max(began_at) DESC, case_id
        """,
        org,
        person_id,
    )


async def own_person(db: Reader, org: str, staff_id: str) -> str:
    """Return the id of the record in which a member of staff is the patient, or nothing."""
    found = await db.fetch_value(
        "SELECT record_id FROM access_labels WHERE org = $1 AND of_staff = $2"
        " ORDER BY record_id LIMIT 1",
        org,
        staff_id,
    )
    return str(found or "")


async def guarded(db: Reader, org: str, record_id: str) -> Guarded:
    """Answer how guarded a person's record or a case is."""
    row = (await labels(db, org, people=[record_id], cases=[record_id])).get(record_id)
    if row is None:
        return NOTHING
    return Guarded(
        sensitivity=sensitivity_of([row]),
        topics=row.topics,
        hides_address=row.hides_address,
        opted_out=row.opted_out,
    )


def sensitivity_of(rows: Sequence[LabelRow]) -> Sensitivity:
    """Return how guarded it is that all of *rows* speak of: the most guarded counts.

    A colleague's record and one whose address is hidden are restricted, whatever was said.
    """
    return max((_sensitivity(row) for row in rows), default=Sensitivity.NORMAL)


def _sensitivity(row: LabelRow) -> Sensitivity:
    said = Sensitivity(row.sensitivity)
    special = row.hides_address or bool(row.of_staff)
    return max(said, Sensitivity.RESTRICTED) if special else said
