"""What somebody, or anybody on their numbers, had to do with us before: shown with every case."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.calls.rows import digits
from standfast.journal.database import Reader, listed

EARLIER: Final = timedelta(hours=96)
"""How far back earlier contacts are shown before the first question."""


class Before(Struct, frozen=True, kw_only=True):
    """A case before this one, as the line about it needs it."""

    case_id: str
    reference: str
    opened_at: datetime
    person_id: str | None
    problem: str
    summary: str


async def earlier_contacts(
    db: Reader,
    org: str,
    *,
    besides: str,
    person_id: str | None,
    numbers: list[str],
    now: datetime,
) -> list[Before]:
    """Return what the person, or anybody on these numbers, had to do with us in 96 hours.

    Cases and numbers are looked up one by one (OFFSET 0 keeps the planner from anything else):
    as one condition it read all 96 hours of everybody.
    """
    return await db.fetch(
        Before,
        _EARLIER,
        org,
        besides,
        now - EARLIER,
        person_id,
        listed([digits(number) for number in numbers]),
    )


_EARLIER: Final = """
      SELECT one.case_id, reference, opened_at, person_id, problem, summary
        FROM (SELECT case_id
                FROM calls_cases
               WHERE org = $1 AND person_id = $4
               UNION
              SELECT by_number.case_id
                FROM json_array_elements_text($5) AS asked,
             LATERAL (SELECT case_id
                        FROM calls_case_numbers
                       WHERE org = $1 AND number = asked
                      OFFSET 0) AS by_number) AS found,
     LATERAL (SELECT case_id, reference, opened_at, person_id, problem, summary
                FROM calls_cases
               WHERE org = $1 AND case_id = found.case_id
              OFFSET 0) AS one
       WHERE one.case_id <> $2 AND opened_at > $3
    ORDER BY opened_at DESC, case_id
       LIMIT 20
"""
