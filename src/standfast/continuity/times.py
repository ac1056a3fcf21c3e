"""Times as they stand on paper, by the clock on the wall, into instants. Pure.

Nothing is guessed: an hour that the clocks had twice must be said which, one that they had not is
refused, and so is what is still to come.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import re2

LONDON: Final = ZoneInfo("Europe/London")
DAY: Final = timedelta(days=1)

_TIME: Final = re2.compile(r"([0-9]{1,2})[:.]?([0-9]{2})")
_DAY: Final = re2.compile(r"([0-9]{1,2})[/. -]?([0-9]{2})")


class WrongTime(Exception):
    """What stands there cannot be: ``why`` says what."""

    def __init__(self, why: "Why") -> None:
        super().__init__(why)
        self.why = why


class Why(StrEnum):
    """Why a time cannot be taken."""

    NOT_A_TIME = "not_a_time"
    NOT_A_DAY = "not_a_day"
    TWICE = "twice"
    NEVER = "never"
    TO_COME = "to_come"
    TOO_EARLY = "too_early"


SENTENCES: Final = {
    Why.NOT_A_TIME: "Enter a time by the 24-hour clock, such as 1405",
    Why.NOT_A_DAY: "Enter the day and the month, such as 2211",
    Why.TWICE: (
        "The clocks went back that night, so this time came twice. Select whether it was the "
        "first (summer time) or the second (winter time)"
    ),
    Why.NEVER: "The clocks went forward that night and skipped this time. Look at the paper again",
    Why.TO_COME: "This time is still to come. Look at the day and the time on the paper again",
    Why.TOO_EARLY: (
        "This is before the pack was printed. Look at the day and the time on the paper again"
    ),
}


def day_on_paper(text: str, now: datetime) -> date:
    """Return the latest day with this day and month that is not still to come."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise WrongTime(Why.NOT_A_DAY)
    today = now.astimezone(LONDON).date()
    for year in (today.year, today.year - 1):
        try:
            day = date(year, int(found[2]), int(found[1]))
        except ValueError:
            continue
        if day <= today:
            return day
    raise WrongTime(Why.NOT_A_DAY)


def time_on_paper(text: str, day: date, which: str = "") -> datetime:
    """Return the instant of a time on *day*; *which* is ``first``, ``second`` or not said."""
    found = _TIME.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 - of a clock
        raise WrongTime(Why.NOT_A_TIME)
    wall = datetime.combine(day, time(int(found[1]), int(found[2])))
    first, second = (wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(LONDON).replace(tzinfo=None) != wall:
        raise WrongTime(Why.NEVER)
    if first == second:
        return first
    if which not in ("first", "second"):
        raise WrongTime(Why.TWICE)
    return first if which == "first" else second


def later_on_paper(text: str, begun: datetime, which: str = "") -> datetime:
    """Return the first instant with this time at or after *begun*, within a day."""
    day = begun.astimezone(LONDON).date()
    at = time_on_paper(text, day, which)
    if at >= begun:
        return at
    return time_on_paper(text, day + DAY, which)


def not_to_come(at: datetime, now: datetime, *, since: datetime | None = None) -> datetime:
    """Return *at*. Raises :class:`WrongTime` when it has not come, or is before *since*."""
    if at > now:
        raise WrongTime(Why.TO_COME)
    if since is not None and at < since:
        raise WrongTime(Why.TOO_EARLY)
    return at
