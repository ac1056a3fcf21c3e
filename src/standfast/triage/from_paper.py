"""Answers that were keyed from a form: the engine walks them as if they had been given on screen."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from standfast.facts.on_paper import PaperWalk, WalkAsked
from standfast.facts.paper import FormKeyed
from standfast.kernel.values import Sex
from standfast.triage.content import protocol_set
from standfast.triage.engine import Facts, Given, Step, walk
from standfast.triage.paper import outcome_on_paper
from standfast.triage.protocols import ProtocolSet


class Walked(Struct, frozen=True):
    """The answers that the questions lead to, in their order, and where that is."""

    given: tuple[Given, ...]
    step: Step


def walk_paper(protocols: ProtocolSet, facts: Facts, keyed: Mapping[str, str]) -> Walked:
    """Answer each question that comes with what stands in its box, as far as that goes."""
    given: tuple[Given, ...] = ()
    while True:
        step = walk(protocols, facts, given)
        question = step.question
        if question is None or question.id not in keyed:
            return Walked(given, step)
        key = keyed[question.id]
        if all(choice.key != key for choice in question.choices):
            return Walked(given, step)
        given = (*given, Given(question.id, key))


def told(asked: WalkAsked) -> PaperWalk | None:
    """Return where the boxes lead; None when this site has other questions by now."""
    protocols = protocol_set(asked.version)
    if protocols is None:
        return None
    walked = walk_paper(protocols, Facts(asked.age_years, asked.sex), asked.answers)
    step = walked.step
    ends = step.disposition if step.finished else None
    return PaperWalk(
        used=tuple(each.question for each in walked.given),
        next_question="" if step.question is None else step.question.short,
        outcome=outcome_on_paper(ends) if ends else None,
        life_threat=step.life_threat,
    )


class Keyed(Struct, frozen=True):
    """What a form says to triage."""

    event: FormKeyed

    @property
    def answers(self) -> dict[str, str]:
        return {each.question_id: each.key for each in self.event.call.answers}

    @property
    def facts(self) -> Facts:
        patient = self.event.call.patient
        sex = patient.sex if patient.sex is not Sex.UNKNOWN else None
        return Facts(patient.age_years, sex)

    @property
    def at(self) -> datetime:
        return self.event.call.reached_at or self.event.call.called_at
