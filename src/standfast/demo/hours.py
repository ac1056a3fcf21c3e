"""When a service is open, and which days are bank holidays in England."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

LONDON: Final = ZoneInfo("Europe/London")
_SATURDAY: Final = 5


class Interval(Struct, frozen=True):
    """From ``opens`` until before ``closes``: minutes after local midnight, up to 1440.

    What stays open past midnight is two intervals, one on each day.
    """

    opens: int
    closes: int


class OpeningHours(Struct, frozen=True, kw_only=True):
    """Local time. In order of precedence: a named date, all hours, bank holiday, weekday."""

    all_hours: bool = False
    weekdays: tuple[tuple[Interval, ...], ...] = ((),) * 7
    """Monday first."""
    bank_holiday: tuple[Interval, ...] = ()
    dates: Mapping[date, tuple[Interval, ...]] = {}
    """Particular dates on which it is different."""


def is_open(hours: OpeningHours, at: datetime, holidays: frozenset[date]) -> bool:
    """Return whether a service with *hours* is open at the aware instant *at*."""
    local = at.astimezone(LONDON)
    minute = local.hour * 60 + local.minute
    day = local.date()
    if day in hours.dates:
        intervals = hours.dates[day]
    elif hours.all_hours:
        return True
    else:
        intervals = hours.bank_holiday if day in holidays else hours.weekdays[day.weekday()]
    return any(each.opens <= minute < each.closes for each in intervals)


def bank_holidays(year: int) -> tuple[date, ...]:
    """Return England's bank holidays of *year*, as the usual rules give them.

    A day proclaimed for one year only (a coronation) is not among them.
    """
    easter = _easter_sunday(year)
    may = date(year, 5, 1)
    days = [
        _working_day(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        may + timedelta(days=-may.weekday() % 7),
        _last_monday(date(year, 5, 31)),
        _last_monday(date(year, 8, 31)),
        *_christmas(year),
    ]
    return tuple(sorted(days))


def _working_day(day: date) -> date:
    """Return *day*, or the Monday after when it falls on a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def _last_monday(end_of_month: date) -> date:
    return end_of_month - timedelta(days=end_of_month.weekday())


def _christmas(year: int) -> tuple[date, date]:
    """Return the two days kept: each on a weekend moves to a weekday after both."""
    first, second = date(year, 12, 25), date(year, 12, 26)
    moved = {4: (0, 2), 5: (2, 2), 6: (2, 0)}.get(first.weekday(), (0, 0))
    return first + timedelta(days=moved[0]), second + timedelta(days=moved[1])


def _easter_sunday(year: int) -> date:
    """Return Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher's rule)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)
