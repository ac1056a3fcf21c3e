"""A clinic's day, by the calendar on its wall; today does not end at midnight. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

LONDON: Final = ZoneInfo("Europe/London")
SHOWN: Final = 3
"""Days that are one press away: a clinic's slots are known for 48 hours."""

NEAR: Final = timedelta(hours=4)
"""What lies so near to now is on today's list, on whichever side of midnight."""

FURTHEST: Final = timedelta(days=730)


class Day(Struct, frozen=True):
    """One day's list: from ``begin`` until before ``end``, in UTC.

    They are its midnights, 23 to 25 hours apart; today's go on over midnight while it is near,
    since a clinic that is open then awaits the patients of both days.
    """

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
    return _day(chosen if abs(chosen - today) <= FURTHEST else today, now)


def day_that_lists(starts_at: datetime, now: datetime) -> Day:
    """Return the day on whose list whoever comes at *starts_at* is: today's where it can be."""
    today = day_of("", now)
    if today.begin <= starts_at < today.end:
        return today
    return _day(starts_at.astimezone(LONDON).date(), now)


def days_from(now: datetime) -> tuple[Day, ...]:
    """Return today and the days after it."""
    today = now.astimezone(LONDON).date()
    return tuple(_day(today + timedelta(days=ahead), now) for ahead in range(SHOWN))


def _day(chosen: date, now: datetime) -> Day:
    today = now.astimezone(LONDON).date()
    names = {
        today - timedelta(days=1): "Yesterday",
        today: "Today",
        today + timedelta(days=1): "Tomorrow",
    }
    begin, end = _midnight(chosen), _midnight(chosen + timedelta(days=1))
    if chosen == today:
        begin, end = min(begin, now - NEAR), max(end, now + NEAR)
    return Day(chosen, names.get(chosen, f"{chosen:%A}"), begin, end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
