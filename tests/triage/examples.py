"""One plausible call about a person with chest pain, to be varied by each test."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from standfast.facts.triage import TriageEvent
from standfast.kernel.values import Sex
from standfast.triage.content import current
from standfast.triage.engine import Given
from standfast.triage.model import ASSESSMENT, AnswerQuestion, Assessment, WithdrawAnswers
from tests.triage.paths import NO_THREAT, answered

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROVIDER: Final = "harrowmere-urgent-care"
CASE: Final = str(UUID(int=0x111, version=4))
AMIRA: Final = "Amira Khan"

CHEST_PAIN: Final = (*NO_THREAT, *answered("main-problem.problem=1", "main-problem.pain=1"))
HEAVY_CHEST: Final = (*CHEST_PAIN, *answered("chest-pain.heavy=1"))


def entry(number: int) -> str:
    """Return the id of a device entry."""
    return str(UUID(int=number, version=4))


def an_answer(
    n: int,
    given: Given,
    *,
    words: str = "",
    version: str = "",
    age_years: int | None = None,
    sex: Sex | None = None,
    org: str = PROVIDER,
    number: int | None = None,
) -> AnswerQuestion:
    return AnswerQuestion(
        entry_id=entry(1_000 + n if number is None else number),
        case_id=CASE,
        org=org,
        staff_name=AMIRA,
        at=NOON + timedelta(seconds=5 * n),
        n=n,
        question_id=given.question,
        answer_key=given.key,
        version=version or current().version,
        words=words,
        age_years=age_years,
        sex=sex,
    )


def a_withdrawal(n: int, *, number: int = 2_000) -> WithdrawAnswers:
    return WithdrawAnswers(
        entry_id=entry(number),
        case_id=CASE,
        org=PROVIDER,
        staff_name=AMIRA,
        at=NOON + timedelta(minutes=4),
        n=n,
    )


def history(*given: Given) -> tuple[TriageEvent, ...]:
    """Return every event of a call in which these answers were given."""
    events: list[TriageEvent] = []
    for n, item in enumerate(given):
        state = ASSESSMENT.replay(events)
        events.extend(ASSESSMENT.decide(state, an_answer(n, item), NOON))
    return tuple(events)


def after(*given: Given) -> Assessment:
    return ASSESSMENT.replay(history(*given))
