"""What a pack of paper shows of cases: all that is open, what each owes, whom to ring back."""

from collections.abc import Mapping
from typing import Final

import msgspec

from standfast.calls.partners import AMBULANCE_DESK_PHONE
from standfast.calls.queries import call_back_list
from standfast.calls.rows import digits
from standfast.facts.on_paper import (
    AMBULANCE_DESK,
    CALL_BACKS_ON_PAPER,
    CASES_LIKE,
    CASES_ON_PAPER,
    LikeAsked,
    PaperCallBack,
    PaperCase,
    PaperTwin,
    Telephone,
)
from standfast.journal.database import Reader
from standfast.web.platform import Answerer

MOST: Final = 500
"""Lines of one list: more than a centre has open at once."""


async def _open_cases(db: Reader, org: str, _: str) -> tuple[PaperCase, ...]:
    found = await db.fetch(
        PaperCase,
        """
          SELECT c.case_id, c.reference, c.patient, c.place, c.numbers, c.problem,
                 c.disposition, c.priority, c.due_at, c.opened_by, c.opened_at,
                 coalesce((SELECT jsonb_agg(o.words ORDER BY o.due_at NULLS LAST, o.owing)
                             FROM calls_outstanding AS o
                            WHERE o.org = c.org AND o.case_id = c.case_id
                                  AND o.words <> ''), '[]'::jsonb) AS owes
            FROM calls_cases AS c
           WHERE c.org = $1 AND c.status <> 'closed' AND c.opened_at IS NOT NULL
        ORDER BY c.priority, c.due_at NULLS LAST, c.opened_at, c.case_id
           LIMIT $2
        """,
        org,
        MOST,
    )
    return tuple(found)


async def _like(db: Reader, org: str, key: str) -> tuple[PaperTwin, ...]:
    asked = msgspec.json.decode(key, type=LikeAsked)
    found = await db.fetch(
        PaperTwin,
        """
          SELECT case_id, reference, patient, numbers, problem, disposition, opened_at, source
            FROM calls_cases AS c
           WHERE org = $1 AND case_id <> $2 AND opened_at BETWEEN $3 AND $4
                 AND (EXISTS (SELECT FROM calls_case_numbers AS n
                               WHERE n.org = c.org AND n.case_id = c.case_id
                                     AND n.number = ANY ($5::text[]))
                      OR ($6 <> '' AND lower(patient->>'family') = lower($6)
                          AND ($7::date IS NULL OR patient->>'born' IS NULL
                               OR (patient->>'born')::date = $7)))
        ORDER BY opened_at, case_id
           LIMIT 10
        """,
        org,
        asked.besides,
        asked.since,
        asked.until,
        [digits(each) for each in asked.numbers],
        asked.family,
        asked.born,
    )
    return tuple(found)


async def _call_backs(db: Reader, org: str, _: str) -> tuple[PaperCallBack, ...]:
    return tuple(
        PaperCallBack(
            case_id=each.case_id,
            reference=each.reference,
            number=each.number,
            lost_at=each.lost_at,
            problem=each.problem,
        )
        for each in await call_back_list(db, org)
    )


async def _ambulance_desk(_: Reader, __: str, ___: str) -> Telephone:
    return Telephone(
        kind="ambulance", name="Ambulance desk", phone=AMBULANCE_DESK_PHONE, always_open=True
    )


ANSWERS: Final[Mapping[str, Answerer]] = {
    AMBULANCE_DESK.name: _ambulance_desk,
    CASES_ON_PAPER.name: _open_cases,
    CASES_LIKE.name: _like,
    CALL_BACKS_ON_PAPER.name: _call_backs,
}
