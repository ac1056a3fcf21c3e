"""What somebody types to find a person, understood: numbers, dates, places and names. Pure."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import accumulate
from typing import Final

import re2
from msgspec import Struct

from standfast.facts.people import PersonDetails
from standfast.kernel.values import valid_nhs_number
from standfast.people.spelling import fold

LONGEST: Final = 200
"""Characters that are looked at; nobody types more to find one person."""


def _apart(pattern: str) -> "re2.Pattern[str]":
    """Return *pattern*, as group 1, with no digit on either side of it."""
    return re2.compile(rf"(?i)(?:^|[^0-9])({pattern})(?:[^0-9]|$)")


_ISO: Final = _apart(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})")
_DAY_FIRST: Final = tuple(
    _apart(rf"(?P<d>\d{{1,2}})[{mark}](?P<m>\d{{1,2}})[{mark}](?P<y>\d{{4}}|\d{{2}})")
    for mark in "/.-"
)
_SPACED: Final = _apart(r"(?P<d>[0-3]?\d) (?P<m>[01]?\d) (?P<y>(?:19|20)\d{2})")
_RUN: Final = _apart(r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})")
_NAMED: Final = _apart(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[ -]*"
    r"(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -]*"
    r"(?P<y>\d{4}|\d{2})"
)
_DATES: Final = (_ISO, _NAMED, *_DAY_FIRST, _SPACED, _RUN)
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_POSTCODE: Final = re2.compile(r"(?i)\b[a-z]{1,2}\d[a-z\d]?(?: ?\d[a-z]{2})?\b")
_DIGITS: Final = re2.compile(r"(?:\B\+)?\b\d(?:[ -]?\d)*\b")
_TITLES: Final = frozenset({"mr", "mrs", "miss", "ms", "mx", "dr", "rev", "born", "dob", "nhs"})
_NHS_LENGTH: Final = 10
_PHONE_LENGTHS: Final = (11, 10)
MOST_NAMES: Final = 5


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for. ``born`` has every day that was meant, if the century was left out.

    ``wrong`` says in a sentence each what could not be understood.
    """

    nhs_number: str | None = None
    names: tuple[str, ...] = ()
    born: tuple[date, ...] = ()
    postcode: str = ""
    phone: str = ""
    wrong: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.nhs_number or self.names or self.born or self.postcode or self.phone)


def understand(text: str, today: date) -> Wanted:
    """Return what *text* asks for, in whatever order it says so."""
    wrong: list[str] = []
    born, text = _take_dates(text[:LONGEST], today, wrong)
    postcode, text = _take(_POSTCODE, text)
    numbers, phones = list[str](), list[str]()
    for number in _numbers(text):
        if number.startswith("0") and len(number) in _PHONE_LENGTHS:
            phones.append(number)
        elif valid_nhs_number(number):
            numbers.append(number)
        else:
            wrong.append(_why_no_number(number))
    return Wanted(
        nhs_number=numbers[0] if numbers else None,
        names=tuple(word for word in fold(text) if word not in _TITLES)[:MOST_NAMES],
        born=born,
        postcode=postcode_key(postcode),
        phone=phones[0] if phones else "",
        wrong=tuple(wrong),
    )


def wanted_of(details: PersonDetails) -> Wanted:
    """Return what finds whoever may be the same person as *details* describe."""
    return Wanted(
        nhs_number=details.nhs_number,
        names=(*fold(details.given)[:2], *fold(details.family)[:2]),
        born=(details.born,) if details.born else (),
        postcode=postcode_key(details.postcode),
        phone=phone_key(details.phones[0]) if details.phones else "",
    )


def day_of(text: str, today: date) -> date | None:
    """Return the one day that *text* says, as people write days; None if it says none."""
    days, rest = _take_dates(text, today, [])
    return days[0] if days and not rest.strip() else None


def swapped(day: date) -> date | None:
    """Return *day* with day and month changed for one another, if that is a day too."""
    if day.day == day.month:
        return None
    with suppress(ValueError):
        return day.replace(month=day.day, day=day.month)
    return None


def phone_key(number: str) -> str:
    """Return only the digits of *number*, as dialled in this country."""
    digits = "".join(filter(str.isdigit, number))
    return f"0{digits[2:]}" if number.strip().startswith("+44") else digits


def postcode_key(postcode: str) -> str:
    """Return *postcode* in capitals without its space."""
    return postcode.replace(" ", "").upper()


def _take(pattern: "re2.Pattern[str]", text: str) -> tuple[str, str]:
    """Return the first match of *pattern*, and *text* without it."""
    found = pattern.search(text)
    if found is None:
        return "", text
    return found.group(), f"{text[: found.start()]} {text[found.end() :]}"


def _take_dates(text: str, today: date, wrong: list[str]) -> tuple[tuple[date, ...], str]:
    for pattern in _DATES:
        found = pattern.search(text)
        if found is not None:
            days = tuple(_days(found, today))
            if not days:
                wrong.append(f"{found[1]} is not a day that somebody can be born on")
            return days, f"{text[: found.start(1)]} {text[found.end(1) :]}"
    return (), text


def _days(found: "re2.Match[str]", today: date) -> Iterator[date]:
    """Yield each day that may be meant, the latest first; none that is still to come."""
    month_text = found["m"].lower()[:3]
    month = _MONTHS.index(month_text) // 3 + 1 if month_text.isalpha() else int(month_text)
    year = int(found["y"])
    years = (year,) if len(found["y"]) > 2 else (2000 + year, 1900 + year)  # noqa: PLR2004
    for each in years:
        with suppress(ValueError):
            day = date(each, month, int(found["d"]))
            if day <= today:
                yield day


def _numbers(text: str) -> Iterator[str]:
    """Yield each long number in *text*, as digits; several may follow one another."""
    for found in _DIGITS.finditer(text):
        abroad = found.group().startswith("+")
        groups = found.group().removeprefix("+").replace("-", " ").split()
        while groups:
            lengths = (
                (12,) if abroad else _PHONE_LENGTHS if groups[0].startswith("0") else (10,)
            )
            sizes = list(accumulate(map(len, groups)))
            taken = next(
                (sizes.index(each) + 1 for each in lengths if each in sizes), len(groups)
            )
            number = "".join(groups[:taken])
            yield phone_key(f"+{number}") if abroad else number
            groups, abroad = groups[taken:], False


def _why_no_number(number: str) -> str:
    if len(number) == _NHS_LENGTH:
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        return f"{spaced} is not an NHS number: one digit is wrong. Read it back"
    digits = "1 digit" if len(number) == 1 else f"{len(number)} digits"
    return f"{number} has {digits}: an NHS number has 10, a telephone number 11"
