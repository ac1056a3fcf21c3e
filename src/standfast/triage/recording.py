"""What is recorded of an answer, and of where the answers lead. Pure."""

from datetime import datetime
from typing import Protocol

from standfast.facts.triage import Advice, AnswerGiven, DispositionReached, Finding
from standfast.kernel.values import Sex
from standfast.triage.engine import Step
from standfast.triage.protocols import Asked, Choice, ProtocolSet


class Asking(Protocol):
    """An answer that somebody gave: on a screen, or on paper."""

    @property
    def entry_id(self) -> str: ...
    @property
    def case_id(self) -> str: ...
    @property
    def org(self) -> str: ...
    @property
    def staff_name(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def n(self) -> int: ...
    @property
    def version(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def age_years(self) -> int | None: ...
    @property
    def sex(self) -> Sex | None: ...


def answer_given(asked: Asking, question: Asked, choice: Choice) -> AnswerGiven:
    """Return the fact of one answer, in the words that it was asked in."""
    return AnswerGiven(
        case_id=asked.case_id,
        org=asked.org,
        entry_id=asked.entry_id,
        n=asked.n,
        protocol=question.protocol,
        version=asked.version,
        question_id=question.id,
        question=question.ask,
        short=question.short,
        answer_key=choice.key,
        answer=choice.text,
        words=asked.words.strip(),
        answered_at=asked.at,
        by=asked.staff_name,
        age_years=asked.age_years,
        sex=asked.sex,
    )


def disposition_reached(
    protocols: ProtocolSet,
    asked: Asking,
    step: Step,
    answers: tuple[AnswerGiven, ...],
) -> DispositionReached:
    """Return the fact of where *answers* lead; the last of them is *asked*."""
    end = step.disposition
    assert end is not None  # noqa: S101 - the engine ends in a disposition; H01 test says so
    return DispositionReached(
        case_id=asked.case_id,
        org=asked.org,
        entry_id=asked.entry_id,
        code=end.code,
        label=end.label,
        detail=end.detail,
        kind=end.kind,
        minutes=end.minutes,
        priority=end.priority,
        rank=end.rank,
        category=end.category,
        needs=end.needs,
        problem=step.problem,
        problem_title=_title(protocols, step),
        life_threat=step.life_threat,
        findings=_findings(step, answers),
        advice_interim=_advice(protocols, step.care),
        advice_worsening=_advice(protocols, step.worsening),
        version=protocols.version,
        reached_at=asked.at,
        by=asked.staff_name,
    )


def _title(protocols: ProtocolSet, step: Step) -> str:
    """Return what it is about: the problem, or the very threat to life that was found."""
    turning = step.path[-1] if step.path else None
    if step.life_threat and turning is not None and turning.rules_in:
        return f"{turning.short}: {turning.text}"
    return protocols.protocols[step.problem].title


def _findings(step: Step, answers: tuple[AnswerGiven, ...]) -> tuple[Finding, ...]:
    """Return the answers that mattered, and every one that has the caller's own words."""
    words = ["" if taken.n is None else answers[taken.n].words for taken in step.path]
    return tuple(
        Finding(short=taken.short, answer=taken.text, words=said)
        for taken, said in zip(step.path, words, strict=True)
        if taken.finding or said
    )


def _advice(protocols: ProtocolSet, names: tuple[str, ...]) -> tuple[Advice, ...]:
    return tuple(
        Advice(advice_id=f"{name}.{number}", text=text)
        for name in names
        for number, text in enumerate(protocols.advice[name].steps, start=1)
    )
