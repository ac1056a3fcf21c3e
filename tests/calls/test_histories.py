"""Whatever order commands and facts come in, a case says the same and owes no less."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from standfast.calls import commands as c
from standfast.calls.closing import outstanding
from standfast.calls.describing import describe_case
from standfast.calls.model_case import CASE
from standfast.calls.rows import case_rows
from standfast.calls.state import Case
from standfast.facts import cases as e
from standfast.facts import requests as asked
from standfast.journal.columns import row_key
from standfast.kernel.messages import Refused
from tests.calls.examples import CALL_ID, CASE_ID
from tests.calls.rules import (
    AMBULANCE_KEY,
    CLOSE,
    DESCRIBE,
    NUMBERS,
    OPEN,
    OURS,
    PHONED,
    PLACE,
    book,
    note,
    outcome,
    said,
    then,
)
from tests.support.site import NOON

COMMANDS: list[c.CaseCommand] = [
    PLACE,
    DESCRIBE,
    NUMBERS,
    AMBULANCE_KEY,
    PHONED,
    outcome("ambulance", "C1"),
    outcome("ambulance", "C3", code="lesser"),
    outcome("primary_care"),
    outcome("clinician"),
    outcome("medicines"),
    c.TakeBackDisposition(**OURS, code="T-clinician", at=NOON),
    note("accepted"),
    note("not_accepted"),
    note("allocated", callsign="HM 12"),
    note("mobile", seconds=90, callsign="HM 12"),
    note("closed", seconds=120),
    book("slot-1"),
    said("booked"),
    said("cancelled"),
    c.TakeCase(case_id=CASE_ID, staff_id="ada", staff_name="Dr Ada Mensah"),
    c.NotePrescription(case_id=CASE_ID, step="taken", by="Dr Ada Mensah", note="", at=NOON),
    c.LoseCaller(**OURS, call_id=CALL_ID, at=NOON),
    CLOSE,
]
histories = st.lists(st.sampled_from(COMMANDS), max_size=14)


def play(commands: list[c.CaseCommand]) -> tuple[Case, list[e.CaseEvent]]:
    case, history = CASE.initial, []
    for command in [OPEN, *commands]:
        try:
            events = CASE.decide(case, command, NOON)
        except Refused:
            continue
        for event in events:
            case = CASE.evolve(case, event)
            history.append(event)
    return case, history


@given(histories)
def test_nothing_closes_with_something_unsent(commands: list[c.CaseCommand]) -> None:
    case = CASE.initial
    for command in [OPEN, *commands]:
        was = case
        try:
            case = then(case, command)
        except Refused:
            continue
        if case.closed and not was.closed:
            assert outstanding(was) == ()
            assert was.ambulance.is_owned or not was.ambulance.is_live


@given(histories)
def test_a_life_threat_always_has_an_ambulance_on_request(
    commands: list[c.CaseCommand],
) -> None:
    case, _ = play([*commands, outcome("ambulance", "C1", code="threat")])
    assert case.ambulance.category == "C1"
    assert case.ambulance.is_live


@given(histories, st.randoms())
def test_facts_are_learnt_in_any_order_and_make_rows_without_complaint(
    commands: list[c.CaseCommand], random: Any
) -> None:
    _, history = play(commands)
    random.shuffle(history)
    mixed = CASE.replay(history)
    keys = [row_key(row) for row in case_rows(mixed)]
    assert len(keys) >= 1
    assert mixed.entries == CASE.replay(reversed(history)).entries


@given(histories)
def test_the_same_facts_make_the_same_rows_and_a_request_is_never_forgotten(
    commands: list[c.CaseCommand],
) -> None:
    case, history = play(commands)
    assert list(case_rows(CASE.replay(history))) == list(case_rows(case))
    assert bool(case.ambulance.category) == any(
        isinstance(event, asked.AmbulanceRequested) for event in history
    )


def test_every_fact_has_its_sentence() -> None:
    _, history = play(COMMANDS)
    for event in history:
        assert describe_case(event).strip()
