"""A protocol reads as it is walked."""

import pytest

from standfast.kernel.values import Sex
from standfast.triage.content import current, written
from standfast.triage.protocols import Condition
from standfast.triage.reading import ReadProtocol, condition_in_words, read_all


def readable(name: str) -> ReadProtocol:
    return next(item for item in read_all(written(), current()) if item.id == name)


def test_the_threats_to_life_are_read_first() -> None:
    titles = [item.title for item in read_all(written(), current())]

    assert titles[:3] == ["Threats to life", "Main problem", "Abdominal pain"]


def test_an_answer_says_where_it_leads() -> None:
    pain = readable("main-problem").questions[0].answers[0]
    chest = readable("main-problem").questions[1].answers[0]
    heavy = readable("chest-pain").questions[0].answers[0]

    assert pain.onward == "Ask: Where the pain is"
    assert chest.onward == "Go to Chest pain"
    assert heavy.disposition is current().dispositions["AMB2"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(age_under=3), "under 3 months"),
        (Condition(age_from=192), "16 years or older"),
        (Condition(age_from=3, age_under=192), "from 3 months to under 16 years"),
        (Condition(age_under=12, sex=Sex.FEMALE), "under 1 year, not known to be male"),
        (Condition(sex=Sex.MALE), "not known to be female"),
    ],
)
def test_a_condition_is_said_in_words(condition: Condition, words: str) -> None:
    assert condition_in_words(condition) == words
