"""The questions as they stand on paper: the same numbers as on the screen. Pure."""

from functools import cache

from standfast.facts.on_paper import (
    PaperChoice,
    PaperContent,
    PaperOutcome,
    PaperProtocol,
    PaperQuestion,
)
from standfast.facts.triage import DispositionKind
from standfast.triage.content import current, written
from standfast.triage.protocols import AdviceText, Asked, Disposition, ProtocolSet
from standfast.triage.reading import ReadAnswer, ReadProtocol, ReadQuestion, read_all


@cache
def on_paper() -> PaperContent:
    """Return all content as it is printed, put together once."""
    made = current()
    return PaperContent(
        version=made.version,
        watermark=made.watermark,
        protocols=tuple(_protocol(each, made) for each in read_all(written(), made)),
        outcomes=tuple(
            outcome_on_paper(each)
            for each in sorted(made.dispositions.values(), key=lambda each: each.rank)
        ),
    )


def outcome_on_paper(ends: Disposition) -> PaperOutcome:
    """Return a disposition as a form, and whoever keys it, knows it."""
    return PaperOutcome(
        code=ends.code,
        label=ends.label,
        detail=ends.detail,
        kind=ends.kind.value,
        minutes=ends.minutes,
        priority=ends.priority,
        rank=ends.rank,
        category=ends.category.value if ends.category else None,
        needs=ends.needs,
    )


def _protocol(protocol: ReadProtocol, made: ProtocolSet) -> PaperProtocol:
    return PaperProtocol(
        id=protocol.id,
        title=protocol.title,
        questions=tuple(_question(each, made) for each in protocol.questions),
        otherwise=_words(protocol.otherwise),
        care=_steps(protocol.care),
        worsening=_steps(protocol.worsening),
    )


def _question(question: ReadQuestion, made: ProtocolSet) -> PaperQuestion:
    return PaperQuestion(
        id=question.id,
        number=question.number,
        ask=question.ask,
        short=question.short,
        help=question.help,
        asked_of=question.asked_of,
        choices=tuple(
            _choice(each, made.questions[question.id], made) for each in question.answers
        ),
    )


def _choice(answer: ReadAnswer, asked: Asked, made: ProtocolSet) -> PaperChoice:
    ends = answer.disposition
    urgent = ends is not None and ends.kind is DispositionKind.AMBULANCE
    choice = next(each for each in asked.choices if each.key == answer.key)
    return PaperChoice(
        key=answer.key,
        text=answer.text,
        code=ends.code if ends else "",
        urgent=urgent,
        onward="" if urgent else _onward(choice.next, asked, made),
    )


def _onward(following: str, asked: Asked, made: ProtocolSet) -> str:
    """Return what to ask next, unless it is the question below."""
    if not following:
        return "end"
    other = made.questions[following]
    if other.protocol != asked.protocol:
        return made.protocols[other.protocol].title
    own = [each.id for each in made.questions.values() if each.protocol == asked.protocol]
    gap = own.index(other.id) - own.index(asked.id)
    return "" if gap == 1 else f"question {own.index(other.id) + 1}"


def _words(disposition: Disposition | None) -> str:
    return f"{disposition.code}: {disposition.label}" if disposition else ""


def _steps(texts: tuple[AdviceText, ...]) -> tuple[str, ...]:
    return tuple(step for text in texts for step in text.steps)
