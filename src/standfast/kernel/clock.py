"""A hybrid logical clock: near the wall clock, yet never behind anything it has seen.

Kulkarni et al., "Logical Physical Clocks" (2014), in one 63-bit number: milliseconds since
1970 in the upper bits and a counter of 16 bits in the lower ones.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

COUNTER_BITS: Final = 16
MAX_AHEAD: Final = timedelta(minutes=2)
"""A timestamp further ahead of our own clock than this is refused (control 44)."""


class ClockAhead(ValueError):
    """A timestamp from elsewhere is too far in the future to be true."""


class Hlc:
    """The clock of one writer. Not shared between processes: each writer has its own."""

    def __init__(self, latest: int = 0) -> None:
        self._latest = latest

    def tick(self, now: datetime) -> int:
        """Return the next timestamp: after every one before it, at or after *now*."""
        self._latest = max(self._latest + 1, _physical(now))
        return self._latest

    def follow(self, timestamp: int) -> None:
        """Learn a timestamp that stands in our own journal: it is believed, whatever our clock.

        A clock that was set back must not stop a site that has written in its own future.
        """
        self._latest = max(self._latest, timestamp)

    def observe(self, timestamp: int, now: datetime) -> None:
        """Learn a timestamp of another site, so that ours come after it.

        Raises :class:`ClockAhead` when it is further ahead of *now* than :data:`MAX_AHEAD`.
        """
        not_ahead(timestamp, now, now)
        self._latest = max(self._latest, timestamp)


def not_ahead(timestamp: int, occurred_at: datetime, now: datetime) -> None:
    """Raise :class:`ClockAhead` when either is too far ahead of *now* to be true."""
    latest = now + MAX_AHEAD
    if timestamp > _physical(latest) or occurred_at > latest:
        said = max(instant(timestamp), occurred_at)
        raise ClockAhead(f"{said.isoformat()} is ahead of {now.isoformat()}")


def instant(timestamp: int) -> datetime:
    """Return the wall-clock part of *timestamp*, as UTC."""
    return datetime.fromtimestamp((timestamp >> COUNTER_BITS) / 1000, UTC)


def _physical(now: datetime) -> int:
    return int(now.timestamp() * 1000) << COUNTER_BITS
