"""When a service is open, with nights, exceptions and the two days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.directory.hours import LONDON, next_span, span_at, spans
from standfast.facts.directory import OpenFrom, ServiceDetails
from tests.directory.examples import KINGSMOOR, every_day, london

MINUTE = timedelta(minutes=1)


def opened(*hours: OpenFrom, closed_on: tuple[date, ...] = ()) -> ServiceDetails:
    return replace(KINGSMOOR, always_open=False, hours=hours, closed_on=closed_on)


def on(day: date, opens: str, until: str) -> OpenFrom:
    return OpenFrom(
        weekday=day.weekday(),
        opens=time.fromisoformat(opens),
        until=time.fromisoformat(until),
        on=day,
    )


def is_open(service: ServiceDetails, at: datetime) -> bool:
    return span_at(service, at) is not None


def test_a_service_is_open_from_its_first_minute_until_before_its_last() -> None:
    day = opened(*every_day("08:00", "20:00"))
    assert not is_open(day, london(2026, 11, 22, 7, 59))
    assert is_open(day, london(2026, 11, 22, 8, 0))
    assert is_open(day, london(2026, 11, 22, 19, 59))
    assert not is_open(day, london(2026, 11, 22, 20, 0))


def test_hours_over_midnight_belong_to_the_day_on_which_they_began() -> None:
    friday_night = opened(*every_day("22:00", "06:00", 4))
    assert is_open(friday_night, london(2026, 11, 20, 23, 0))
    assert is_open(friday_night, london(2026, 11, 21, 5, 59))
    assert not is_open(friday_night, london(2026, 11, 21, 6, 0))
    assert not is_open(friday_night, london(2026, 11, 20, 5, 0))


def test_a_night_written_as_two_entries_is_one_stretch() -> None:
    night = opened(*every_day("18:30", "00:00"), *every_day("00:00", "08:00"))
    span = span_at(night, london(2026, 11, 22, 23, 0))
    assert span is not None
    assert span.closes_at == london(2026, 11, 23, 8, 0)


def test_a_named_date_goes_before_the_weekday() -> None:
    sunday = date(2026, 11, 22)
    short = opened(*every_day("08:00", "20:00"), on(sunday, "10:00", "12:00"))
    assert not is_open(short, london(2026, 11, 22, 9, 0))
    assert is_open(short, london(2026, 11, 22, 11, 0))
    assert is_open(short, london(2026, 11, 23, 9, 0))


def test_a_named_date_goes_before_all_hours() -> None:
    short = replace(KINGSMOOR, hours=(on(date(2026, 12, 25), "10:00", "16:00"),))
    assert is_open(short, london(2026, 12, 24, 23, 0))
    assert not is_open(short, london(2026, 12, 25, 9, 0))
    assert is_open(short, london(2026, 12, 26, 0, 0))


def test_a_day_on_which_it_is_closed_goes_before_everything() -> None:
    closed = replace(KINGSMOOR, closed_on=(date(2026, 11, 22),))
    assert not is_open(closed, london(2026, 11, 22, 12, 0))
    following = next_span(closed, london(2026, 11, 22, 12, 0))
    assert following is not None
    assert following.opens_at == london(2026, 11, 23)


def test_the_next_opening_is_found_a_week_ahead_and_never_when_there_is_none() -> None:
    mondays = opened(*every_day("09:00", "10:00", 0))
    following = next_span(mondays, london(2026, 11, 23, 9, 30))
    assert following is not None
    assert following.opens_at == london(2026, 11, 30, 9, 0)
    assert next_span(opened(), london(2026, 11, 22)) is None


def test_the_night_when_the_clocks_go_back_is_an_hour_longer() -> None:
    night = opened(*every_day("22:00", "06:00"))
    span = span_at(night, london(2026, 10, 25, 0, 30))
    assert span is not None
    assert span.closes_at - span.opens_at == timedelta(hours=9)


def test_the_night_when_the_clocks_go_forward_is_an_hour_shorter() -> None:
    night = opened(*every_day("22:00", "06:00"))
    span = span_at(night, london(2027, 3, 28, 0, 30))
    assert span is not None
    assert span.closes_at - span.opens_at == timedelta(hours=7)


def test_closing_time_that_comes_twice_is_the_first_of_the_two() -> None:
    late = opened(*every_day("20:00", "01:30"))
    assert is_open(late, datetime(2026, 10, 25, 0, 29, tzinfo=UTC))
    assert not is_open(late, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert not is_open(late, datetime(2026, 10, 25, 1, 10, tzinfo=UTC))


def test_a_service_with_all_hours_never_closes_when_the_clocks_change() -> None:
    for changed in (london(2026, 10, 25), london(2027, 3, 28)):
        assert all(is_open(KINGSMOOR, changed + 20 * MINUTE * n) for n in range(75))


clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))
entries = st.builds(OpenFrom, weekday=st.integers(0, 6), opens=clocks, until=clocks)
changing_days = st.sampled_from(
    [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)]
)
quiet_days = st.sampled_from(
    [datetime(2026, 11, 18, tzinfo=UTC), datetime(2027, 6, 2, tzinfo=UTC)]
)
minutes = st.integers(-1440, 2880)


def wall_says_open(hours: OpenFrom, at: datetime) -> bool:
    """Read the clock on the wall, and whether the entry covers what it shows."""
    local = at.astimezone(LONDON)
    clock, day = local.time(), local.weekday()
    if hours.until > hours.opens:
        return day == hours.weekday and hours.opens <= clock < hours.until
    return (day == hours.weekday and clock >= hours.opens) or (
        day == (hours.weekday + 1) % 7 and clock < hours.until
    )


@given(st.lists(entries, max_size=6), quiet_days, minutes)
def test_on_a_usual_day_a_service_is_open_exactly_when_the_wall_clock_says_so(
    hours: list[OpenFrom], day: datetime, minute: int
) -> None:
    at = day + minute * MINUTE
    assert is_open(opened(*hours), at) == any(wall_says_open(each, at) for each in hours)


@given(entries, changing_days, minutes)
def test_when_the_clocks_change_nobody_is_sent_to_a_door_the_wall_clock_says_is_shut(
    hours: OpenFrom, day: datetime, minute: int
) -> None:
    at = day + minute * MINUTE
    if is_open(opened(hours), at):
        assert wall_says_open(hours, at)


@given(st.lists(entries, max_size=6), st.one_of(quiet_days, changing_days), minutes)
def test_stretches_come_in_order_and_never_touch(
    hours: list[OpenFrom], day: datetime, minute: int
) -> None:
    found = spans(opened(*hours), day + minute * MINUTE)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(set(edges))
