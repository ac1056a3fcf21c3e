"""Makes of what authors wrote what the engines walk: references resolved, urgency known."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import structs

from standfast.triage.protocols import (
    LIFE_THREATS,
    NOTHING_MORE,
    WATERMARK,
    AdviceText,
    Asked,
    Choice,
    Condition,
    Disposition,
    Protocol,
    ProtocolSet,
)
from standfast.triage.written import (
    END,
    ContentError,
    Written,
    WrittenAnswer,
    WrittenCondition,
    WrittenProtocol,
)

_MONTHS: Final[Mapping[str, int]] = {"months": 1, "years": 12}
_VERSION_DIGITS: Final = 12


def compile_content(content: Written) -> ProtocolSet:
    """Resolve every reference. Raises :class:`ContentError` when one leads nowhere or round."""
    dispositions = {
        row.code: Disposition(rank=rank, **structs.asdict(row))
        for rank, row in enumerate(content.dispositions.dispositions)
    }
    protocols = {file.id: _protocol(file) for file in content.protocols}
    questions = {
        question.id: question for file in content.protocols for question in _questions(file)
    }
    if LIFE_THREATS not in protocols:
        raise ContentError(f"There is no protocol {LIFE_THREATS}, which always comes first")
    resolved = _with_targets(questions, protocols)
    made = ProtocolSet(
        version="",
        watermark=WATERMARK,
        life_threats=LIFE_THREATS,
        first=protocols[LIFE_THREATS].first,
        dispositions=dispositions,
        advice={
            item.id: AdviceText(title=item.title, steps=item.steps)
            for item in content.advice.advice
        },
        protocols=protocols,
        questions=_with_reach(resolved, dispositions),
    )
    _all_known(made)
    digest = sha256(msgspec.json.encode(made)).hexdigest()
    return structs.replace(made, version=digest[:_VERSION_DIGITS])


def _protocol(file: WrittenProtocol) -> Protocol:
    return Protocol(
        id=file.id,
        title=file.title,
        first=f"{file.id}.{file.questions[0].id}",
        find=file.find,
        otherwise=file.otherwise,
        care=file.care,
        worsening=file.worsening,
    )


def _questions(file: WrittenProtocol) -> list[Asked]:
    """Return the file's questions, each leading to the following one unless it says more."""
    after = [*(f"{file.id}.{question.id}" for question in file.questions[1:]), file.then]
    return [
        Asked(
            id=f"{file.id}.{question.id}",
            protocol=file.id,
            ask=question.ask,
            short=question.short,
            why=question.why,
            help=question.help,
            choices=tuple(
                _choice(number, answer, following)
                for number, answer in enumerate(question.answers, start=1)
            ),
            applies=_condition(question.applies),
            skip=following if question.applies else END,
            reach=NOTHING_MORE,
        )
        for question, following in zip(file.questions, after, strict=True)
    ]


def _choice(number: int, answer: WrittenAnswer, following: str) -> Choice:
    return Choice(
        key=str(number),
        text=answer.text,
        next=answer.next or following,
        rules_in=answer.rules_in,
        care=answer.care,
        finding=bool(answer.rules_in or answer.next),
        when=_condition(answer.when),
    )


def _condition(condition: WrittenCondition | None) -> Condition | None:
    if condition is None:
        return None
    return Condition(
        age_from=_months(condition.age_from),
        age_under=None if condition.age_under is None else _months(condition.age_under),
        sex=condition.sex,
    )


def _months(age: str) -> int:
    number, _, unit = age.partition(" ")
    if not number.isdecimal() or unit not in _MONTHS:
        raise ContentError(f"An age is written '3 months' or '16 years', not '{age}'")
    return int(number) * _MONTHS[unit]


def _with_targets(
    questions: Mapping[str, Asked], protocols: Mapping[str, Protocol]
) -> dict[str, Asked]:
    """Turn the name of a protocol into its first question, and ``end`` into nothing."""

    def target(name: str) -> str:
        if name == END:
            return ""
        found = protocols[name].first if name in protocols else name
        if found not in questions:
            raise ContentError(f"There is no question or protocol {name}")
        return found

    return {
        question.id: structs.replace(
            question,
            skip=target(question.skip),
            choices=tuple(
                structs.replace(choice, next=target(choice.next)) for choice in question.choices
            ),
        )
        for question in questions.values()
    }


def _with_reach(
    questions: Mapping[str, Asked], dispositions: Mapping[str, Disposition]
) -> dict[str, Asked]:
    """Tell each question how urgent the answers from it on can become."""
    reach: dict[str, int] = {"": NOTHING_MORE}
    walking: set[str] = set()

    def find(name: str) -> int:
        if name in reach:
            return reach[name]
        if name in walking:
            raise ContentError(f"{name} leads back to itself")
        walking.add(name)
        question = questions[name]
        found = [find(question.skip)]
        for choice in question.choices:
            if choice.rules_in and choice.rules_in not in dispositions:
                raise ContentError(f"{name} rules in {choice.rules_in}, which is not a code")
            if choice.rules_in:
                found.append(dispositions[choice.rules_in].rank)
            found.append(find(choice.next))
        reach[name] = min(found)
        return reach[name]

    return {name: structs.replace(item, reach=find(name)) for name, item in questions.items()}


def _all_known(made: ProtocolSet) -> None:
    """Refuse an unknown code or advice anywhere else."""
    named = [
        *(name for item in made.dispositions.values() for name in item.care + item.worsening),
        *(name for item in made.protocols.values() for name in item.care + item.worsening),
        *(
            name
            for question in made.questions.values()
            for choice in question.choices
            for name in choice.care
        ),
    ]
    for name in named:
        if name not in made.advice:
            raise ContentError(f"There is no advice {name}")
    for protocol in made.protocols.values():
        if protocol.otherwise and protocol.otherwise not in made.dispositions:
            raise ContentError(f"{protocol.id} ends in {protocol.otherwise}, which is no code")
