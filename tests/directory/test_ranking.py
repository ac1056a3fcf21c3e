"""Who can take somebody, best first, and why the others cannot (domain/dos_algorithm.md)."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.directory.ranking import Ranking, ServiceNow, latest_opening, rank
from standfast.directory.wording import moment
from standfast.facts.directory import ServiceDetails
from standfast.kernel.values import Sex
from tests.directory.examples import (
    CHILDRENS,
    EMERGENCY,
    FAR_EMERGENCY,
    KINGSMOOR,
    NEED_WITHIN_TWO_HOURS,
    NORTHBRIDGE,
    SUNDAY_NOON,
    every_day,
    now_of,
    service,
)


def ranked(*services: ServiceNow | ServiceDetails, **changed: Any) -> Ranking:
    """Rank *services* for the example's need, with some of it changed."""
    known = [each if isinstance(each, ServiceNow) else now_of(each) for each in services]
    return rank(replace(NEED_WITHIN_TWO_HOURS, **changed), known, SUNDAY_NOON)


def names(ranking: Ranking) -> list[str]:
    return [each.name for each in ranking.candidates]


def why_not(details: ServiceDetails | ServiceNow, **changed: Any) -> str:
    """Return why a service is left out while Kingsmoor is not."""
    anybody = service("anybody", "Anybody", metres=100)
    found = ranked(details, anybody, **changed)
    assert names(found) == ["Anybody"]
    return ". ".join(found.left_out[0].why)


def test_the_nearest_comes_first() -> None:
    found = ranked(KINGSMOOR, NORTHBRIDGE)
    assert names(found) == [NORTHBRIDGE.name, KINGSMOOR.name]
    assert [each.distance for each in found.candidates] == [1_200, 5_500]


def test_the_order_in_which_services_are_listed_does_not_matter() -> None:
    near, same_near = service("b", "B", metres=10), service("a", "A", metres=10)
    everything = (KINGSMOOR, NORTHBRIDGE, near, same_near, EMERGENCY)
    assert len({tuple(names(ranked(*order))) for order in permutations(everything)}) == 1


def test_a_service_that_does_something_else_says_what_it_lacks() -> None:
    assert why_not(EMERGENCY) == "Does not offer: Be seen in primary care"


def test_a_service_must_have_everything_that_is_needed() -> None:
    both = ("primary_care_face_to_face", "urgent_treatment")
    only = replace(NORTHBRIDGE, needs=("primary_care_face_to_face",))
    assert names(ranked(KINGSMOOR, only, needs=both)) == [KINGSMOOR.name]


def test_a_service_for_adults_says_from_which_age() -> None:
    assert why_not(replace(KINGSMOOR, age_from=18), age_years=17) == "Sees 18 and over"


def test_a_service_for_children_says_until_which_age() -> None:
    assert why_not(replace(KINGSMOOR, age_to=15)) == "Sees 15 and under"


def test_both_ages_of_a_service_are_included() -> None:
    middle = replace(KINGSMOOR, age_from=16, age_to=60)
    assert names(ranked(middle, age_years=16)) == names(ranked(middle, age_years=60))
    assert why_not(middle, age_years=61) == "Sees 16 to 60"


def test_while_the_age_is_not_known_a_service_that_asks_for_one_is_left_out() -> None:
    adults = replace(KINGSMOOR, age_from=18)
    assert why_not(adults, age_years=None) == ("Sees 18 and over; ask how old the patient is")


def test_a_service_for_women_leaves_a_man_out_and_says_so() -> None:
    women = replace(KINGSMOOR, sex=Sex.FEMALE)
    assert why_not(women, sex=Sex.MALE) == "Sees women and girls"
    assert why_not(women, sex=Sex.UNKNOWN) == (
        "Sees women and girls; the patient's sex is not known"
    )
    assert names(ranked(women, sex=Sex.FEMALE)) == [KINGSMOOR.name]
    assert names(ranked(women, sex=Sex.OTHER)) == [KINGSMOOR.name]


def test_a_full_service_says_since_when() -> None:
    assert why_not(now_of(KINGSMOOR, "red")) == "Full: red since 11:10"


def test_a_busy_service_is_still_offered() -> None:
    assert names(ranked(now_of(KINGSMOOR, "amber"))) == [KINGSMOOR.name]


def test_a_service_that_never_said_how_busy_it_is_is_offered() -> None:
    silent = ServiceNow(details=KINGSMOOR, capacity="", accepting=True, reported_at=None)
    assert names(ranked(silent)) == [KINGSMOOR.name]


def test_a_service_that_takes_nobody_says_since_when() -> None:
    assert why_not(now_of(KINGSMOOR, accepting=False)) == "Takes nobody since 11:10"


def test_a_service_too_far_away_says_how_far_it_takes_people_from() -> None:
    far = service("far", "Far", metres=62_000, within_metres=40_000)
    assert why_not(far) == "62 km away; takes people within 40 km"


def test_where_the_place_is_not_known_distance_leaves_nobody_out() -> None:
    far = service("far", "Far", metres=62_000, within_metres=40_000)
    found = ranked(NORTHBRIDGE, far, point=None)
    assert names(found) == ["Far", NORTHBRIDGE.name]
    assert {each.distance for each in found.candidates} == {None}


