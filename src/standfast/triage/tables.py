"""What assessments have come to, and every answer in them. Rebuilt from the journal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

import msgspec
from msgspec.structs import replace

from standfast.facts.on_paper import (
    PAPER_CONTENT,
    PAPER_WALK,
    PaperContent,
    PaperWalk,
    WalkAsked,
)
from standfast.facts.triage import (
    ASSESSMENT_SUMMARY,
    AssessmentSummary,
    DispositionReached,
)
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.triage.from_paper import told
from standfast.triage.model import ASSESSMENT, Assessment
from standfast.triage.paper import on_paper
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE triage_answers (
        org         text        NOT NULL,
        case_id     text        NOT NULL,
        entry_id    text        NOT NULL,
        n           bigint      NOT NULL,  -- position in the assessment, from 0
        protocol    text        NOT NULL,
        version     text        NOT NULL,  -- hash of the content it was asked from
        question_id text        NOT NULL,
        question    text        NOT NULL,
        short       text        NOT NULL,
        answer_key  text        NOT NULL,
        answer      text        NOT NULL,
        words       text        NOT NULL,  -- the caller's own; empty when none were kept
        answered_at timestamptz NOT NULL,
        by          text        NOT NULL,
        withdrawn   boolean     NOT NULL,  -- taken back by Back or by a change
        PRIMARY KEY (org, case_id, entry_id)
    );
    CREATE TABLE triage_assessments (
        org         text    NOT NULL,
        case_id     text    NOT NULL,
        code        text,                  -- NULL while no disposition stands, as what follows
        label       text,
        kind        text,
        minutes     bigint,
        priority    bigint,
        category    text,                  -- NULL also when it is not an ambulance
        reached_at  timestamptz,
        version     text    NOT NULL,
        problem     text    NOT NULL,
        answered    bigint  NOT NULL,
        conflict    boolean NOT NULL,
        disposition jsonb,
        PRIMARY KEY (org, case_id)
    );
    CREATE INDEX triage_assessments_in_conflict
        ON triage_assessments (org, case_id) WHERE conflict;
"""

CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}


class AnswerRow(Row, frozen=True, kw_only=True):
    """One answer, standing or taken back."""

    TABLE: ClassVar[str] = "triage_answers"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id", "entry_id")

    org: str
    case_id: str
    entry_id: str
    n: int
    protocol: str
    version: str
    question_id: str
    question: str
    short: str
    answer_key: str
    answer: str
    words: str
    answered_at: datetime
    by: str
    withdrawn: bool


class AssessmentRow(Row, frozen=True, kw_only=True):
    """One assessment and what it has come to; ``disposition`` is None while it goes on."""

    TABLE: ClassVar[str] = "triage_assessments"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    code: str | None = None
    label: str | None = None
    kind: str | None = None
    minutes: int | None = None
    priority: int | None = None
    category: str | None = None
    reached_at: datetime | None = None
    version: str
    problem: str
    answered: int
    conflict: bool
    disposition: DispositionReached | None = None


def rows(assessment: Assessment) -> Iterator[Row]:
    """Say every row of one assessment."""
    if not assessment.given:
        return
    for item in assessment.given:
        yield AnswerRow(
            org=assessment.org,
            case_id=item.case_id,
            entry_id=item.entry_id,
            n=item.n,
            protocol=item.protocol,
            version=item.version,
            question_id=item.question_id,
            question=item.question,
            short=item.short,
            answer_key=item.answer_key,
            answer=item.answer,
            words=item.words,
            answered_at=item.answered_at,
            by=item.by,
            withdrawn=item.entry_id in assessment.withdrawn,
        )
    yield _assessment_row(assessment)


async def answers(db: Reader, org: str, case_id: str) -> list[AnswerRow]:
    """Return every answer of a case in the order it was given, the withdrawn ones too."""
    return await db.fetch(
        AnswerRow,
        """
        SELECT org, case_id, entry_id, n, protocol, version, question_id, question, short,
               answer_key, answer, words, answered_at, by, withdrawn
          FROM triage_answers
         WHERE org = $1 AND case_id = $2
         ORDER BY answered_at, n, entry_id
        """,
        org,
        case_id,
    )


async def assessment_of(db: Reader, org: str, case_id: str) -> AssessmentRow | None:
    """Return what the assessment of a case has come to; None when nothing was asked."""
    return await db.fetch_one(
        AssessmentRow,
        """
        SELECT org, case_id, code, label, kind, minutes, priority, category, reached_at,
               version, problem, answered, conflict, disposition
          FROM triage_assessments
         WHERE org = $1 AND case_id = $2
        """,
        org,
        case_id,
    )


async def summary(db: Reader, org: str, case_id: str) -> AssessmentSummary | None:
    """Answer what others ask: the standing answers of a case and what they led to."""
    return await db.fetch_one(
        AssessmentSummary,
        """
        SELECT case_id, disposition, conflict,
               (SELECT coalesce(json_agg(given ORDER BY n, answered_at, entry_id), '[]')
                  FROM (SELECT n, short, question, answer, words, answered_at, by, entry_id
                          FROM triage_answers
                         WHERE org = $1 AND case_id = $2 AND NOT withdrawn) AS given) AS answers
          FROM triage_assessments
         WHERE org = $1 AND case_id = $2
        """,
        org,
        case_id,
    )


def _assessment_row(assessment: Assessment) -> AssessmentRow:
    reached, standing = assessment.disposition, assessment.standing
    latest = standing[-1] if standing else assessment.given[-1]
    going_on = AssessmentRow(
        org=assessment.org,
        case_id=latest.case_id,
        version=latest.version,
        problem=latest.protocol,
        answered=len(standing),
        conflict=assessment.conflict,
    )
    if reached is None:
        return going_on
    return replace(
        going_on,
        code=reached.code,
        label=reached.label,
        kind=reached.kind.value,
        minutes=reached.minutes,
        priority=reached.priority,
        category=reached.category.value if reached.category else None,
        reached_at=reached.reached_at,
        disposition=reached,
    )


PROJECTIONS: Final = (Projection(ASSESSMENT, rows, (AnswerRow, AssessmentRow)),)


async def _paper_content(_: Reader, __: str, ___: str) -> PaperContent:
    return on_paper()


async def _paper_walk(_: Reader, __: str, key: str) -> PaperWalk | None:
    return told(msgspec.json.decode(key, type=WalkAsked))


ANSWERS: Final[Mapping[str, Answerer]] = {
    ASSESSMENT_SUMMARY.name: summary,
    PAPER_CONTENT.name: _paper_content,
    PAPER_WALK.name: _paper_walk,
}
