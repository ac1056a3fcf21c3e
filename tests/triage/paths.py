"""Every way through the content, for every patient that it tells apart."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from standfast.kernel.values import Sex
from standfast.triage.content import current
from standfast.triage.engine import Facts, Given, Step, walk

AGES: Final = (None, 0, 1, 3, 4, 5, 10, 11, 15, 16, 40, 54, 55, 56, 80)
"""Both sides of every limit that the content names, and one within each."""

SEXES: Final = (None, Sex.FEMALE, Sex.MALE)
PATIENTS: Final = tuple(Facts(age, sex) for age in AGES for sex in SEXES)

NO_THREAT: Final = tuple(
    Given(f"life-threats.{question}", key)
    for question, key in (
        ("awake", "1"),
        ("breathing", "1"),
        ("bleeding", "2"),
        ("fit", "2"),
        ("allergy", "2"),
        ("stroke", "2"),
        ("heart", "2"),
    )
)


@cache
def every_path(facts: Facts) -> tuple[tuple[tuple[Given, ...], Step], ...]:
    """Return each complete list of answers, and where it ends."""
    return tuple(_paths_from(facts, ()))


def _paths_from(
    facts: Facts, answers: tuple[Given, ...]
) -> Iterator[tuple[tuple[Given, ...], Step]]:
    step = walk(current(), facts, answers)
    if step.question is None:
        yield answers, step
        return
    for choice in step.question.choices:
        yield from _paths_from(facts, (*answers, Given(step.question.id, choice.key)))


def answered(*answers: str) -> tuple[Given, ...]:
    """Return answers written ``chest-pain.heavy=2``."""
    return tuple(Given(*answer.split("=")) for answer in answers)
