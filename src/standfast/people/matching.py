"""How well a person fits what is looked for, and why. Pure."""

from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from standfast.facts.people import PersonDetails
from standfast.people.spelling import fold, likeness
from standfast.people.wanted import Wanted, phone_key, postcode_key, swapped

ENOUGH: Final = 20
"""Points below which somebody is not shown."""

NAME_ALIKE: Final = 0.6
"""On the whole; below this the name says nothing."""

SURE: Final = 0.8
"""Two names this alike may be one name, misheard."""


class Birth(StrEnum):
    """How a date of birth fits."""

    SAME = "Date of birth"
    SWAPPED = "Date of birth with day and month swapped"
    NEAR = "Date of birth but for one part"
    DIFFERENT = "Different date of birth"
    NOT_KNOWN = "Date of birth not known"


_BIRTH_POINTS: Final = {
    Birth.SAME: 40,
    Birth.SWAPPED: 25,
    Birth.NEAR: 15,
    Birth.DIFFERENT: -15,
    Birth.NOT_KNOWN: 0,
}


class Match(Struct, frozen=True, kw_only=True):
    """How somebody fits: ``because`` speaks for it, ``but`` against it.

    ``exact``: the number, or name and birth, are the same and nothing speaks against it.
    """

    points: float
    exact: bool
    because: tuple[str, ...]
    but: tuple[str, ...]


def match(wanted: Wanted, details: PersonDetails) -> Match | None:
    """Return how *details* fit what is *wanted*; None if they do not."""
    points, because, but = 0.0, list[str](), list[str]()
    exact_name = exact_birth = same_number = False
    if wanted.nhs_number and details.nhs_number:
        same_number = wanted.nhs_number == details.nhs_number
        points += 100 if same_number else -10
        (because if same_number else but).append(
            "NHS number" if same_number else "Different NHS number"
        )
    if wanted.names:
        alike, words = name_fit(wanted.names, details)
        exact_name = alike == 1 and _names_the_person(wanted.names, details)
        points += 40 * alike if alike >= NAME_ALIKE else 0
        (because if alike >= NAME_ALIKE else but).append(words)
    if wanted.born:
        fit = birth_fit(wanted.born, details.born)
        exact_birth = fit is Birth.SAME
        points += _BIRTH_POINTS[fit]
        (but if _BIRTH_POINTS[fit] <= 0 else because).append(fit.value)
    points += _place(wanted, details, because)
    if points < ENOUGH or not because:
        return None
    exact = not but and (same_number or (exact_name and exact_birth))
    return Match(points=points, exact=exact, because=tuple(because), but=tuple(but))


def may_be_the_same(one: PersonDetails, other: PersonDetails) -> bool:
    """Return whether two records may be of one person: whoever registers must look first.

    Twins share a family name and a date of birth, so they are shown too.
    """
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return True
    family, given, crossed = _names(one, other)
    whole = max(min(family, given), crossed) >= SURE
    if one.born is None or other.born is None:
        return whole
    birth = birth_fit((one.born,), other.born)
    if birth in (Birth.SAME, Birth.SWAPPED):
        return family >= SURE or whole
    reached = {phone_key(each) for each in one.phones} & {phone_key(p) for p in other.phones}
    home = one.postcode and postcode_key(one.postcode) == postcode_key(other.postcode)
    return whole and (birth is Birth.NEAR or (bool(reached or home) and family == given == 1))


def may_be_one_name(one: PersonDetails, other: PersonDetails) -> bool:
    """Return whether two records' names may be one name, misheard or the wrong way round."""
    family, given, crossed = _names(one, other)
    return max(min(family, given), crossed) >= SURE


def _names(one: PersonDetails, other: PersonDetails) -> tuple[float, float, float]:
    """Return how alike the family names are, the given ones, and both when they are crossed."""
    family = _best(fold(one.family), fold(other.family))
    given = _best(fold(one.given), (*fold(other.given), *fold(other.preferred)))
    crossed = min(
        _best(fold(one.family), fold(other.given)), _best(fold(one.given), fold(other.family))
    )
    return family, given, crossed


def name_fit(asked: tuple[str, ...], details: PersonDetails) -> tuple[float, str]:
    """Return how alike the names are, 0 to 1, and that in words. Any order will do."""
    parts = list(name_words(details))
    fits: list[float] = []
    for word in asked:
        fit, at = max(
            ((likeness(word, part), at) for at, part in enumerate(parts)), default=(0.0, -1)
        )
        fits.append(fit)
        if fit:
            del parts[at]
    whole = sum(fits) / len(fits)
    if whole < NAME_ALIKE:
        return whole, "Different name"
    if min(fits) == 0:
        return whole, "Part of the name"
    if whole == 1:
        return whole, "Name"
    return whole, "Beginning of the name" if min(fits) >= 0.9 else "Name that is alike"  # noqa: PLR2004


def name_words(details: PersonDetails) -> tuple[str, ...]:
    """Return every word of somebody's names, folded, each once."""
    words = (*fold(details.family), *fold(details.given), *fold(details.preferred))
    return tuple(dict.fromkeys(words))


def birth_fit(asked: tuple[date, ...], born: date | None) -> Birth:
    """Return how *born* fits the days that may have been meant."""
    if born is None:
        return Birth.NOT_KNOWN
    if born in asked:
        return Birth.SAME
    if born in {swapped(day) for day in asked}:
        return Birth.SWAPPED
    if any(_parts_alike(day, born) == 2 for day in asked):  # noqa: PLR2004
        return Birth.NEAR
    return Birth.DIFFERENT


def _names_the_person(asked: tuple[str, ...], details: PersonDetails) -> bool:
    """Return whether both a given and a family name were said: twins share the latter."""
    given = {*fold(details.given), *fold(details.preferred)}
    return bool(given & set(asked) and set(fold(details.family)) & set(asked))


def _parts_alike(one: date, other: date) -> int:
    return (one.year == other.year) + (one.month == other.month) + (one.day == other.day)


def _place(wanted: Wanted, details: PersonDetails, because: list[str]) -> float:
    """Return the points for telephone and postcode, and say so in *because*."""
    points = 0.0
    if wanted.phone and wanted.phone in {phone_key(each) for each in details.phones}:
        because.append("Telephone")
        points += 25
    home = postcode_key(details.postcode)
    if wanted.postcode and home == wanted.postcode:
        because.append("Postcode")
        points += 25
    elif wanted.postcode and home[:-3] == wanted.postcode:
        because.append("Area of the postcode")
        points += 10 if wanted.names or wanted.born else ENOUGH
    return points


def _best(some: tuple[str, ...], others: tuple[str, ...]) -> float:
    return max((likeness(one, other) for one in some for other in others), default=0.0)
