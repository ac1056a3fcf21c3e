"""What makes an opening worth a second look, and how much. Pure.

The marks are noticed at the moment of the opening and kept in its entry, so that whoever moves
house or marries later changes nothing of what was so.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct

from standfast.access.asking import Relationship
from standfast.facts.people import PersonDetails

MARKS: Final[Mapping[str, str]] = {
    "own_record": "It is their own record",
    "same_address": "They live at the same address",
    "same_surname": "They have the same surname",
    "colleague": "The patient works here",
    "well_known": "The patient is well known, or their address is guarded",
    "no_relationship": "Nobody here was dealing with the patient",
    "not_theirs": "It was a colleague's work",
    "many": "They opened unusually many people's records within an hour",
}
"""In words, for whoever reviews."""

WEIGHTS: Final[Mapping[str, int]] = {
    "own_record": 10,
    "same_address": 6,
    "same_surname": 4,
    "colleague": 4,
    "well_known": 4,
    "no_relationship": 3,
    "not_theirs": 1,
    "many": 5,
}
ENOUGH: Final = 5
"""From here on somebody is asked. One's own case of a namesake is not enough; a colleague's is."""

MOST_AN_HOUR: Final = 40
"""People whose records somebody opens in an hour. A call handler takes 5 to 8 calls in one, a
clinician looks through a queue of some 20."""

HOUR: Final = timedelta(hours=1)


class Known(Struct, frozen=True, kw_only=True):
    """What is known of the one who looks and of the one looked at."""

    staff_id: str
    staff_name: str
    of_staff: str
    """Whose own record is being opened; empty: nobody's who works here."""
    well_known: bool
    relationship: Relationship
    people_in_the_hour: int
    staff_person: PersonDetails | None = None
    """Their own record as a patient here, if it is known which that is."""
    person: PersonDetails | None = None
    """Whose record it is. Read only after the entry is written."""


def marks_of(known: Known) -> tuple[str, ...]:
    """Return what is remarkable about it, the weightiest first."""
    return tuple(sorted(_marks(known), key=lambda mark: -WEIGHTS[mark]))


def score_of(marks: Iterable[str]) -> int:
    """Return how much all of it weighs together."""
    return sum(WEIGHTS.get(mark, 0) for mark in marks)


def _marks(known: Known) -> Iterable[str]:
    own = known.of_staff == known.staff_id and known.of_staff != ""
    if own:
        yield "own_record"
    elif known.of_staff:
        yield "colleague"
    if known.well_known:
        yield "well_known"
    if known.person is not None and not own:
        if _surnames(known.staff_name) & _surnames(known.person.family):
            yield "same_surname"
        at_home = _home(known.staff_person)
        if at_home and at_home == _home(known.person):
            yield "same_address"
    if known.relationship in (Relationship.NONE, Relationship.BROKEN_GLASS):
        yield "no_relationship"
    elif known.relationship is not Relationship.PERSONAL:
        yield "not_theirs"
    if known.people_in_the_hour > MOST_AN_HOUR:
        yield "many"


def _surnames(name: str) -> set[str]:
    """Return the last of *name*, or each part of it when it is double-barrelled."""
    last = (name.split() or [""])[-1].casefold()
    return {part for part in last.split("-") if part}


def _home(details: PersonDetails | None) -> tuple[str, str] | None:
    """Return what tells one home from another: the postcode and the first line."""
    if details is None or not details.postcode or not details.address:
        return None
    return "".join(details.postcode.split()).upper(), details.address[0].casefold()
