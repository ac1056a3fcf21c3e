"""When callers ring: evenly at random, or as a real day had it. Pure."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

HOURS: Final = (
    25, 19, 16, 14, 14, 16, 24, 41, 53, 55, 52, 48, 45, 43, 43, 45, 51, 61, 69, 68, 61, 51, 40, 31,
)  # fmt: skip
"""Calls in each hour of an urgent care line's day, against each other: our own typical shape.

Quiet at four, a rise when surgeries open, the peak in the evening when they have closed.
"""

_DAY_SECONDS: Final = 24 * 3600


class NoSuchDay(ValueError):
    """The file has no such day, or none of such a contract."""


class Day(Struct, frozen=True, kw_only=True):
    """What one contract of NHS 111 received on one day."""

    contract: str
    name: str
    on: date
    calls: int
    abandoned: int


def read_day(file: Path, *, contract: str, on: date) -> Day:
    """Return the day *on* of *contract* (its code, or "all" for the whole nation) from *file*.

    The file is NHS England's daily statistics as CSV. Raises :class:`NoSuchDay`.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [
            row
            for row in csv.DictReader(lines)
            if row["date"] == on.isoformat() and contract in ("all", row["contract_code"])
        ]
    if not rows:
        raise NoSuchDay(f"{file.name} has nothing of {contract} on {on.isoformat()}")
    return Day(
        contract=contract,
        name="England" if contract == "all" else rows[0]["contract_name"],
        on=on,
        calls=_total(rows, "calls_received"),
        abandoned=max(0, _total(rows, "calls_received") - _total(rows, "calls_answered")),
    )


def by_hour(calls: int) -> tuple[int, ...]:
    """Return *calls* spread over the 24 hours of a day; they sum to *calls*."""
    total = sum(HOURS)
    shares = [calls * weight / total for weight in HOURS]
    counts = [int(share) for share in shares]
    short = sorted(range(24), key=lambda hour: (counts[hour] - shares[hour], hour))
    for hour in short[: calls - sum(counts)]:
        counts[hour] += 1
    return tuple(counts)


def through_a_day(random: Random, calls: int) -> tuple[float, ...]:
    """Return when each of *calls* rings, in seconds after midnight, in order."""
    return tuple(
        sorted(
            (hour + random.random()) * 3600
            for hour, count in enumerate(by_hour(calls))
            for _ in range(count)
        )
    )


def evenly(random: Random, calls: int) -> tuple[float, ...]:
    """Return when each of *calls* rings, at random over a day's length, in order."""
    return tuple(sorted(random.random() * _DAY_SECONDS for _ in range(calls)))


def compressed(moments: Sequence[float], *, per_minute: float) -> tuple[float, ...]:
    """Return *moments* of a day in seconds from the start, at *per_minute* on the average."""
    seconds = len(moments) / per_minute * 60
    return tuple(moment / _DAY_SECONDS * seconds for moment in moments)


def _total(rows: Iterable[dict[str, str]], column: str) -> int:
    return sum(int(row[column] or 0) for row in rows)
