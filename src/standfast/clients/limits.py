"""How much each caller may ask, and how many are inside at once. All of it in one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Final

from msgspec import Struct

from standfast.facts.clients import Quota

BURST: Final = 6
"""A sixth of a minute's worth, ten seconds', may come at once."""

STRANGER_FAILURES: Final = 120
"""A minute, from one address: calls that turned out to be nobody's. More are refused unread."""

REMEMBERED: Final = 5_000
"""Buckets kept, before those that were used longest ago are dropped: they are full by then."""


class Caller(Struct, frozen=True, kw_only=True):
    """Whoever calls, as far as limits go."""

    client_id: str
    org: str
    quota: Quota


class Bucket(Struct):
    """Fills by ``per_minute`` up to ``most``; whoever asks takes some out."""

    per_minute: float
    most: float
    left: float
    at: datetime

    def wait_for(self, amount: float, now: datetime) -> float:
        """Return how many seconds until *amount* is there; 0: it is. Takes nothing.

        What could never be there at once is let in when the bucket is full.
        """
        gone = max(0.0, (now - self.at).total_seconds())
        self.left = min(self.most, self.left + gone * self.per_minute / 60)
        self.at = max(self.at, now)
        missing = min(amount, self.most) - self.left
        return missing * 60 / self.per_minute if missing > 0 else 0.0

    def take(self, amount: float) -> None:
        """Take *amount* out. It may go below nothing: then the next waits longer."""
        self.left -= amount


class Limits:
    """The limits of one of *workers* processes: each has its share of everything.

    A client that keeps one connection meets one worker, and so its share alone; the API in a
    process of its own has the whole.
    """

    def __init__(self, *, workers: int, in_flight: int) -> None:
        self._workers = max(1, workers)
        self._in_flight = in_flight
        self._inside = 0
        self._places: dict[str, int] = {}
        self._buckets: dict[str, Bucket] = {}

    @contextmanager
    def room(self) -> Iterator[bool]:
        """Hold one of the process's places; yield False when there is none."""
        there = self._inside < self._in_flight
        self._inside += 1
        try:
            yield there
        finally:
            self._inside -= 1

    def stranger_wait(self, address: str, now: datetime) -> float:
        """Return how many seconds somebody unknown at *address* must wait; 0: not at all."""
        return self._stranger(address, now).wait_for(1, now)

    def stranger_failed(self, address: str, now: datetime) -> None:
        """Remember that something from *address* was nobody's."""
        bucket = self._stranger(address, now)
        bucket.wait_for(1, now)
        bucket.take(1)

    def wait(self, caller: Caller, size: int, now: datetime) -> float:
        """Return how many seconds *caller* must wait to send *size* bytes; 0: not at all."""
        waits = [
            bucket.wait_for(amount, now) for bucket, amount in self._asked(caller, size, now)
        ]
        if self._places.get(caller.client_id, 0) >= ceil(
            caller.quota.in_flight / self._workers
        ):
            waits.append(1.0)
        return max(waits)

    @contextmanager
    def inside(self, caller: Caller, size: int, now: datetime) -> Iterator[None]:
        """Charge *caller* for one call of *size* bytes, and hold its place in the block."""
        for bucket, amount in self._asked(caller, size, now):
            bucket.take(amount)
        name = caller.client_id
        self._places[name] = self._places.get(name, 0) + 1
        try:
            yield
        finally:
            self._places[name] -= 1
            if not self._places[name]:
                del self._places[name]

    def _asked(
        self, caller: Caller, size: int, now: datetime
    ) -> tuple[tuple[Bucket, float], tuple[Bucket, float]]:
        quota, name = caller.quota, caller.client_id
        calls = self._bucket(f"calls {name}", quota.per_minute, now)
        kilobytes = self._bucket(f"kilobytes {name}", quota.kilobytes_per_minute, now)
        return (calls, 1.0), (kilobytes, size / 1024)

    def _stranger(self, address: str, now: datetime) -> Bucket:
        return self._bucket(f"from {address}", STRANGER_FAILURES, now)

    def _bucket(self, name: str, per_minute: int, now: datetime) -> Bucket:
        """Return the bucket of *name*; a limit that is new begins with a full one."""
        share = per_minute / self._workers
        bucket = self._buckets.pop(name, None)
        if bucket is None or bucket.per_minute != share:
            most = max(1, ceil(share / BURST))
            bucket = Bucket(share, most, most, now)
        self._buckets[name] = bucket
        if len(self._buckets) > REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        return bucket
