"""What an assessment has recorded. This file only ever grows."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex


class DispositionKind(StrEnum):
    """What sort of help a disposition leads to: who has to act on it."""

    AMBULANCE = "ambulance"
    EMERGENCY_DEPARTMENT = "emergency_department"
    CLINICIAN = "clinician"
    MENTAL_HEALTH = "mental_health"
    PRIMARY_CARE = "primary_care"
    MEDICINES = "medicines"
    DENTAL = "dental"
    PHARMACY = "pharmacy"
    SELF_CARE = "self_care"


class AmbulanceCategory(StrEnum):
    """Ambulance response category. ``C1 < C2``: the lesser is the more urgent."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"


class Finding(Struct, frozen=True, kw_only=True):
    """An answer that mattered: what was asked in short, the answer, the caller's own words."""

    short: str
    answer: str
    words: str = ""


class Advice(Struct, frozen=True, kw_only=True):
    """One thing to read out and tick. ``advice_id`` is the same on device, server and paper."""

    advice_id: str
    text: str


class AnswerGiven(Event, frozen=True, kw_only=True, tag="triage.answer_given.v1"):
    """The question at position ``n`` (from 0) was answered on the device at ``answered_at``.

    ``question`` is the text as asked and ``version`` the hash of the content it came from.
    ``age_years`` and ``sex`` are what was known of the patient then; None is not known.
    """

    case_id: str
    org: str
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
    age_years: int | None = None
    sex: Sex | None = None


class AnswersWithdrawn(Event, frozen=True, kw_only=True, tag="triage.answers_withdrawn.v1"):
    """The answers from position ``n`` on were taken back: those of the entries ``answers``."""

    case_id: str
    org: str
    entry_id: str
    n: int
    answers: tuple[str, ...]
    withdrawn_at: datetime
    by: str


class DispositionReached(Event, frozen=True, kw_only=True, tag="triage.disposition_reached.v1"):
    """The answers, the last being that of ``entry_id``, lead here.

    ``minutes`` is the time frame from ``reached_at``. ``priority`` is 1 (most urgent) to 5.
    ``rank`` orders all dispositions of this ``version``: 0 is the most urgent. ``category``
    is None unless ``kind`` is an ambulance. ``needs`` are the skills a service must have.
    """

    case_id: str
    org: str
    entry_id: str
    code: str
    label: str
    detail: str
    kind: DispositionKind
    minutes: int
    priority: int
    rank: int
    category: AmbulanceCategory | None
    needs: tuple[str, ...]
    problem: str
    problem_title: str
    """The problem in a few words; of a threat to life which one, and what was answered."""
    life_threat: bool
    findings: tuple[Finding, ...]
    advice_interim: tuple[Advice, ...]
    advice_worsening: tuple[Advice, ...]
    version: str
    reached_at: datetime
    by: str


class DispositionWithdrawn(
    Event, frozen=True, kw_only=True, tag="triage.disposition_withdrawn.v1"
):
    """The disposition ``code`` that the answer of ``reached_by`` led to no longer stands."""

    case_id: str
    org: str
    reached_by: str
    code: str
    withdrawn_at: datetime
    by: str


TriageEvent: TypeAlias = (
    AnswerGiven | AnswersWithdrawn | DispositionReached | DispositionWithdrawn
)


class AnswerSummary(Struct, frozen=True, kw_only=True):
    """One answer that stands, as others may show it."""

    n: int
    short: str
    question: str
    answer: str
    words: str
    answered_at: datetime
    by: str


class AssessmentSummary(Struct, frozen=True, kw_only=True):
    """What an assessment has come to so far. ``disposition`` is None while it goes on."""

    case_id: str
    answers: tuple[AnswerSummary, ...]
    disposition: DispositionReached | None
    conflict: bool
    """Two people answered the same question; the more urgent outcome stands till settled."""


ASSESSMENT_SUMMARY: Final[Question[AssessmentSummary]] = Question("triage.assessment")
"""By case id. None when nothing has been asked."""
