"""The rules of an assessment. The server walks its own engine, so no answer is taken on trust.

What is known of an assessment is made of sets that only grow: answers given, answers taken
back, dispositions reached, dispositions that no longer stand. So facts from two devices or
two sites come to the same in any order, and where two people answered the same question,
that is a conflict that can be named and settled.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, TypeVar, assert_never

from msgspec import Meta, Struct
from msgspec.structs import replace

from standfast.facts.paper import FormKeyed
from standfast.facts.triage import (
    AnswerGiven,
    AnswersWithdrawn,
    DispositionReached,
    DispositionWithdrawn,
    TriageEvent,
)
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import OptionalText, Sex, ShortText, Uuid
from standfast.triage.content import protocol_set
from standfast.triage.engine import Facts, Given, Step, walk
from standfast.triage.from_paper import Keyed, walk_paper
from standfast.triage.protocols import ProtocolSet
from standfast.triage.recording import answer_given, disposition_reached

Position: TypeAlias = Annotated[int, Meta(ge=0, le=500)]
AgeYears: TypeAlias = Annotated[int, Meta(ge=0, le=130)]
Recorded = TypeVar("Recorded", bound=AnswerGiven | DispositionReached)


class AnswerQuestion(Command, frozen=True, kw_only=True):
    """Record the answer at position ``n``, as the device asked it from content ``version``.

    ``age_years`` and ``sex`` are what the device knew of the patient when it asked.
    """

    entry_id: Uuid
    case_id: Uuid
    org: str
    staff_name: str
    at: datetime
    n: Position
    question_id: ShortText
    answer_key: ShortText
    version: ShortText
    words: OptionalText = ""
    age_years: AgeYears | None = None
    sex: Sex | None = None


class WithdrawAnswers(Command, frozen=True, kw_only=True):
    """Take back the answers from position ``n`` on, to answer again. Nothing is erased."""

    entry_id: Uuid
    case_id: Uuid
    org: str
    staff_name: str
    at: datetime
    n: Position


class TakeFromPaper(Command, frozen=True, kw_only=True):
    """Record the answers that stand on a form, at the time that stands there."""

    keyed: FormKeyed


TriageCommand: TypeAlias = AnswerQuestion | WithdrawAnswers | TakeFromPaper


class Refusal(StrEnum):
    """Every way an assessment can say no."""

    ANOTHER_ORGANISATION = "another_organisation"
    NO_CONTENT = "no_content"
    UNKNOWN_CONTENT = "unknown_content"
    CONTENT_CHANGED = "content_changed"
    ANSWERED_TWICE = "answered_twice"
    OUT_OF_STEP = "out_of_step"
    FINISHED = "finished"
    UNKNOWN_ANSWER = "unknown_answer"


class Assessment(Struct, frozen=True, kw_only=True):
    """What is known of one assessment.

    ``given`` and ``reached`` hold everything ever recorded, in a fixed order; ``withdrawn``
    and ``undone`` the entries whose answer or disposition no longer stands; ``entries`` every
    device entry that was carried out.
    """

    org: str = ""
    given: tuple[AnswerGiven, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    reached: tuple[DispositionReached, ...] = ()
    undone: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()

    @property
    def standing(self) -> tuple[AnswerGiven, ...]:
        """The answers that nobody has taken back, by position."""
        return tuple(item for item in self.given if item.entry_id not in self.withdrawn)

    @property
    def conflict(self) -> bool:
        """Whether a position was answered twice, or answers hang on one that was taken back."""
        return [item.n for item in self.standing] != list(range(len(self.standing)))

    @property
    def disposition(self) -> DispositionReached | None:
        """The most urgent disposition that stands: in a conflict, safety first."""
        standing = (item for item in self.reached if item.entry_id not in self.undone)
        return min(standing, key=lambda item: (item.rank, item.entry_id), default=None)


def decide(
    assessment: Assessment, command: TriageCommand, now: datetime
) -> tuple[TriageEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``.

    An entry that was carried out before causes nothing. *now* is not needed: what counts is
    when it happened at the desk, and the command says that.
    """
    del now
    if isinstance(command, TakeFromPaper):
        return _take_from_paper(assessment, Keyed(command.keyed))
    if assessment.org not in ("", command.org):
        raise Refused(Refusal.ANOTHER_ORGANISATION)
    if command.entry_id in assessment.entries:
        return ()
    match command:
        case AnswerQuestion():
            return _answer(assessment, command)
        case WithdrawAnswers():
            return _withdraw(assessment, command)
        case _:
            assert_never(command)


