"""What is asked of the read models of calls. Every query is for one organisation."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.calls.rows import CallRow, CaseRow, MessageRow
from standfast.facts.contact import Patient
from standfast.journal.database import Reader

MOST_ROWS: Final = 200

CALLS_WAITING: Final = "SELECT count(*) FROM calls_calls WHERE org = $1 AND status = 'waiting'"
"""How many callers hear it ring."""

CASES_WAITING: Final = "SELECT count(*) FROM calls_queue WHERE org = $1 AND taken_id = ''"
"""How many cases wait for a clinician to take them."""


class LostRow(Struct, frozen=True, kw_only=True):
    """A caller to be rung back. ``call_id`` or ``case_id`` says what is to be settled."""

    call_id: str
    case_id: str
    reference: str
    number: str
    lost_at: datetime
    rang_at: datetime | None
    patient: Patient | None
    problem: str


class Waiting(Struct, frozen=True, kw_only=True):
    """A case in the clinical queue, as its line shows it."""

    case_id: str
    reference: str
    patient: Patient
    problem: str
    priority: int
    due_at: datetime
    wanted_at: datetime
    reason: str
    skill: str
    tried: int
    taken_id: str
    taken_by: str
    put_back: str

    @property
    def target_minutes(self) -> float:
        """How long was allowed in all."""
        return (self.due_at - self.wanted_at).total_seconds() / 60


class Unaccepted(Struct, frozen=True, kw_only=True):
    """An ambulance request that no desk has, and who is with the caller."""

    case_id: str
    reference: str
    category: str
    reason: str
    requested_at: datetime
    accept_by: datetime
    noticed: bool
    opened_by: str
    patient: Patient


class Owed(Struct, frozen=True, kw_only=True):
    """Something that a case owes, and whose case it is."""

    case_id: str
    reference: str
    owing: str
    words: str
    due_at: datetime | None
    status: str
    whose: str
    patient: Patient


class Lying(Struct, frozen=True, kw_only=True):
    """A message that no link and nobody has taken to the GP."""

    case_id: str
    reference: str
    patient: Patient
    gp_name: str
    for_action: bool
    is_correction: bool
    made_at: datetime


async def waiting_calls(db: Reader, org: str) -> list[CallRow]:
    """Return the calls that nobody has opened a case for, the longest wait first."""
    return await db.fetch(
        CallRow,
        """
          SELECT org, call_id, number, place, status, rang_at, hung_up_at, case_id,
                 staff_name, outcome, answered_twice
            FROM calls_calls
           WHERE org = $1
             AND status IN ('waiting', 'connected')
        ORDER BY rang_at, call_id
           LIMIT $2
        """,
        org,
        MOST_ROWS,
    )


async def answered_twice(db: Reader, org: str) -> list[CallRow]:
    """Return the calls that two people answered while two sites were cut off, latest first."""
    return await db.fetch(
        CallRow,
        """
          SELECT org, call_id, number, place, status, rang_at, hung_up_at, case_id,
                 staff_name, outcome, answered_twice
            FROM calls_calls
           WHERE org = $1
             AND answered_twice
        ORDER BY rang_at DESC, call_id
           LIMIT 20
        """,
        org,
    )


async def call_back_list(db: Reader, org: str) -> list[LostRow]:
    """Return the callers to be rung back, who has waited longest first."""
    return await db.fetch(
        LostRow,
        """
          SELECT call_id, '' AS case_id, '' AS reference, number, hung_up_at AS lost_at,
                 rang_at, NULL::jsonb AS patient, '' AS problem
            FROM calls_calls
           WHERE org = $1
             AND status = 'abandoned'
       UNION ALL
          SELECT '', case_id, reference, coalesce(numbers->0->>'number', ''), lost_at,
                 opened_at, patient, problem
            FROM calls_cases
           WHERE org = $1
             AND lost_at IS NOT NULL
        ORDER BY lost_at, call_id, case_id
           LIMIT $2
        """,
        org,
        MOST_ROWS,
    )


async def open_cases(db: Reader, org: str, staff_id: str) -> list[CaseRow]:
    """Return the open cases that somebody has, and closed ones they still see to, newest first."""
    return await _cases(
        db,
        "(status <> 'closed' AND keeper_id = $2 OR status = 'closed' AND case_id IN ("
        " SELECT case_id FROM calls_outstanding WHERE org = $1 AND whose_id = $2))"
        " ORDER BY opened_at DESC, case_id",
        org,
        staff_id,
    )


async def case_row(db: Reader, org: str, case_id: str) -> CaseRow | None:
    """Return one case of the organisation, or None."""
    found = await _cases(db, "case_id = $2", org, case_id)
    return found[0] if found else None


async def find_cases(db: Reader, org: str, text: str) -> list[CaseRow]:
    """Return the cases whose patient or reference has every word of *text*, newest first."""
    words = [f"%{_literal(word)}%" for word in text.lower().split()][:6]
    if not words:
        return []
    return await _cases(
        db, "search LIKE ALL ($2::text[]) ORDER BY opened_at DESC, case_id LIMIT 20", org, words
    )


async def clinical_queue(db: Reader, org: str, now: datetime) -> list[Waiting]:
    """Return the queue: over target first, then by priority, then by time."""
    return await db.fetch(
        Waiting,
        """
          SELECT q.case_id, c.reference, c.patient, c.problem, q.priority, q.due_at,
                 q.wanted_at, q.reason, q.skill, q.tried, q.taken_id, q.taken_by, q.put_back
            FROM calls_queue AS q
            JOIN calls_cases AS c ON c.org = q.org AND c.case_id = q.case_id
           WHERE q.org = $1
        ORDER BY q.due_at > $2, q.priority, q.due_at, q.case_id
           LIMIT $3
        """,
        org,
        now,
        MOST_ROWS,
    )


async def unaccepted(db: Reader, org: str) -> list[Unaccepted]:
    """Return the ambulance requests that nobody has, the longest wait first."""
    return await db.fetch(
        Unaccepted,
        """
          SELECT u.case_id, c.reference, u.category, u.reason, u.requested_at, u.accept_by,
                 u.noticed, c.opened_by, c.patient
            FROM calls_unaccepted AS u
            JOIN calls_cases AS c ON c.org = u.org AND c.case_id = u.case_id
           WHERE u.org = $1
        ORDER BY u.accept_by, u.case_id
        """,
        org,
    )


async def overdue_requests(db: Reader, now: datetime) -> list[str]:
    """Return the cases, of every organisation here, whose request nobody accepted in time.

    The one query that asks for all: the timer acts for the site, not for somebody.
    """
    found = await db.fetch_value(
        "SELECT calls_not_accepted($1)",
        now,
    )
    return list(found)


async def owed(db: Reader, org: str) -> list[Owed]:
    """Return all that cases still owe, but for what their own lists show.

    Of a case still being talked about, only what a service or a prescriber is to do.
    """
    return await db.fetch(
        Owed,
        """
          SELECT o.case_id, c.reference, o.owing, o.words, o.due_at, c.status, o.whose,
                 c.patient
            FROM calls_outstanding AS o
            JOIN calls_cases AS c ON c.org = o.org AND c.case_id = o.case_id
           WHERE o.org = $1
           AND (o.owing IN ('service', 'prescription') OR c.status IN ('finished', 'closed'))
        ORDER BY o.due_at NULLS LAST, o.case_id, o.owing
           LIMIT $2
        """,
        org,
        MOST_ROWS,
    )


async def lying_messages(db: Reader, org: str) -> list[Lying]:
    """Return the messages that no GP has yet: those for action first, then the oldest."""
    return await db.fetch(
        Lying,
        """
          SELECT m.case_id, c.reference, c.patient, m.gp_name, m.for_action,
                 m.is_correction, m.made_at
            FROM calls_messages AS m
            JOIN calls_cases AS c ON c.org = m.org AND c.case_id = m.case_id
           WHERE m.org = $1
             AND m.way = ''
        ORDER BY m.is_correction DESC, m.for_action DESC, m.made_at, m.case_id
           LIMIT $2
        """,
        org,
        MOST_ROWS,
    )


async def message_row(db: Reader, org: str, case_id: str) -> MessageRow | None:
    """Return what became of a case's message; None while the case is open."""
    return await db.fetch_one(
        MessageRow,
        """
        SELECT org, case_id, message_id, gp_name, for_action, made_at, is_correction, way,
               passed_on_by, passed_on_at
          FROM calls_messages
         WHERE org = $1
           AND case_id = $2
        """,
        org,
        case_id,
    )


async def _cases(db: Reader, where: str, org: str, *values: object) -> list[CaseRow]:
    return await db.fetch(
        CaseRow,
        f"""
        SELECT {", ".join(CaseRow.__struct_fields__)}
          FROM calls_cases
         WHERE org = $1
           AND {where}
        """,  # noqa: S608 - the parts are all in this file
        org,
        *values,
    )


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
