"""What the engine promises, over every path of every protocol."""

from collections import Counter
from time import perf_counter

import pytest

from standfast.facts.triage import DispositionKind
from standfast.kernel.values import Sex
from standfast.triage.check import LIFE_THREAT_ORDER
from standfast.triage.content import current
from standfast.triage.engine import Facts, Given, walk
from tests.triage.paths import NO_THREAT, PATIENTS, answered, every_path

NOBODY_KNOWN = Facts()
FIVE_ANSWERS_CLEAR = NO_THREAT[:5]
THREATS = tuple(f"life-threats.{name}" for name in LIFE_THREAT_ORDER)


def test_the_first_question_is_whether_they_are_awake() -> None:
    step = walk(current(), NOBODY_KNOWN, ())

    assert step.question is not None
    assert step.question.id == "life-threats.awake"
    assert step.disposition is None


def test_no_disposition_comes_before_the_threats_to_life_are_answered() -> None:
    """H01: by a threat to life itself, or after each of them was asked and none was there."""
    for facts in PATIENTS:
        for answers, _ in every_path(facts):
            for n in range(len(answers) + 1):
                step = walk(current(), facts, answers[:n])
                asked = tuple(taken.question for taken in step.path[: len(THREATS)])
                if step.disposition is not None and not step.life_threat:
                    assert asked == THREATS


def test_a_threat_to_life_ends_at_once_with_an_ambulance() -> None:
    ended = [step for _, step in every_path(NOBODY_KNOWN) if step.problem == "life-threats"]

    assert len(ended) == 16
    for step in ended:
        assert step.finished
        assert step.life_threat
        assert step.disposition is not None
        assert step.disposition.kind is DispositionKind.AMBULANCE
        assert sum(bool(taken.rules_in) for taken in step.path) == 1
        assert step.path[-1].rules_in == step.disposition.code


def test_every_path_ends_in_a_disposition_with_worsening_advice() -> None:
    for facts in PATIENTS:
        for _, step in every_path(facts):
            assert step.finished
            assert step.disposition is not None
            assert step.worsening
            assert set(step.care + step.worsening) <= set(current().advice)


def test_every_question_and_every_answer_is_met_on_some_path() -> None:
    met = {
        (taken.question, taken.key)
        for facts in PATIENTS
        for _, step in every_path(facts)
        for taken in step.path
    }

    assert met == {
        (question.id, choice.key)
        for question in current().questions.values()
        for choice in question.choices
    }


def test_the_disposition_is_the_most_urgent_that_was_ruled_in() -> None:
    ranks = {code: row.rank for code, row in current().dispositions.items()}
    for facts in PATIENTS:
        for _, step in every_path(facts):
            ruled_in = [ranks[taken.rules_in] for taken in step.path if taken.rules_in]
            assert step.disposition is not None
            otherwise = current().protocols[step.problem].otherwise
            assert step.disposition.rank == min(ruled_in, default=ranks.get(otherwise))


def test_another_answer_never_makes_it_less_urgent() -> None:
    for answers, _ in every_path(NOBODY_KNOWN):
        latest = 1_000
        for n in range(len(answers) + 1):
            step = walk(current(), NOBODY_KNOWN, answers[:n])
            rank = step.disposition.rank if step.disposition else 1_000
            assert rank <= latest or step.finished
            latest = rank


def test_a_long_call_is_still_a_short_list_of_questions() -> None:
    lengths = Counter(len(answers) for answers, _ in every_path(NOBODY_KNOWN))

    assert max(lengths) <= 20


def test_going_back_asks_the_earlier_question_again() -> None:
    before = walk(current(), NOBODY_KNOWN, FIVE_ANSWERS_CLEAR[:-1])
    after = walk(current(), NOBODY_KNOWN, FIVE_ANSWERS_CLEAR)

    assert before.question is not None
    assert before.question.id == FIVE_ANSWERS_CLEAR[-1].question
    assert after.question is not None
    assert after.question.id != before.question.id


