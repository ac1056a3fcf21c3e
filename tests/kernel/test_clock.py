"""The hybrid logical clock: after everything it has seen, near the wall clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.kernel.clock import COUNTER_BITS, ClockAhead, Hlc, instant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(when: datetime) -> int:
    return int(when.timestamp() * 1000) << COUNTER_BITS


@given(st.lists(st.integers(-86_400_000, 86_400_000), min_size=1))
def test_it_never_goes_back_however_the_wall_clock_jumps(jumps: list[int]) -> None:
    clock = Hlc()
    ticks = [clock.tick(NOON + timedelta(milliseconds=jump)) for jump in jumps]
    assert ticks == sorted(set(ticks))


def test_what_it_has_seen_of_another_site_comes_before_what_it_says_next() -> None:
    clock = Hlc()
    seen = at(NOON + timedelta(seconds=110))
    clock.observe(seen, NOON)
    assert clock.tick(NOON) > seen


def test_another_site_that_is_far_ahead_is_not_believed() -> None:
    with pytest.raises(ClockAhead):
        Hlc().observe(at(NOON + timedelta(minutes=2, seconds=1)), NOON)


def test_our_own_journal_is_believed_however_far_ahead() -> None:
    clock = Hlc()
    clock.follow(at(NOON + timedelta(days=1)))
    assert instant(clock.tick(NOON)) >= NOON + timedelta(days=1)
