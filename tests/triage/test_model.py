"""The rules of an assessment, one sentence each."""

import pytest

from standfast.facts.triage import (
    AmbulanceCategory,
    AnswerGiven,
    AnswersWithdrawn,
    DispositionKind,
    DispositionReached,
    DispositionWithdrawn,
    Finding,
    TriageEvent,
)
from standfast.kernel.messages import Refused
from standfast.kernel.values import Sex
from standfast.triage.content import current
from standfast.triage.model import (
    ASSESSMENT,
    Assessment,
    Refusal,
    TriageCommand,
)
from standfast.triage.words import REFUSALS, describe
from tests.triage.examples import (
    AMIRA,
    CASE,
    CHEST_PAIN,
    HEAVY_CHEST,
    NOON,
    PROVIDER,
    a_withdrawal,
    after,
    an_answer,
    entry,
    history,
)
from tests.triage.paths import NO_THREAT, answered

AWAKE, NOT_AWAKE = answered("life-threats.awake=1", "life-threats.awake=2")


def decided(state: Assessment, command: TriageCommand) -> tuple[TriageEvent, ...]:
    return tuple(ASSESSMENT.decide(state, command, NOON))


def refused(state: Assessment, command: TriageCommand) -> str:
    with pytest.raises(Refused) as refusal:
        ASSESSMENT.decide(state, command, NOON)
    return refusal.value.reason


def test_an_answer_is_kept_with_the_question_as_it_was_asked() -> None:
    (event,) = decided(Assessment(), an_answer(0, AWAKE, words="He is sitting up"))

    assert event == AnswerGiven(
        case_id=CASE,
        org=PROVIDER,
        entry_id=entry(1_000),
        n=0,
        protocol="life-threats",
        version=current().version,
        question_id="life-threats.awake",
        question="Are they awake, and do they answer when you speak to them?",
        short="Awake and answering",
        answer_key="1",
        answer="Yes, awake and answering",
        words="He is sitting up",
        answered_at=NOON,
        by=AMIRA,
    )


def test_a_threat_to_life_reaches_an_ambulance_with_the_answer_itself() -> None:
    _, reached = decided(Assessment(), an_answer(0, NOT_AWAKE, words="She has gone grey"))

    assert isinstance(reached, DispositionReached)
    assert reached.kind is DispositionKind.AMBULANCE
    assert reached.category is AmbulanceCategory.C1
    assert reached.life_threat
    assert reached.findings == (
        Finding(
            short="Awake and answering", answer="No, cannot be woken", words="She has gone grey"
        ),
    )
    assert "push hard on the middle of the chest" in " ".join(
        advice.text for advice in reached.advice_interim
    )


def test_not_sure_about_a_threat_to_life_sends_an_ambulance() -> None:
    (unsure,) = answered("life-threats.awake=3")

    assert isinstance(decided(Assessment(), an_answer(0, unsure))[-1], DispositionReached)


def test_an_assessment_without_danger_goes_on() -> None:
    assert after(*CHEST_PAIN).disposition is None


def test_a_finding_in_a_protocol_reaches_its_disposition() -> None:
    reached = after(*HEAVY_CHEST).disposition

    assert reached is not None
    assert (reached.code, reached.problem_title) == ("AMB2", "Chest pain")
    assert not reached.life_threat
    assert [finding.short for finding in reached.findings] == [
        "Main problem",
        "Where the pain is",
        "Tight, or spreads",
    ]
    assert reached.advice_worsening


def test_every_piece_of_advice_has_an_id_of_its_own() -> None:
    reached = after(*HEAVY_CHEST).disposition
    assert reached is not None

    ids = [item.advice_id for item in (*reached.advice_interim, *reached.advice_worsening)]

    assert len(set(ids)) == len(ids) > 0


def test_the_same_entry_again_changes_nothing() -> None:
    for state in (after(AWAKE), after(NOT_AWAKE)):
        assert decided(state, an_answer(0, AWAKE)) == ()


def test_a_withdrawal_sent_again_changes_nothing() -> None:
    went_back = ASSESSMENT.replay((*history(AWAKE), *decided(after(AWAKE), a_withdrawal(0))))

    assert decided(went_back, a_withdrawal(0)) == ()


def test_an_answer_to_another_question_is_out_of_step() -> None:
    (fit,) = answered("life-threats.fit=2")

    assert refused(Assessment(), an_answer(0, fit)) == Refusal.OUT_OF_STEP


def test_an_answer_to_another_position_is_out_of_step() -> None:
    assert refused(after(AWAKE), an_answer(0, AWAKE, number=7)) == Refusal.OUT_OF_STEP
    assert refused(after(AWAKE), an_answer(5, NO_THREAT[1])) == Refusal.OUT_OF_STEP


def test_the_threats_to_life_cannot_be_skipped_by_what_a_device_claims() -> None:
    (problem,) = answered("main-problem.problem=8")

    assert refused(after(*NO_THREAT[:6]), an_answer(6, problem)) == Refusal.OUT_OF_STEP


def test_an_answer_that_was_not_offered_is_refused() -> None:
    (strange,) = answered("life-threats.awake=8")

    assert refused(Assessment(), an_answer(0, strange)) == Refusal.UNKNOWN_ANSWER