def fever(facts: Facts) -> list[str]:
    """Return what is asked of somebody feverish, with a harmless answer to each."""
    answers = (*NO_THREAT, *answered("main-problem.problem=3"))
    asked = []
    while (step := walk(current(), facts, answers)).question is not None:
        asked.append(step.question.id)
        harmless = {"main-problem.age": "2"}.get(step.question.id, "2")
        answers = (*answers, Given(step.question.id, harmless))
    return asked


def test_a_known_age_is_not_asked_for() -> None:
    assert "main-problem.age" in fever(Facts())
    assert "main-problem.age" not in fever(Facts(age_years=7))


def test_a_baby_in_its_first_year_may_be_under_three_months_so_is_asked_for() -> None:
    assert "main-problem.age" in fever(Facts(age_years=0))


def test_a_known_age_chooses_the_protocol() -> None:
    assert any(name.startswith("fever-child.") for name in fever(Facts(age_years=7)))
    assert any(name.startswith("fever-adult.") for name in fever(Facts(age_years=70)))


@pytest.mark.parametrize(
    ("sex", "asked"),
    [
        (Sex.MALE, False),
        (Sex.FEMALE, True),
        (Sex.OTHER, True),
        (Sex.UNKNOWN, True),
        (None, True),
    ],
)
def test_pregnancy_is_asked_about_unless_the_patient_is_known_to_be_male(
    sex: Sex | None, *, asked: bool
) -> None:
    assert ("fever-adult.pregnant" in fever(Facts(age_years=30, sex=sex))) is asked


def test_an_answer_that_no_longer_fits_what_is_known_is_not_used() -> None:
    grown = (*NO_THREAT, *answered("main-problem.problem=3", "fever-adult.confused=2"))

    assert walk(current(), Facts(age_years=40), grown).applied == len(grown)
    assert walk(current(), Facts(age_years=4), grown).applied == len(grown) - 1


def test_what_was_asked_stands_when_it_becomes_known_later() -> None:
    asked = (*NO_THREAT, *answered("main-problem.problem=3", "main-problem.age=3"))

    step = walk(current(), Facts(age_years=40), asked)

    assert step.applied == len(asked)
    assert step.path[-1].n == len(asked) - 1


def test_answers_after_the_end_are_not_used() -> None:
    step = walk(current(), NOBODY_KNOWN, answered("life-threats.awake=2", "life-threats.fit=2"))

    assert step.finished
    assert step.applied == 1


def test_an_answer_that_is_not_offered_is_not_used() -> None:
    step = walk(current(), NOBODY_KNOWN, answered("life-threats.awake=7"))

    assert step.applied == 0
    assert step.question is not None
    assert step.question.id == "life-threats.awake"


def test_questions_stop_once_none_could_make_it_more_urgent() -> None:
    hurt_spine = (*NO_THREAT, *answered("main-problem.problem=4", "main-problem.injury=3"))
    asked = []
    while (step := walk(current(), NOBODY_KNOWN, hurt_spine)).question is not None:
        asked.append(step.question)
        hurt_spine = (*hurt_spine, Given(step.question.id, "2"))

    ranks = current().dispositions
    assert step.disposition is ranks["ED1"]
    assert all(question.reach < ranks["ED1"].rank for question in asked)


def test_somebody_who_waits_for_an_ambulance_is_told_nothing_milder() -> None:
    child = (*NO_THREAT, *answered("main-problem.problem=3", "fever-child.look=1"))

    step = walk(current(), Facts(age_years=4), child)

    assert step.care == ("sepsis", "ambulance-coming")
    assert step.worsening == ("ring-999-again",)


def test_a_step_is_walked_again_from_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole lists of answers, not single answers, so that Back is only a shorter list."""
    lists = [answers for answers, _ in every_path(NOBODY_KNOWN)]
    started = perf_counter()
    for answers in lists:
        assert walk(current(), NOBODY_KNOWN, answers).finished
    each = (perf_counter() - started) / len(lists) * 1_000_000
    with capsys.disabled():
        print(f"\ntriage: {len(lists)} paths, {each:.0f} µs for a whole walk in Python")  # noqa: T201
