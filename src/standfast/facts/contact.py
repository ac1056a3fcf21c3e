"""Who a contact is about, where they are and whom to ring: values that many facts hold."""

from datetime import date
from typing import Final

from msgspec import Struct, structs

from standfast.kernel.geo import Point
from standfast.kernel.home_entry import HomeEntry, Kept
from standfast.kernel.values import Sex


class Patient(Struct, frozen=True, kw_only=True):
    """Who the case is about, as far as it is known. ``person_id`` is None until confirmed."""

    person_id: str | None = None
    family: str = ""
    given: str = ""
    title: str = ""
    born: date | None = None
    age_years: int | None = None
    sex: Sex = Sex.UNKNOWN
    nhs_number: str | None = None
    postcode: str = ""


class Place(Struct, frozen=True, kw_only=True):
    """Where the patient is now, which need not be home. ``source`` says who said so.

    ``access_notes`` is how facts before sealing said how to get in. It is never filled: what
    stands there is left where it stands, and ``way_in`` says that there is something.
    """

    address: str = ""
    postcode: str = ""
    access_notes: str = ""
    point: Point | None = None
    source: str = ""
    way_in: HomeEntry | None = None
    """How to get in, sealed; None: nothing was said."""
    finding: str = ""
    """What else helps to find it: what3words, a property's number, a grid reference."""

    def __post_init__(self) -> None:
        """Keep the clear text of old facts out of every state, row, list and log."""
        if self.access_notes:
            structs.force_setattr(self, "access_notes", "")
            if self.way_in is None:
                structs.force_setattr(self, "way_in", HomeEntry(kept=Kept.OLD))

    @property
    def may_be_elsewhere(self) -> bool:
        """Whether the address was changed after it was said how to get in."""
        return self.way_in is not None and self.way_in.was_elsewhere

    @property
    def outline(self) -> "Place":
        """The place for rows: that something is sealed, and not what is."""
        return structs.replace(self, way_in=self.way_in and self.way_in.outline)


class NumberToRing(Struct, frozen=True, kw_only=True):
    """A call-back number. The first of a list is rung first."""

    number: str
    whose: str = ""


_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misheard or misread."""


def case_reference(case_id: str) -> str:
    """Return what staff call the case, such as ``C-7F3K2Q``: always the same for one id."""
    number = int(case_id.replace("-", "")[-8:], 16) & (32**6 - 1)
    return "C-" + "".join(_LETTERS[number >> shift & 31] for shift in range(25, -1, -5))
