"""Every requirement of ASVS 5.0.0 has an answer, and no answer claims what is not there."""

from collections import Counter
from typing import Any, Final

import msgspec
import pytest

from tools import facts
from tools.asvs import (
    ANSWERS,
    CHAPTERS,
    LEVELS,
    STATES,
    Answer,
    answers,
    file_of,
    said_in,
    table,
)
from tools.trace import names_something

FOUND: Final = tuple(answers())


def test_the_catalogue_has_its_345_requirements() -> None:
    assert Counter(LEVELS.values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_is_answered_once() -> None:
    assert sorted(number for number, _ in FOUND) == sorted(LEVELS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_answer_stands_in_the_file_of_its_chapter_and_in_its_order(chapter: int) -> None:
    path = file_of(chapter)
    numbers = list(said_in(path))

    assert numbers == [number for number in LEVELS if number.split(".")[0] == str(chapter)]
    assert path.read_text(encoding="utf-8").count("\n  state: ") == len(numbers)


def test_there_is_no_other_file() -> None:
    assert set(ANSWERS.iterdir()) == {file_of(chapter) for chapter in CHAPTERS}


def test_every_answer_names_code_that_exists() -> None:
    named = {number: answer.code for number, answer in FOUND}
    wrong = {
        number: missing
        for number, code in named.items()
        if (missing := [each for each in code if not names_something(each)])
    }

    assert wrong == {}


def test_every_answer_names_tests_that_exist() -> None:
    known = facts.every_test()
    wrong = {number: missing for number, a in FOUND if (missing := set(a.tests) - known)}

    assert wrong == {}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"tests": ()}, "at least one test"),
        ({"code": ()}, "names its code"),
        ({"state": "done"}, "Invalid enum value"),
        ({"how": "Somehow"}, "length >= 10"),
        ({"proof": "trust us"}, "unknown field"),
    ],
)
def test_a_claim_without_its_evidence_is_refused(changed: dict[str, Any], why: str) -> None:
    right = {"state": "met", "how": "It is held so.", "code": ("a",), "tests": ("b",)}
    assert msgspec.convert(right, Answer).state == "met"

    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(right | changed, Answer)


def test_the_totals_are_those_of_the_answers() -> None:
    counted = Counter(answer.state for _, answer in FOUND)
    document = table()

    for state, words in STATES.items():
        assert f"**{counted[state]} {words}**" in document
    assert document.count("| V") == len(CHAPTERS)


def test_the_catalogues_own_wording_is_not_here() -> None:
    """It is CC BY-SA 4.0: every sentence of it begins alike."""
    assert [number for number, answer in FOUND if "Verify that" in answer.how] == []
