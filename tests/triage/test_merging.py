"""Facts from two devices or two sites end the same in any order, or in a named conflict."""

from itertools import permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.facts.triage import TriageEvent
from standfast.kernel.messages import Refused
from standfast.triage.engine import Facts, Given, Step
from standfast.triage.model import ASSESSMENT, AnswerQuestion, WithdrawAnswers
from tests.triage.examples import NOON, a_withdrawal, after, an_answer, history
from tests.triage.paths import NO_THREAT, answered, every_path

paths = st.sampled_from(every_path(Facts()))
devices = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.integers(1, 3)),
        st.tuples(st.just("back"), st.integers(0, 6)),
    ),
    max_size=12,
)


@given(paths)
@settings(max_examples=60)
def test_the_server_comes_to_what_the_device_came_to(
    path: tuple[tuple[Given, ...], Step],
) -> None:
    answers, step = path

    state = after(*answers)

    assert state.disposition is not None
    assert step.disposition is not None
    assert state.disposition.code == step.disposition.code
    assert state.disposition.life_threat == step.life_threat


def worked(
    start: list[TriageEvent], doings: list[tuple[str, int]], first: int
) -> list[TriageEvent]:
    """Return what one device records of *doings*, cut off from every other."""
    events = list(start)
    for number, (what, choice) in enumerate(doings, start=first):
        state = ASSESSMENT.replay(events)
        n = len(state.standing)
        asked = NO_THREAT[n].question if n < len(NO_THREAT) else "main-problem.problem"
        command: AnswerQuestion | WithdrawAnswers = (
            a_withdrawal(choice, number=number)
            if what == "back"
            else an_answer(n, *answered(f"{asked}={choice}"), number=number)
        )
        try:
            events.extend(ASSESSMENT.decide(state, command, NOON))
        except Refused:
            continue
    return events[len(start) :]


@given(devices, devices, devices, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_any_order_and_repetition_ends_the_same_or_in_a_named_conflict(
    before: list[tuple[str, int]],
    here: list[tuple[str, int]],
    there: list[tuple[str, int]],
    chance: Random,
) -> None:
    shared = worked([], before, 10_000)
    ours = worked(shared, here, 20_000)
    theirs = worked(shared, there, 30_000)
    shuffled = [*shared, *ours, *theirs, *ours[::2]]
    chance.shuffle(shuffled)

    met = ASSESSMENT.replay([*shared, *ours, *theirs])

    assert ASSESSMENT.replay(shuffled) == met
    positions = [item.n for item in met.standing]
    assert met.conflict or positions == list(range(len(positions)))
    urgent = [
        state.disposition for state in (ASSESSMENT.replay([*shared, *ours]),) if not theirs
    ]
    assert all(reached == met.disposition for reached in urgent)


def test_few_facts_in_every_order_end_the_same() -> None:
    events = [
        *history(*NO_THREAT[:2]),
        *ASSESSMENT.decide(after(*NO_THREAT[:2]), a_withdrawal(1), NOON),
    ]
    events += ASSESSMENT.decide(
        ASSESSMENT.replay(events), an_answer(1, NO_THREAT[1], number=3), NOON
    )

    ends = [ASSESSMENT.replay(order) for order in permutations(events)]

    assert all(end == ends[0] for end in ends)
