"""Times on paper become instants: nothing is guessed where the clocks change or midnight lies."""

from datetime import UTC, date, datetime

import pytest

from standfast.continuity.times import (
    Why,
    WrongTime,
    day_on_paper,
    later_on_paper,
    not_to_come,
    time_on_paper,
)

AUTUMN = date(2026, 10, 25)
SPRING = date(2027, 3, 28)


def why(act: object) -> Why:
    with pytest.raises(WrongTime) as wrong:
        act()  # type: ignore[operator]
    return wrong.value.why


@pytest.mark.parametrize("text", ["1405", "14:05", "14.05"])
def test_a_time_is_read_as_people_write_it(text: str) -> None:
    assert time_on_paper(text, date(2026, 7, 1)) == datetime(2026, 7, 1, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "2400", "1260", "5", "noon", "14:5", "-100", "١٢٣٤"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert why(lambda: time_on_paper(text, AUTUMN)) is Why.NOT_A_TIME


def test_an_hour_that_came_twice_must_be_said_which() -> None:
    assert why(lambda: time_on_paper("0130", AUTUMN)) is Why.TWICE
    assert time_on_paper("0130", AUTUMN, "first") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert time_on_paper("0130", AUTUMN, "second") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_hour_that_never_came_is_refused() -> None:
    assert why(lambda: time_on_paper("0130", SPRING)) is Why.NEVER
    assert time_on_paper("0230", SPRING) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_a_day_is_the_latest_one_that_is_not_still_to_come() -> None:
    new_year = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)

    assert day_on_paper("3112", new_year) == date(2026, 12, 31)
    assert day_on_paper("01/01", new_year) == date(2027, 1, 1)
    assert why(lambda: day_on_paper("3102", new_year)) is Why.NOT_A_DAY


def test_a_call_over_midnight_ends_on_the_next_day() -> None:
    begun = datetime(2026, 11, 22, 23, 50, tzinfo=UTC)

    assert later_on_paper("0010", begun) == datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
    assert later_on_paper("2355", begun) == datetime(2026, 11, 22, 23, 55, tzinfo=UTC)


def test_nothing_is_taken_that_is_still_to_come_or_before_the_pack() -> None:
    noon, later = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (12, 13))

    assert not_to_come(noon, later) == noon
    assert why(lambda: not_to_come(later, noon)) is Why.TO_COME
    assert why(lambda: not_to_come(noon, later, since=later)) is Why.TOO_EARLY
