"""When callers ring."""

from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.simulate.demand import (
    NoSuchDay,
    by_hour,
    compressed,
    evenly,
    read_day,
    through_a_day,
)

BOXING_DAY_AFTER = date(2025, 12, 27)
DICE = Random(1)  # noqa: S311 - when they ring is no secret
FILE = """\
date,region_code,contract_code,contract_name,calls_received,calls_answered
2025-12-27,North,111AA1,Harrowmere,1006,966
2025-12-27,North,111AA2,Elsewhere,500,510
2025-12-28,North,111AA1,Harrowmere,900,900
"""


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    file = tmp_path / "daily.csv"
    file.write_text(FILE, encoding="utf-8")
    return file


@given(st.integers(0, 200_000))
def test_the_hours_of_a_day_sum_to_the_day(calls: int) -> None:
    hours = by_hour(calls)
    assert len(hours) == 24
    assert sum(hours) == calls
    assert min(hours) >= 0


def test_the_evening_is_busier_than_the_night() -> None:
    hours = by_hour(10_000)
    assert hours[18] > 3 * hours[4]


def test_every_call_of_a_day_rings_once_within_it_and_in_order() -> None:
    moments = through_a_day(DICE, 5_000)
    assert len(moments) == 5_000
    assert list(moments) == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] < 86_400


def test_a_day_is_compressed_to_the_rate_asked_for() -> None:
    moments = compressed(evenly(DICE, 600), per_minute=120)
    assert 290 < moments[-1] <= 300


def test_a_real_day_is_read_for_one_contract_or_for_all(statistics: Path) -> None:
    one = read_day(statistics, contract="111AA1", on=BOXING_DAY_AFTER)
    assert (one.name, one.calls, one.abandoned) == ("Harrowmere", 1006, 40)
    nation = read_day(statistics, contract="all", on=BOXING_DAY_AFTER)
    assert (nation.name, nation.calls) == ("England", 1506)


def test_a_day_that_the_file_lacks_is_said_to_be_missing(statistics: Path) -> None:
    with pytest.raises(NoSuchDay, match="2024-01-01"):
        read_day(statistics, contract="all", on=date(2024, 1, 1))
    with pytest.raises(NoSuchDay, match="111ZZ9"):
        read_day(statistics, contract="111ZZ9", on=BOXING_DAY_AFTER)
