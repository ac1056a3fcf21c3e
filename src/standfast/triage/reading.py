"""A protocol as a person reads it: every question, who is asked it, where each answer leads."""

from typing import Final

from msgspec import Struct

from standfast.triage.protocols import (
    AdviceText,
    Asked,
    Choice,
    Condition,
    Disposition,
    Protocol,
    ProtocolSet,
)
from standfast.triage.written import Source, Written, WrittenAnswer, WrittenProtocol

MONTHS: Final = 12
FOR_SEX: Final = {"female": "not known to be male", "male": "not known to be female"}


class ReadAnswer(Struct, frozen=True, kw_only=True):
    """One answer. ``onward`` says what comes next; empty when that goes without saying."""

    key: str
    text: str
    disposition: Disposition | None
    onward: str
    known_from: str
    justified: str


class ReadQuestion(Struct, frozen=True, kw_only=True):
    """One question; ``asked_of`` is empty when everybody is asked."""

    id: str
    number: int
    ask: str
    short: str
    help: str
    why: str
    asked_of: str
    answers: tuple[ReadAnswer, ...]


class ReadProtocol(Struct, frozen=True, kw_only=True):
    """One protocol with its origin, its questions and what is read out at its end."""

    id: str
    title: str
    version: str
    author: str
    watermark: str
    sources: tuple[Source, ...]
    find: tuple[str, ...]
    questions: tuple[ReadQuestion, ...]
    otherwise: Disposition | None
    care: tuple[AdviceText, ...]
    worsening: tuple[AdviceText, ...]


def read_all(content: Written, made: ProtocolSet) -> tuple[ReadProtocol, ...]:
    """Return every protocol: the threats to life first, then the choice, then by title."""
    order = {made.life_threats: 0, "main-problem": 1}
    files = sorted(content.protocols, key=lambda file: (order.get(file.id, 2), file.title))
    return tuple(_protocol(file, made) for file in files)


def _protocol(file: WrittenProtocol, made: ProtocolSet) -> ReadProtocol:
    return ReadProtocol(
        id=file.id,
        title=file.title,
        version=file.version,
        author=file.author,
        watermark=file.watermark,
        sources=file.sources,
        find=file.find,
        questions=tuple(
            _question(number, made.questions[f"{file.id}.{written.id}"], written.answers, made)
            for number, written in enumerate(file.questions, start=1)
        ),
        otherwise=made.dispositions.get(file.otherwise),
        care=tuple(made.advice[name] for name in file.care),
        worsening=tuple(made.advice[name] for name in file.worsening),
    )


def _question(
    number: int, asked: Asked, written: tuple[WrittenAnswer, ...], made: ProtocolSet
) -> ReadQuestion:
    return ReadQuestion(
        id=asked.id,
        number=number,
        ask=asked.ask,
        short=asked.short,
        help=asked.help,
        why=asked.why,
        asked_of=condition_in_words(asked.applies) if asked.applies else "",
        answers=tuple(
            _answer(choice, answer, asked, made)
            for choice, answer in zip(asked.choices, written, strict=True)
        ),
    )


def _answer(
    choice: Choice, written: WrittenAnswer, asked: Asked, made: ProtocolSet
) -> ReadAnswer:
    return ReadAnswer(
        key=choice.key,
        text=choice.text,
        disposition=made.dispositions.get(choice.rules_in),
        onward=_onward(choice, asked, made),
        known_from=condition_in_words(choice.when) if choice.when else "",
        justified=written.justified,
    )


def _onward(choice: Choice, asked: Asked, made: ProtocolSet) -> str:
    """Say where an answer leads, when that is more than to the following question."""
    if not choice.next:
        return "" if choice.rules_in else "End"
    following = made.questions[choice.next]
    if following.protocol != asked.protocol:
        target: Protocol = made.protocols[following.protocol]
        return f"Go to {target.title}"
    return "" if choice.rules_in else f"Ask: {following.short}"


def condition_in_words(condition: Condition) -> str:
    """Say which patients, as ``16 years or older, not known to be male``."""
    parts = []
    if condition.age_from and condition.age_under is not None:
        parts.append(f"from {_age(condition.age_from)} to under {_age(condition.age_under)}")
    elif condition.age_from:
        parts.append(f"{_age(condition.age_from)} or older")
    elif condition.age_under is not None:
        parts.append(f"under {_age(condition.age_under)}")
    if condition.sex is not None:
        parts.append(FOR_SEX[condition.sex])
    return ", ".join(parts)


def _age(months: int) -> str:
    if months % MONTHS:
        return f"{months} months"
    return "1 year" if months == MONTHS else f"{months // MONTHS} years"
