"""A clinic's day, by the calendar on its wall. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

LONDON: Final = ZoneInfo("Europe/London")
SHOWN: Final = 3
"""Days that are one press away: a clinic's slots are known for 48 hours."""


FURTHEST: Final = timedelta(days=730)


class Day(Struct, frozen=True):
    """One day: ``begin`` and ``end`` are its midnights in UTC, 23 to 25 hours apart."""

    date: date
    name: str
    begin: datetime
    end: datetime


def day_of(sent: str, now: datetime) -> Day:
    """Return the day *sent* as ``2026-11-22``; today when it is no date within two years."""
    today = now.astimezone(LONDON).date()
    try:
        chosen = date.fromisoformat(sent)
    except ValueError:
        chosen = today
    return _day(chosen if abs(chosen - today) <= FURTHEST else today, today)


def days_from(now: datetime) -> tuple[Day, ...]:
    """Return today and the days after it."""
    today = now.astimezone(LONDON).date()
    return tuple(_day(today + timedelta(days=ahead), today) for ahead in range(SHOWN))


def _day(chosen: date, today: date) -> Day:
    names = {today: "Today", today + timedelta(days=1): "Tomorrow"}
    return Day(
        chosen,
        names.get(chosen, f"{chosen:%A}"),
        _midnight(chosen),
        _midnight(chosen + timedelta(days=1)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
