"""Who a contact is about, where they are and whom to ring: values that many facts hold."""

from datetime import date

from msgspec import Struct

from standfast.kernel.geo import Point
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
    """Where the patient is now, which need not be home. ``source`` says who said so."""

    address: str = ""
    postcode: str = ""
    access_notes: str = ""
    point: Point | None = None
    source: str = ""


class NumberToRing(Struct, frozen=True, kw_only=True):
    """A call-back number. The first of a list is rung first."""

    number: str
    whose: str = ""
