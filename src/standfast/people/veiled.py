"""What a list says of somebody guarded: their name and the year of their birth. Pure.

Whatever else is typed finds them only when it is whole, and what the list then says does not
depend on it: nobody learns an address or a number by typing a little more of one.
"""

from typing import Final

from standfast.facts.people import PersonDetails
from standfast.people.matching import ENOUGH, NAME_ALIKE, Match, may_be_one_name, name_fit
from standfast.people.wanted import Wanted, phone_key, postcode_key

SAME_YEAR: Final = 15
OTHER_YEAR: Final = -15

FOUND: Final = "What you entered"
"""Why somebody is shown whose name was not what found them."""


def veiled(details: PersonDetails) -> PersonDetails:
    """Return the names alone."""
    return PersonDetails(
        family=details.family,
        given=details.given,
        title=details.title,
        preferred=details.preferred,
    )


def veiled_match(wanted: Wanted, details: PersonDetails) -> Match | None:
    """Return how the name and the year fit; None if nothing that was entered finds them."""
    points, because, but = 0.0, list[str](), list[str]()
    if wanted.names:
        alike, words = name_fit(wanted.names, details)
        if alike >= NAME_ALIKE:
            points += 40 * alike
            because.append(words)
    if wanted.born and details.born:
        same = any(day.year == details.born.year for day in wanted.born)
        points += SAME_YEAR if same else OTHER_YEAR
        (because if same else but).append("Year of birth" if same else "Other year of birth")
    if points < ENOUGH:
        if not _is_whole(wanted, details):
            return None
        because = because or [FOUND]
    return Match(points=points, exact=False, because=tuple(because), but=tuple(but))


def may_be_veiled(typed: PersonDetails, details: PersonDetails) -> bool:
    """Return whether they may be who is registered: by the name and the year, and nothing else."""
    years = year_of(typed), year_of(details)
    return may_be_one_name(typed, details) and (None in years or years[0] == years[1])


def _is_whole(wanted: Wanted, details: PersonDetails) -> bool:
    """Return whether a number, a postcode or a birth that was entered is theirs, all of it."""
    home = postcode_key(details.postcode)
    return bool(
        (wanted.nhs_number and wanted.nhs_number == details.nhs_number)
        or (wanted.phone and wanted.phone in {phone_key(each) for each in details.phones})
        or (wanted.postcode and wanted.postcode == home)
        or (details.born is not None and details.born in wanted.born)
    )


def year_of(details: PersonDetails) -> int | None:
    """Return the year of birth; None if it is not known."""
    return details.born.year if details.born else None
