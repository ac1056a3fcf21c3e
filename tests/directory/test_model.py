"""The rules of the directory's two streams, one sentence each."""

from datetime import time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.directory.model import (
    NEED,
    SERVICE,
    Capacity,
    ListService,
    Refusal,
    ReportCapacity,
    StateNeed,
    WithdrawNeed,
)
from standfast.directory.reactions import REACTIONS
from standfast.directory.words import DESCRIBES, REFUSALS
from standfast.facts.cases import DispositionTakenBack
from standfast.facts.directory import CapacityReported, OpenFrom, ServiceListed
from standfast.facts.requests import ServiceWanted
from standfast.kernel.messages import Refused
from tests.directory.examples import CASE, KINGSMOOR, NEED_WITHIN_TWO_HOURS, SUNDAY_NOON

LIST = ListService(service=KINGSMOOR, by="Sam Whitlock")
FULL = ReportCapacity(
    service_id=KINGSMOOR.service_id, capacity=Capacity.RED, accepting=True, by="Sam Whitlock"
)
LISTED = ServiceListed(service=KINGSMOOR, listed_at=SUNDAY_NOON, by="Sam Whitlock")
STATED = StateNeed(need=NEED_WITHIN_TWO_HOURS)
LATER = SUNDAY_NOON + timedelta(minutes=5)


def refusal_of(known: Any, command: Any) -> Any:
    with pytest.raises(Refused) as refused:
        SERVICE.decide(known, command, SUNDAY_NOON)
    return refused.value.reason


def test_a_service_is_listed_and_listing_it_again_changes_nothing() -> None:
    assert SERVICE.decide(SERVICE.initial, LIST, SUNDAY_NOON) == (LISTED,)
    assert SERVICE.decide(SERVICE.replay([LISTED]), LIST, LATER) == ()


def test_changed_details_replace_what_was_listed() -> None:
    renamed = replace(LIST, service=replace(KINGSMOOR, name="Kingsmoor UTC"))
    (event,) = SERVICE.decide(SERVICE.replay([LISTED]), renamed, LATER)
    assert SERVICE.replay([LISTED, event]) == SERVICE.replay([event, LISTED])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"age_from": 60, "age_to": 18}, Refusal.AGES_REVERSED),
        ({"needs": ()}, Refusal.OFFERS_NOTHING),
        (
            {"hours": (OpenFrom(weekday=7, opens=time(8), until=time(9)),)},
            Refusal.NOT_A_WEEKDAY,
        ),
    ],
)
def test_a_service_that_cannot_be_is_refused(changed: dict[str, Any], reason: Refusal) -> None:
    wrong = ListService(service=replace(KINGSMOOR, **changed), by="Sam Whitlock")
    assert refusal_of(SERVICE.initial, wrong) is reason


def test_no_organisation_lists_anothers_service() -> None:
    theirs = ListService(service=replace(KINGSMOOR, org="elsewhere"), by="Rita Elsewhere")
    assert refusal_of(SERVICE.replay([LISTED]), theirs) is Refusal.LISTED_BY_ANOTHER


def test_only_a_listed_service_says_how_busy_it_is() -> None:
    assert refusal_of(SERVICE.initial, FULL) is Refusal.NOT_LISTED


def test_the_same_report_again_is_newer() -> None:
    (first,) = SERVICE.decide(SERVICE.replay([LISTED]), FULL, SUNDAY_NOON)
    (second,) = SERVICE.decide(SERVICE.replay([LISTED, first]), FULL, LATER)
    assert isinstance(second, CapacityReported)
    known = SERVICE.replay([LISTED, second, first])
    assert known.report == second
    assert known == SERVICE.replay([first, second, LISTED])


def test_a_later_need_replaces_the_one_before() -> None:
    (first,) = NEED.decide(NEED.initial, STATED, SUNDAY_NOON)
    urgent = replace(NEED_WITHIN_TWO_HOURS, code="ED1", wanted_at=LATER)
    (second,) = NEED.decide(NEED.replay([first]), StateNeed(need=urgent), LATER)
    known = NEED.replay([first, second])
    assert known.details == urgent
    assert known == NEED.replay([second, first])
    assert NEED.decide(known, StateNeed(need=urgent), LATER) == ()


def test_a_need_is_gone_once_its_outcome_is_taken_back() -> None:
    (stated,) = NEED.decide(NEED.initial, STATED, SUNDAY_NOON)
    (gone,) = NEED.decide(NEED.replay([stated]), withdraw("PC2"), LATER)
    assert not NEED.replay([stated, gone]).stands
    assert NEED.replay([stated, gone]) == NEED.replay([gone, stated])
    assert NEED.decide(NEED.replay([stated, gone]), withdraw("PC2"), LATER) == ()


def test_the_withdrawal_of_another_outcome_leaves_the_need() -> None:
    (stated,) = NEED.decide(NEED.initial, STATED, SUNDAY_NOON)
    assert NEED.decide(NEED.replay([stated]), withdraw("ED1"), LATER) == ()
    assert NEED.decide(NEED.initial, withdraw("PC2"), LATER) == ()


def test_the_same_outcome_reached_again_is_wanted_again() -> None:
    (stated,) = NEED.decide(NEED.initial, STATED, SUNDAY_NOON)
    (gone,) = NEED.decide(NEED.replay([stated]), withdraw("PC2"), LATER)
    again = replace(NEED_WITHIN_TWO_HOURS, wanted_at=LATER + timedelta(seconds=1))
    (anew,) = NEED.decide(NEED.replay([stated, gone]), StateNeed(need=again), LATER)
    assert NEED.replay([stated, gone, anew]).stands


def withdraw(code: str) -> WithdrawNeed:
    return WithdrawNeed(case_id=CASE, code=code, at=LATER)


def reaction_to(event: Any) -> Any:
    (reaction,) = (each for each in REACTIONS if each.on is type(event))
    return reaction.key(event), reaction.command(event)


def test_what_a_case_wants_of_a_service_becomes_its_need() -> None:
    need = NEED_WITHIN_TWO_HOURS
    wanted = ServiceWanted(**{name: getattr(need, name) for name in need.__struct_fields__})
    assert reaction_to(wanted) == (CASE, STATED)


def test_an_outcome_that_is_taken_back_withdraws_what_it_wanted() -> None:
    taken_back = DispositionTakenBack(case_id=CASE, code="PC2", taken_back_at=LATER)
    assert reaction_to(taken_back) == (CASE, withdraw("PC2"))


def test_every_refusal_has_its_sentence_and_every_fact_too() -> None:
    assert set(REFUSALS) == set(Refusal)
    (report,) = SERVICE.decide(SERVICE.replay([LISTED]), FULL, SUNDAY_NOON)
    (stated,) = NEED.decide(NEED.initial, STATED, SUNDAY_NOON)
    (gone,) = NEED.decide(NEED.replay([stated]), withdraw("PC2"), LATER)
    service, need = DESCRIBES["directory.service"], DESCRIBES["directory.need"]
    assert [service(LISTED), service(report), need(stated), need(gone)] == [
        "Kingsmoor Urgent Treatment Centre was listed in the directory",
        "Capacity: Full",
        "Services were looked for: See or speak to primary care within 2 hours",
        "The answers changed: no service is looked for now",
    ]
