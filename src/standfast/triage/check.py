"""Finds what is unsafe in content that can be walked (hazards H01 and H05).

Every complaint is a sentence that names the place. The reference content has none: a test
says so, and content that has any is not to be used.
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

from standfast.facts.triage import DispositionKind
from standfast.triage.compiling import compile_content
from standfast.triage.protocols import LIFE_THREATS, NOTHING_MORE, WATERMARK, Asked, ProtocolSet
from standfast.triage.written import Signed, Written, WrittenProtocol, WrittenQuestion

LIFE_THREAT_ORDER: Final = (
    "awake",
    "breathing",
    "bleeding",
    "fit",
    "allergy",
    "stroke",
    "heart",
)
"""What threatens life, in the order it is asked. Held here so that content cannot change it."""

NOT_SURE: Final = "Not sure"
LONGEST_SPOKEN: Final = 32
"""Words in one breath; a longer question is two questions."""

MOST_ANSWERS: Final = 9
"""Each answer is one digit."""


def check(content: Written) -> list[str]:
    """Return every complaint about *content*, in the order of its files."""
    made = compile_content(content)
    return [
        *_unsigned(content),
        *_life_threats(content, made),
        *(complaint for file in content.protocols for complaint in _protocol(file)),
        *_unsafe_not_sure(content, made),
        *_endings(made),
        *_unreached(made),
        *_dispositions(made),
    ]


def _unsigned(content: Written) -> Iterator[str]:
    named: list[tuple[str, Signed]] = [
        ("dispositions", content.dispositions),
        ("advice", content.advice),
        *((file.id, file) for file in content.protocols),
    ]
    for name, file in named:
        if file.watermark != WATERMARK:
            yield f"{name} has not the watermark of reference content"
        if not (file.version and file.author and file.sources):
            yield f"{name} must name its version, its author and its sources"


def _life_threats(content: Written, made: ProtocolSet) -> Iterator[str]:
    """Complain unless the set is whole, in order, for everybody, ending in ambulances."""
    (file,) = (file for file in content.protocols if file.id == LIFE_THREATS)
    if tuple(question.id for question in file.questions) != LIFE_THREAT_ORDER:
        yield f"The threats to life must be exactly {', '.join(LIFE_THREAT_ORDER)}"
    for question in file.questions:
        if question.applies is not None:
            yield f"{file.id}.{question.id} must be asked of everybody"
        for answer in question.answers:
            if answer.next or answer.when is not None:
                yield f"{file.id}.{question.id}: '{answer.text}' must not leave the order"
            if answer.rules_in and not _ambulance(made, answer.rules_in):
                yield f"{file.id}.{question.id}: '{answer.text}' must send an ambulance"
    for asked in made.questions.values():
        for choice in asked.choices:
            if asked.protocol != LIFE_THREATS and choice.next.startswith(f"{LIFE_THREATS}."):
                yield f"{asked.id} leads back into the threats to life"


def _ambulance(made: ProtocolSet, code: str) -> bool:
    return made.dispositions[code].kind is DispositionKind.AMBULANCE


def _protocol(file: WrittenProtocol) -> Iterator[str]:
    for question in file.questions:
        yield from _question(f"{file.id}.{question.id}", question)


def _question(name: str, question: WrittenQuestion) -> Iterator[str]:
    unsure = [answer.text.startswith(NOT_SURE) for answer in question.answers]
    if sum(unsure) != 1 or not unsure[-1]:
        yield f"{name} must offer '{NOT_SURE}' once, as its last answer"
    if len(question.answers) > MOST_ANSWERS:
        yield f"{name} has more answers than there are digits"
    if len({answer.text for answer in question.answers}) != len(question.answers):
        yield f"{name} offers the same answer twice"
    if len(question.ask.split()) > LONGEST_SPOKEN:
        yield f"{name} is too long to be spoken"
    if not question.ask.endswith("?"):
        yield f"{name} must be worded as a question"


def _unsafe_not_sure(content: Written, made: ProtocolSet) -> Iterator[str]:
    """'Not sure' must end at least as urgently as the most urgent answer that it could hide."""
    least = _least_urgent_ending(made)
    latest_ambulance = max(row.rank for row in made.dispositions.values() if row.category)
    for file in content.protocols:
        for question in file.questions:
            asked = made.questions[f"{file.id}.{question.id}"]
            *others, unsure = [
                _answer_outcomes(made, asked, n, least) for n in range(_n(asked))
            ]
            sent = unsure[0] == unsure[1] <= latest_ambulance
            milder = any(
                unsure[0] > low or (unsure[1] > high and not sent) for low, high in others
            )
            justified = bool(question.answers[-1].justified)
            if milder and not justified:
                yield f"{asked.id}: '{NOT_SURE}' is less urgent than an answer it could hide"
            if justified and not milder:
                yield f"{asked.id}: '{NOT_SURE}' needs no justification"


def _n(asked: Asked) -> int:
    return len(asked.choices)


def _answer_outcomes(
    made: ProtocolSet, asked: Asked, n: int, least: dict[str, int]
) -> tuple[int, int]:
    """Return the ranks of the least and of the most urgent ending that answer *n* may have."""
    choice = asked.choices[n]
    ruled_in = made.dispositions[choice.rules_in].rank if choice.rules_in else NOTHING_MORE
    if choice.rules_in and _ambulance(made, choice.rules_in):
        return ruled_in, ruled_in
    if not choice.next:
        otherwise = made.protocols[asked.protocol].otherwise
        end = (
            ruled_in if choice.rules_in or not otherwise else made.dispositions[otherwise].rank
        )
        return end, end
    return (
        min(ruled_in, least[choice.next]),
        min(ruled_in, made.questions[choice.next].reach),
    )


def _least_urgent_ending(made: ProtocolSet) -> dict[str, int]:
    """Return for each question the rank of the least urgent ending it leaves possible."""
    least: dict[str, int] = {}

    def find(name: str) -> int:
        if name not in least:
            question = made.questions[name]
            for choice in question.choices:
                if choice.next:
                    find(choice.next)
            least[name] = max(
                _answer_outcomes(made, question, n, least)[0] for n in range(_n(question))
            )
        return least[name]

    for name in made.questions:
        find(name)
    return least


def _endings(made: ProtocolSet) -> Iterator[str]:
    """Every path ends in a disposition, and the most serious questions come first."""
    for question in made.questions.values():
        otherwise = made.protocols[question.protocol].otherwise
        endings = [choice for choice in question.choices if not choice.next]
        bare = any(not choice.rules_in for choice in endings) or (
            question.applies and not question.skip
        )
        if bare and not otherwise:
            yield f"{question.id} may end without a disposition"
    for protocol in made.protocols.values():
        latest = -1
        for question in made.questions.values():
            top = _top(made, question)
            if question.protocol != protocol.id or top == NOTHING_MORE:
                continue
            if top < latest:
                yield f"{question.id} is more serious than a question before it"
            latest = max(latest, top)


def _top(made: ProtocolSet, question: Asked) -> int:
    codes = [choice.rules_in for choice in question.choices if choice.rules_in]
    return min((made.dispositions[code].rank for code in codes), default=NOTHING_MORE)


def _unreached(made: ProtocolSet) -> Iterator[str]:
    """Every question, disposition and piece of advice can be come to."""

    @cache
    def reached_from(name: str) -> frozenset[str]:
        question = made.questions[name]
        onward = {question.skip, *(choice.next for choice in question.choices)} - {""}
        return frozenset({name}).union(*(reached_from(following) for following in onward))

    reached = reached_from(made.first)
    yield from (f"{name} is never asked" for name in made.questions if name not in reached)
    choices = [choice for question in made.questions.values() for choice in question.choices]
    codes = {choice.rules_in for choice in choices}
    codes |= {protocol.otherwise for protocol in made.protocols.values()}
    yield from (f"{code} is never come to" for code in made.dispositions if code not in codes)
    advice = {name for choice in choices for name in choice.care}
    for protocol in made.protocols.values():
        advice.update(protocol.care, protocol.worsening)
    for row in made.dispositions.values():
        advice.update(row.care, row.worsening)
    yield from (
        f"The advice {name} is never given" for name in made.advice if name not in advice
    )


def _dispositions(made: ProtocolSet) -> Iterator[str]:
    """Ambulances come before all else, and a lesser rank is never of a higher priority."""
    rows = list(made.dispositions.values())
    for before, after in pairwise(rows):
        if before.priority > after.priority:
            yield f"{after.code} has a higher priority than {before.code}, which is before it"
        if _ambulance(made, after.code) and not _ambulance(made, before.code):
            yield f"{after.code} is an ambulance after {before.code}, which is none"
    for row in rows:
        if _ambulance(made, row.code) != (row.category is not None):
            yield f"{row.code} must have a category if, and only if, it is an ambulance"
        if not row.worsening:
            yield f"{row.code} must say what to do when it gets worse"
