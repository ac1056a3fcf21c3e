"""Which pharmacies are offered, in what order, and until when they are open. Pure."""

from datetime import UTC, date, datetime, time

from msgspec.structs import replace

from standfast.facts.directory import OpenFrom, ServiceDetails
from standfast.kernel.geo import Point
from standfast.prescribing.pharmacies import nearest_first, open_until

SUNDAY = 6
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""A Sunday, in winter time."""

QUAYSIDE = ServiceDetails(
    service_id="svc-quayside",
    org="quayside-pharmacy",
    name="Quayside Pharmacy",
    kind="Pharmacy",
    point=Point(2000, 1000),
    address=("2 Quayside",),
    postcode="HM3 1AA",
    phone="01632 960200",
    always_open=False,
    hours=(OpenFrom(weekday=SUNDAY, opens=time(10), until=time(16)),),
    closed_on=(),
    needs=("pharmacy_supply",),
    age_from=0,
    age_to=130,
    sex=None,
    referral_note="",
    public_note="",
    must_book=False,
    within_metres=None,
)
NORTHGATE = replace(
    QUAYSIDE, service_id="svc-northgate", name="Northgate Pharmacy", point=Point(9000, 1000)
)


def open_on(*hours: OpenFrom) -> ServiceDetails:
    return replace(QUAYSIDE, hours=hours)


def test_the_nearest_in_a_straight_line_comes_first() -> None:
    here = Point(1000, 1000)
    found = nearest_first([NORTHGATE, QUAYSIDE], NOON, here)
    assert [each.service.name for each in found] == ["Quayside Pharmacy", "Northgate Pharmacy"]
    assert found[0].miles == "0.6 miles"


def test_without_a_place_they_come_by_name_and_no_distance_is_made_up() -> None:
    found = nearest_first([QUAYSIDE, NORTHGATE], NOON, None)
    assert [each.service.name for each in found] == ["Northgate Pharmacy", "Quayside Pharmacy"]
    assert found[0].miles == ""


def test_a_pharmacy_says_until_when_it_is_open() -> None:
    assert open_until(QUAYSIDE, NOON) == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


def test_one_that_never_shuts_says_no_time() -> None:
    assert open_until(replace(QUAYSIDE, always_open=True), NOON) is None


def test_what_runs_into_the_next_day_shuts_on_the_next_day() -> None:
    late = open_on(OpenFrom(weekday=SUNDAY, opens=time(10), until=time(2)))
    assert open_until(late, NOON) == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_two_spans_that_meet_at_midnight_are_one() -> None:
    late = open_on(
        OpenFrom(weekday=SUNDAY, opens=time(10), until=time(0)),
        OpenFrom(weekday=0, opens=time(0), until=time(1)),
    )
    assert open_until(late, NOON) == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_day_of_its_own_goes_before_the_week() -> None:
    special = open_on(
        OpenFrom(weekday=SUNDAY, opens=time(10), until=time(16)),
        OpenFrom(weekday=SUNDAY, opens=time(11), until=time(13), on=date(2026, 11, 22)),
    )
    assert open_until(special, NOON) == datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