def evolve(assessment: Assessment, event: TriageEvent) -> Assessment:
    """Learn one fact. Any order and any repetition of the same facts ends the same."""
    known = replace(assessment, org=assessment.org or event.org)
    match event:
        case AnswerGiven():
            return replace(
                known,
                given=_with(known.given, event),
                entries=known.entries | {event.entry_id},
            )
        case AnswersWithdrawn():
            return replace(
                known,
                withdrawn=known.withdrawn.union(event.answers),
                entries=known.entries | {event.entry_id},
            )
        case DispositionReached():
            return replace(known, reached=_with(known.reached, event))
        case DispositionWithdrawn():
            return replace(known, undone=known.undone | {event.reached_by})
        case _:
            assert_never(event)


def step_of(protocols: ProtocolSet, facts: Facts, answers: Iterable[AnswerGiven]) -> Step:
    """Return where *answers* lead by the reference engine."""
    given = [Given(item.question_id, item.answer_key) for item in answers]
    return walk(protocols, facts, given)


def _answer(assessment: Assessment, command: AnswerQuestion) -> tuple[TriageEvent, ...]:
    """Record the answer, and what it leads to, if it is to the question that comes now."""
    protocols = protocol_set(command.version)
    if protocols is None:
        raise Refused(Refusal.UNKNOWN_CONTENT)
    if assessment.conflict:
        raise Refused(Refusal.ANSWERED_TWICE)
    standing = assessment.standing
    if any(item.version != command.version for item in standing):
        raise Refused(Refusal.CONTENT_CHANGED)
    facts = Facts(command.age_years, command.sex)
    before = step_of(protocols, facts, standing)
    question = before.question
    if question is None:
        raise Refused(Refusal.FINISHED)
    in_step = before.applied == len(standing) == command.n
    if not in_step or question.id != command.question_id:
        raise Refused(Refusal.OUT_OF_STEP)
    choice = next((item for item in question.choices if item.key == command.answer_key), None)
    if choice is None:
        raise Refused(Refusal.UNKNOWN_ANSWER)
    answer = answer_given(command, question, choice)
    after = step_of(protocols, facts, (*standing, answer))
    if not after.finished:
        return (answer,)
    return (answer, disposition_reached(protocols, command, after, (*standing, answer)))


def _take_from_paper(assessment: Assessment, form: Keyed) -> tuple[TriageEvent, ...]:
    """Answer by answer, through the engine. A form that was taken before says nothing new."""
    event = form.event
    protocols = protocol_set(event.call.content)
    if protocols is None or assessment.given:
        return ()
    walked = walk_paper(protocols, form.facts, form.answers)
    taken: list[AnswerGiven] = []
    commands = [_from_paper(form, n, given) for n, given in enumerate(walked.given)]
    for command in commands:
        question = protocols.questions[command.question_id]
        choice = next(each for each in question.choices if each.key == command.answer_key)
        taken.append(answer_given(command, question, choice))
    if not walked.step.finished or not commands:
        return tuple(taken)
    end = disposition_reached(protocols, commands[-1], walked.step, tuple(taken))
    return (*taken, end)


def _from_paper(form: Keyed, n: int, given: Given) -> AnswerQuestion:
    event = form.event
    return AnswerQuestion(
        entry_id=child_id(event.form_id, f"paper answer {n}"),
        case_id=event.form_id,
        org=event.org,
        staff_name=event.call.taken_by,
        at=form.at,
        n=n,
        question_id=given.question,
        answer_key=given.key,
        version=event.call.content,
        age_years=form.facts.age_years,
        sex=form.facts.sex,
    )


def _withdraw(assessment: Assessment, command: WithdrawAnswers) -> tuple[TriageEvent, ...]:
    """Take back what stands from the position on; nothing there is nothing to do."""
    taken_back = [item for item in assessment.standing if item.n >= command.n]
    if not taken_back:
        return ()
    entries = tuple(item.entry_id for item in taken_back)
    return (
        AnswersWithdrawn(
            case_id=command.case_id,
            org=command.org,
            entry_id=command.entry_id,
            n=command.n,
            answers=entries,
            withdrawn_at=command.at,
            by=command.staff_name,
        ),
        *(
            DispositionWithdrawn(
                case_id=command.case_id,
                org=command.org,
                reached_by=item.entry_id,
                code=item.code,
                withdrawn_at=command.at,
                by=command.staff_name,
            )
            for item in assessment.reached
            if item.entry_id in entries and item.entry_id not in assessment.undone
        ),
    )


def _with(items: tuple[Recorded, ...], item: Recorded) -> tuple[Recorded, ...]:
    """Return *items* with *item*, each entry once, in an order that is always the same."""
    return tuple(sorted({*items, item}, key=_place))


def _place(item: AnswerGiven | DispositionReached) -> tuple[int, str]:
    return (item.n if isinstance(item, AnswerGiven) else 0, item.entry_id)


ASSESSMENT: Final = Decider(
    stream="triage.assessment",
    event_type=TriageEvent,
    initial=Assessment(),
    decide=decide,
    evolve=evolve,
    org=lambda assessment: assessment.org,
)
