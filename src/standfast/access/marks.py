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
from standfast.kernel.access import Said

MARKS: Final[Mapping[str, str]] = {
    "own_record": "It is their own record",
    "same_address": "They live at the same address",
    "same_surname": "They have the same surname",
    "colleague": "The patient works here",
    "well_known": "The patient is well known, or their address is guarded",
    "no_relationship": "Nobody here was dealing with the patient",
    "not_theirs": "It was a colleague's work",
    "many": "They opened unusually many people's records within an hour",
    "linked_guarded": "They linked somebody guarded, or a colleague, to a call",
    "refused_first": "They linked to a call whom they had been refused before",
    "nothing_agrees": "They linked somebody to a call in which nothing agrees with the record",
    "unlinked_soon": "They linked somebody to a call, and took them off again soon",
    "refused_often": "They were refused one record after another",
    "label_lowered": "They lowered how guarded a record is",
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
    "linked_guarded": 5,
    "refused_first": 5,
    "nothing_agrees": 5,
    "unlinked_soon": 5,
    "refused_often": 5,
    "label_lowered": 5,
}
ENOUGH: Final = 5
"""From here on somebody is asked. One's own case of a namesake is not enough; a colleague's is."""

MOST_AN_HOUR: Final = 40
"""People whose records somebody opens in an hour. A call handler takes 5 to 8 calls in one, a
clinician looks through a queue of some 20."""

MOST_REFUSED: Final = 3
"""Records that somebody is refused within an hour before it is asked why they go on."""

HOUR: Final = timedelta(hours=1)
"""Also: whoever is taken off a call within so long of being linked to it was on it briefly."""

REFUSED_BEFORE: Final = timedelta(hours=24)
"""How long a refusal is remembered when its record is linked to a call."""


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
    refused_in_the_hour: int = 0
    """How many records they were refused."""
    link: "Link | None" = None
    """None: it was opened, and not linked to a call."""


class Link(Struct, frozen=True, kw_only=True):
    """What is known of a record that somebody linked to a call."""

    guarded: bool
    refused_before: bool
    unlinked: bool = False
    said: Said | None = None
    """What the caller has said, to be compared with the record; None: not compared."""


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
    yield from _count_marks(known)
    if known.link is not None:
        yield from _link_marks(known.link, known.person)


def _count_marks(known: Known) -> Iterable[str]:
    if known.people_in_the_hour > MOST_AN_HOUR:
        yield "many"
    if known.refused_in_the_hour > MOST_REFUSED:
        yield "refused_often"


def _link_marks(link: Link, person: PersonDetails | None) -> Iterable[str]:
    if link.guarded:
        yield "linked_guarded"
    if link.refused_before:
        yield "refused_first"
    if link.unlinked:
        yield "unlinked_soon"
    if link.said is not None and person is not None and not agrees(link.said, person):
        yield "nothing_agrees"


def agrees(said: Said, person: PersonDetails) -> bool:
    """Return whether a number, a place or the birth that a caller gave is in the record too."""
    numbers = {_dialled(each) for each in said.numbers} & {_dialled(p) for p in person.phones}
    postcodes = {_squeezed(each) for each in said.postcodes} & {_squeezed(person.postcode)}
    lines = {_squeezed(line) for line in said.address.replace(",", "\n").splitlines()}
    first = {_squeezed(line) for line in person.address[:1]}
    return bool(
        (numbers - {""})
        or (postcodes - {""})
        or (lines & first - {""})
        or (said.born is not None and said.born == person.born)
        or (said.nhs_number and said.nhs_number == person.nhs_number)
    )


def _dialled(number: str) -> str:
    """Return the digits of *number* as dialled in this country."""
    digits = "".join(filter(str.isdigit, number))
    return f"0{digits[2:]}" if number.strip().startswith("+44") else digits


def _squeezed(words: str) -> str:
    return "".join(words.split()).casefold()


def _surnames(name: str) -> set[str]:
    """Return the last of *name*, or each part of it when it is double-barrelled."""
    last = (name.split() or [""])[-1].casefold()
    return {part for part in last.split("-") if part}


def _home(details: PersonDetails | None) -> tuple[str, str] | None:
    """Return what tells one home from another: the postcode and the first line."""
    if details is None or not details.postcode or not details.address:
        return None
    return "".join(details.postcode.split()).upper(), details.address[0].casefold()
