"""The reference engine: from answers to the next question or to an outcome. Pure.

``web/static/triage-engine.js`` is the same in the browser; ``tests/triage/test_parity.py``
holds the two together over every path.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from standfast.facts.triage import DispositionKind
from standfast.kernel.values import Sex
from standfast.triage.protocols import Asked, Choice, Condition, Disposition, ProtocolSet

MONTHS: Final = 12
_NO_LIMIT: Final = 10_000


class Facts(Struct, frozen=True):
    """What is known of the patient; None is not known, and then the question is asked."""

    age_years: int | None = None
    sex: Sex | None = None


class Given(Struct, frozen=True):
    """One answer as it was given: to which question, by which key."""

    question: str
    key: str


class Taken(Struct, frozen=True, kw_only=True):
    """One step of the path. ``n`` is the answer's position; None when facts answered it."""

    question: str
    short: str
    key: str
    text: str
    n: int | None
    rules_in: str
    finding: bool


class Step(Struct, frozen=True, kw_only=True):
    """Where an assessment is.

    ``question`` is the one to ask, None when ``finished``. ``disposition`` is the most urgent
    ruled in so far, and may be None until finished. ``applied`` answers could be used: fewer
    than given when what is known has changed, and the rest must be withdrawn. ``care`` and
    ``worsening`` are ids of advice, to be read out when finished.
    """

    question: Asked | None
    disposition: Disposition | None
    finished: bool
    life_threat: bool
    problem: str
    applied: int
    path: tuple[Taken, ...]
    care: tuple[str, ...]
    worsening: tuple[str, ...]


def walk(protocols: ProtocolSet, facts: Facts, answers: Sequence[Given]) -> Step:
    """Follow *answers* from the first life-threat question as far as they lead.

    An ambulance ends the assessment at once. Otherwise it ends when there is no further
    question, or none that could lead to anything more urgent than what is ruled in.
    """
    path: list[Taken] = []
    care: list[str] = []
    best: Disposition | None = None
    problem, at, applied = protocols.life_threats, protocols.first, 0
    while at:
        question = protocols.questions[at]
        if best is not None and question.reach >= best.rank:
            break
        problem = question.protocol
        given = answers[applied] if applied < len(answers) else None
        answered = given is not None and given.question == at
        if answered and given is not None:
            choice = _choice(question, given.key)
        elif question.applies is not None and not _possible(question.applies, facts):
            at = question.skip
            continue
        else:
            choice = _known(question, facts)
        if choice is None:
            return _unfinished(question, best, applied, path)
        path.append(_taken(question, choice, applied if answered else None))
        applied += answered
        care += choice.care
        at = choice.next
        if choice.rules_in:
            ruled_in = protocols.dispositions[choice.rules_in]
            if best is None or ruled_in.rank < best.rank:
                best = ruled_in
            if ruled_in.kind is DispositionKind.AMBULANCE:
                break
    return _finished(protocols, best, path, problem=problem, applied=applied, care=care)


def _choice(question: Asked, key: str) -> Choice | None:
    return next((choice for choice in question.choices if choice.key == key), None)


def _known(question: Asked, facts: Facts) -> Choice | None:
    """Return the answer that *facts* give by themselves, if they do."""
    for choice in question.choices:
        if choice.when is not None and _certain(choice.when, facts):
            return choice
    return None


def _possible(condition: Condition, facts: Facts) -> bool:
    """Return whether a patient of whom *facts* are known might meet *condition*."""
    if condition.sex is not None and _sex(facts) not in (None, condition.sex):
        return False
    if facts.age_years is None:
        return True
    youngest = facts.age_years * MONTHS
    limit = _NO_LIMIT if condition.age_under is None else condition.age_under
    return youngest < limit and youngest + MONTHS > condition.age_from


def _certain(condition: Condition, facts: Facts) -> bool:
    """Return whether every patient of whom *facts* are known meets *condition*."""
    if condition.sex is not None and _sex(facts) != condition.sex:
        return False
    if condition.age_from == 0 and condition.age_under is None:
        return True
    if facts.age_years is None:
        return False
    youngest = facts.age_years * MONTHS
    limit = _NO_LIMIT if condition.age_under is None else condition.age_under
    return youngest >= condition.age_from and youngest + MONTHS <= limit


def _sex(facts: Facts) -> Sex | None:
    """Return the sex when it decides anything: "other" and "unknown" leave both possible."""
    return facts.sex if facts.sex in (Sex.FEMALE, Sex.MALE) else None


def _taken(question: Asked, choice: Choice, n: int | None) -> Taken:
    return Taken(
        question=question.id,
        short=question.short,
        key=choice.key,
        text=choice.text,
        n=n,
        rules_in=choice.rules_in,
        finding=choice.finding,
    )


def _unfinished(
    question: Asked,
    best: Disposition | None,
    applied: int,
    path: list[Taken],
) -> Step:
    return Step(
        question=question,
        disposition=best,
        finished=False,
        life_threat=False,
        problem=question.protocol,
        applied=applied,
        path=tuple(path),
        care=(),
        worsening=(),
    )


def _finished(
    protocols: ProtocolSet,
    best: Disposition | None,
    path: list[Taken],
    *,
    problem: str,
    applied: int,
    care: list[str],
) -> Step:
    """End the walk. Somebody who waits for an ambulance is told that and nothing milder."""
    protocol = protocols.protocols[problem]
    end = best if best is not None else protocols.dispositions[protocol.otherwise]
    home = end.kind is not DispositionKind.AMBULANCE
    return Step(
        question=None,
        disposition=end,
        finished=True,
        life_threat=problem == protocols.life_threats,
        problem=problem,
        applied=applied,
        path=tuple(path),
        care=_once((*care, *end.care, *(protocol.care if home else ()))),
        worsening=_once((*(protocol.worsening if home else ()), *end.worsening)),
    )


def _once(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
