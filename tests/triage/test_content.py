"""The reference content is safe to walk; the checker finds content that is not (H01, H05)."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest
from msgspec import structs

from standfast.triage.check import LIFE_THREAT_ORDER, check
from standfast.triage.compiling import compile_content
from standfast.triage.content import compiled_json, current, protocol_set, written
from standfast.triage.protocols import WATERMARK, ProtocolSet
from standfast.triage.written import (
    ContentError,
    Written,
    WrittenAnswer,
    WrittenCondition,
    WrittenProtocol,
    WrittenQuestion,
)


def with_protocol(name: str, **changed: object) -> Written:
    """Return the reference content with one protocol changed."""
    return structs.replace(
        written(),
        protocols=tuple(
            structs.replace(file, **changed) if file.id == name else file
            for file in written().protocols
        ),
    )


def protocol(name: str) -> WrittenProtocol:
    return next(file for file in written().protocols if file.id == name)


def with_question(
    name: str, number: int, change: Callable[[WrittenQuestion], WrittenQuestion]
) -> Written:
    questions = list(protocol(name).questions)
    questions[number] = change(questions[number])
    return with_protocol(name, questions=tuple(questions))


def with_answer(name: str, question: int, answer: int, **changed: object) -> Written:
    def change(asked: WrittenQuestion) -> WrittenQuestion:
        answers = list(asked.answers)
        answers[answer] = structs.replace(answers[answer], **changed)
        return structs.replace(asked, answers=tuple(answers))

    return with_question(name, question, change)


def test_the_checker_has_nothing_to_say_of_the_reference_content() -> None:
    assert check(written()) == []


def test_every_file_is_watermarked_as_reference_content() -> None:
    signed = (written().dispositions, written().advice, *written().protocols)

    assert {file.watermark for file in signed} == {WATERMARK}
    assert current().watermark == WATERMARK


def test_a_device_reads_the_same_content_from_json() -> None:
    assert msgspec.json.decode(compiled_json(), type=ProtocolSet) == current()


def test_another_word_is_another_version() -> None:
    changed = compile_content(with_protocol("chest-pain", title="Pain in the chest"))

    assert changed.version != current().version


def test_only_the_exact_version_is_known() -> None:
    assert protocol_set(current().version) is current()
    assert protocol_set("000000000000") is None


def test_ten_presentations_and_more_are_covered() -> None:
    presentations = set(current().protocols) - {"life-threats", "main-problem"}

    assert len(presentations) >= 10
    assert all(current().protocols[name].find for name in presentations)


@dataclass(frozen=True)
class Defect:
    """A plausible slip of an author, and what the checker must say."""

    content: Written
    complaint: str


DEFECTS = {
    "a threat to life left out": Defect(
        with_protocol("life-threats", questions=protocol("life-threats").questions[:-1]),
        "must be exactly",
    ),
    "threats to life in another order": Defect(
        with_protocol("life-threats", questions=protocol("life-threats").questions[::-1]),
        "must be exactly",
    ),
    "a threat to life asked of some only": Defect(
        with_question(
            "life-threats",
            3,
            lambda asked: structs.replace(asked, applies=WrittenCondition(age_under="5 years")),
        ),
        "must be asked of everybody",
    ),
    "a way round the threats to life": Defect(
        with_answer("life-threats", 0, 0, next="main-problem"), "must not leave the order"
    ),
    "a threat to life without an ambulance": Defect(
        with_answer("life-threats", 2, 0, rules_in="ED1"), "must send an ambulance"
    ),
    "a milder 'not sure'": Defect(
        with_answer("chest-pain", 0, 2, rules_in=""), "'Not sure' is less urgent"
    ),
    "a 'not sure' that skips the danger": Defect(
        with_answer("main-problem", 1, 7, next="dental-pain"), "'Not sure' is less urgent"
    ),
    "a justification that justifies nothing": Defect(
        with_answer("chest-pain", 0, 2, justified="It is seldom meant"),
        "needs no justification",
    ),
    "no 'not sure'": Defect(
        with_question(
            "back-pain", 1, lambda asked: structs.replace(asked, answers=asked.answers[:-1])
        ),
        "must offer 'Not sure' once",
    ),
    "the same answer twice": Defect(
        with_answer("back-pain", 0, 1, text="Yes"), "offers the same answer twice"
    ),
    "no ending": Defect(with_protocol("fever-adult", otherwise=""), "without a disposition"),
    "a serious question too late": Defect(
        with_protocol("urinary", questions=protocol("urinary").questions[::-1]),
        "is more serious than a question before it",
    ),
    "a question nobody is asked": Defect(
        with_answer("main-problem", 0, 4, next="urinary"), "rash-allergy.severe is never asked"
    ),
    "too long to be spoken": Defect(
        with_question(
            "urinary", 1, lambda asked: structs.replace(asked, ask=asked.ask * 3 + " Is it so?")
        ),
        "too long to be spoken",
    ),
    "no author": Defect(with_protocol("urinary", author=""), "must name its version"),
    "no watermark": Defect(with_protocol("urinary", watermark="approved"), "watermark"),
}


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS.keys())
def test_the_checker_finds(defect: Defect) -> None:
    assert any(defect.complaint in complaint for complaint in check(defect.content))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (with_answer("chest-pain", 0, 0, rules_in="AMB9"), "AMB9, which is not a code"),
        (
            with_answer("chest-pain", 0, 1, next="chest-pian"),
            "no question or protocol chest-pian",
        ),
        (with_answer("chest-pain", 1, 1, next="chest-pain"), "leads back to itself"),
        (with_answer("chest-pain", 0, 0, care=("prayer",)), "no advice prayer"),
        (with_protocol("chest-pain", otherwise="HOME"), "HOME, which is no code"),
    ],
)
def test_content_that_cannot_be_walked_is_refused(content: Written, fault: str) -> None:
    with pytest.raises(ContentError, match=fault):
        compile_content(content)


def test_an_age_in_weeks_is_refused() -> None:
    condition = WrittenCondition(age_under="6 weeks")
    content = with_answer("rash-allergy", 4, 0, when=condition)

    with pytest.raises(ContentError, match="6 weeks"):
        compile_content(content)


def test_an_answer_is_its_number() -> None:
    for question in current().questions.values():
        keys = [choice.key for choice in question.choices]
        assert keys == [str(number) for number in range(1, len(keys) + 1)]


def test_the_order_of_the_threats_to_life_is_the_programs_own() -> None:
    asked = [name for name in current().questions if name.startswith("life-threats.")]

    assert asked == [f"life-threats.{name}" for name in LIFE_THREAT_ORDER]


def test_a_written_answer_may_not_say_what_the_program_does_not_know() -> None:
    with pytest.raises(msgspec.ValidationError, match="rule_in"):
        msgspec.convert({"text": "Yes", "rule_in": "AMB1"}, WrittenAnswer)