def test_an_answer_to_other_content_is_refused() -> None:
    command = an_answer(0, AWAKE, version="000000000000")

    assert refused(Assessment(), command) == Refusal.UNKNOWN_CONTENT


def test_an_assessment_begun_with_other_content_begins_again() -> None:
    (earlier,) = history(AWAKE)
    assert isinstance(earlier, AnswerGiven)
    changed = AnswerGiven(
        **{name: getattr(earlier, name) for name in earlier.__struct_fields__}
        | {"version": "0ld"}
    )
    begun = ASSESSMENT.replay([changed])

    assert refused(begun, an_answer(1, NO_THREAT[1])) == Refusal.CONTENT_CHANGED
    again = ASSESSMENT.replay([changed, *decided(begun, a_withdrawal(0))])
    assert len(decided(again, an_answer(0, AWAKE, number=9))) == 1


def test_an_answer_after_the_end_is_refused() -> None:
    assert refused(after(NOT_AWAKE), an_answer(1, NO_THREAT[1])) == Refusal.FINISHED


def test_another_organisation_cannot_answer() -> None:
    command = an_answer(1, NO_THREAT[1], org="another-provider")

    assert refused(after(AWAKE), command) == Refusal.ANOTHER_ORGANISATION


def test_going_back_keeps_what_was_said_and_ends_what_it_led_to() -> None:
    withdrawn, no_longer = decided(after(*HEAVY_CHEST), a_withdrawal(9))

    assert isinstance(withdrawn, AnswersWithdrawn)
    assert withdrawn.answers == (entry(1_009),)
    assert isinstance(no_longer, DispositionWithdrawn)
    assert no_longer.code == "AMB2"
    state = ASSESSMENT.replay((*history(*HEAVY_CHEST), withdrawn, no_longer))
    assert state.disposition is None
    assert len(state.standing) == 9
    assert len(state.given) == 10


def test_a_changed_answer_leads_elsewhere() -> None:
    events = [*history(*HEAVY_CHEST), *decided(after(*HEAVY_CHEST), a_withdrawal(0))]

    events += decided(ASSESSMENT.replay(events), an_answer(0, NOT_AWAKE, number=5))

    reached = ASSESSMENT.replay(events).disposition
    assert reached is not None
    assert reached.code == "AMB1"


def test_going_back_where_nothing_was_answered_changes_nothing() -> None:
    assert decided(after(AWAKE), a_withdrawal(4)) == ()


def test_what_is_known_of_the_patient_decides_what_is_asked() -> None:
    feverish = (*NO_THREAT, *answered("main-problem.problem=3"))
    (look,) = answered("fever-child.look=2")
    command = an_answer(8, look, age_years=4)

    assert isinstance(decided(after(*feverish), command)[0], AnswerGiven)
    unknown = an_answer(8, look)
    assert refused(after(*feverish), unknown) == Refusal.OUT_OF_STEP


def test_answers_that_no_longer_fit_what_is_known_must_be_taken_back() -> None:
    grown = after(*NO_THREAT, *answered("main-problem.problem=3", "main-problem.age=3"))
    (neck,) = answered("fever-adult.skin=2")
    state = ASSESSMENT.replay(
        [
            *grown.given,
            *decided(grown, an_answer(9, *answered("fever-adult.confused=2"))),
        ]
    )

    assert decided(state, an_answer(10, neck, sex=Sex.MALE))
    skipped = ASSESSMENT.replay(
        [
            *after(*NO_THREAT, *answered("main-problem.problem=3")).given,
            *decided(
                after(*NO_THREAT, *answered("main-problem.problem=3")),
                an_answer(8, *answered("fever-adult.confused=2"), age_years=40),
            ),
        ]
    )
    assert refused(skipped, an_answer(9, neck, age_years=4)) == Refusal.OUT_OF_STEP


def test_two_people_who_answer_the_same_question_make_a_conflict() -> None:
    here = decided(after(AWAKE), an_answer(1, NO_THREAT[1], number=11))
    there = decided(
        after(AWAKE), an_answer(1, *answered("life-threats.breathing=3"), number=12)
    )
    met = ASSESSMENT.replay([*history(AWAKE), *here, *there])

    assert met.conflict
    assert met.disposition is not None, "the more urgent outcome stands until it is settled"
    assert refused(met, an_answer(2, NO_THREAT[2])) == Refusal.ANSWERED_TWICE
    settled = ASSESSMENT.replay(
        [*history(AWAKE), *here, *there, *decided(met, a_withdrawal(1))]
    )
    assert not settled.conflict
    assert settled.disposition is None


def test_every_refusal_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)


def test_every_fact_has_its_sentence() -> None:
    events = [*history(*HEAVY_CHEST), *decided(after(*HEAVY_CHEST), a_withdrawal(8))]

    sentences = [describe(event) for event in events]

    assert sentences[0] == "Awake and answering: Yes, awake and answering"
    assert "Assessment came to: Emergency ambulance (Chest pain)" in sentences
    assert sentences[-2] == "Went back to question 9 (2 answers taken back)"
    assert sentences[-1] == "Disposition AMB2 no longer stands: an answer was changed"