def test_a_closed_service_says_when_it_opens() -> None:
    evenings = replace(KINGSMOOR, always_open=False, hours=every_day("18:00", "22:00"))
    mornings = replace(KINGSMOOR, always_open=False, hours=every_day("08:00", "11:00"))
    assert why_not(evenings) == "Closed until 18:00"
    assert why_not(mornings) == "Closed until 08:00 on Monday"
    assert why_not(replace(KINGSMOOR, always_open=False)) == "Closed"


def test_a_service_about_to_close_is_left_out() -> None:
    closing = replace(KINGSMOOR, always_open=False, hours=every_day("08:00", "12:29"))
    staying = replace(KINGSMOOR, always_open=False, hours=every_day("08:00", "12:30"))
    assert why_not(closing) == "Closes at 12:29"
    assert names(ranked(staying)) == [KINGSMOOR.name]


def test_a_service_that_opens_in_time_is_offered() -> None:
    at_one = replace(KINGSMOOR, always_open=False, hours=every_day("13:00", "22:00"))
    later = replace(KINGSMOOR, always_open=False, hours=every_day("13:01", "22:00"))
    assert names(ranked(at_one)) == [KINGSMOOR.name]
    assert why_not(later) == "Closed until 13:01"


@pytest.mark.parametrize(
    ("due_in", "opens_within"),
    [(-5, 60), (0, 60), (20, 30), (30, 30), (45, 45), (60, 60), (61, 1), (120, 60), (360, 300)],
)
def test_how_soon_a_service_must_open_follows_the_time_frame(
    due_in: int, opens_within: int
) -> None:
    """CheckCapacitySummary v1.5, step 4."""
    due_at = SUNDAY_NOON + timedelta(minutes=due_in)
    found = latest_opening(due_at, SUNDAY_NOON)
    assert found - SUNDAY_NOON == timedelta(minutes=opens_within)


def test_a_practice_takes_only_its_own_patients_and_then_comes_first() -> None:
    practice = service(
        "quayside",
        "Quayside Surgery",
        metres=9_000,
        needs=("primary_care_face_to_face", "own_practice"),
    )
    assert names(ranked(KINGSMOOR, practice)) == ["Quayside Surgery", KINGSMOOR.name]
    assert why_not(practice, gp_name="Moor View") == "Sees only its own registered patients"
    assert why_not(practice, gp_name="") == "Sees only its own registered patients"


def test_every_reason_is_given() -> None:
    women = now_of(replace(KINGSMOOR, sex=Sex.FEMALE, age_from=18), "red")
    assert why_not(women, sex=Sex.MALE, age_years=12) == (
        "Sees 18 and over. Sees women and girls. Full: red since 11:10"
    )


def test_those_that_nearly_fit_come_first_among_those_left_out() -> None:
    full = now_of(KINGSMOOR, "red")
    found = ranked(EMERGENCY, full, NORTHBRIDGE)
    assert [each.offers for each in found.left_out] == [True, False]


def test_when_nobody_is_left_the_two_nearest_emergency_departments_are_offered() -> None:
    third = service("third", "Third", metres=40_000, needs=("emergency_department",))
    found = ranked(
        now_of(KINGSMOOR, "red"),
        third,
        FAR_EMERGENCY,
        now_of(EMERGENCY, "red", accepting=False),
    )
    assert found.catch_all
    assert names(found) == [
        f"{EMERGENCY.name} (Catch-all)",
        f"{FAR_EMERGENCY.name} (Catch-all)",
    ]
    assert [each.service.details.name for each in found.left_out] == [KINGSMOOR.name, "Third"]


def test_the_catch_all_sends_no_adult_to_the_childrens_unit() -> None:
    assert names(ranked(CHILDRENS, EMERGENCY)) == [f"{EMERGENCY.name} (Catch-all)"]


def test_the_catch_all_is_open_and_within_sixty_kilometres() -> None:
    shut = replace(EMERGENCY, closed_on=(date(2026, 11, 22),))
    away = replace(FAR_EMERGENCY, point=replace(FAR_EMERGENCY.point, x=60_001.0))
    found = ranked(shut, away)
    assert found.catch_all
    assert names(found) == []


def test_an_empty_directory_has_nobody() -> None:
    assert ranked() == Ranking(candidates=(), left_out=(), catch_all=True)


def test_everybody_is_either_offered_or_left_out_with_a_reason() -> None:
    everything = (KINGSMOOR, NORTHBRIDGE, EMERGENCY, CHILDRENS, FAR_EMERGENCY)
    for age in (None, 0, 15, 16, 78):
        found = ranked(*everything, age_years=age)
        assert len(found.candidates) + len(found.left_out) == len(everything)
        assert all(each.why for each in found.left_out)


def test_times_are_said_as_people_say_them() -> None:
    def said(**later: float) -> str:
        return moment(SUNDAY_NOON + timedelta(**later), SUNDAY_NOON)

    assert [said(hours=1), said(hours=12), said(hours=21), said(days=6), said(days=12)] == [
        "13:00",
        "midnight",
        "09:00 on Monday",
        "12:00 on Saturday",
        "12:00 on 04-Dec-2026",
    ]
    assert said(days=-1) == "12:00 on 21-Nov-2026"
