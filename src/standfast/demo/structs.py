"""Who and what is in the county: organisations, staff, services, people, vehicles, calls."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from standfast.demo.formulary import Medicine
from standfast.demo.hours import OpeningHours
from standfast.demo.places import Place
from standfast.facts.people import (
    Allergy,
    AllergyStatus,
    CurrentMedicine,
    Flag,
    SpecialNote,
)
from standfast.kernel.geo import Point
from standfast.kernel.values import Sex


class Organisation(Struct, frozen=True, kw_only=True):
    """An organisation. ``ods_code`` begins with ``ZZ9``, which no real one does."""

    id: str
    name: str
    ods_code: str
    kind: str
    """provider, ambulance_trust, gp_practice, hospital, clinic, pharmacy, dental or
    mental_health."""
    town: str
    address: tuple[str, ...]
    postcode: str
    point: Point
    phone: str


class StaffMember(Struct, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    id: str
    name: str
    org: str
    roles: tuple[str, ...]
    title: str
    """How the job is called on a badge: "Call handler"."""
    registration: str = ""
    """The professional body and an invented number, for those who need one."""


class Service(Struct, frozen=True, kw_only=True):
    """One line of the directory of services."""

    id: str
    org: str
    name: str
    kind: str
    """The type of service in the directory's own words: "Urgent treatment centre"."""
    point: Point
    address: tuple[str, ...]
    postcode: str
    phone: str
    hours: OpeningHours
    needs: tuple[str, ...]
    """What it accepts, by the directory's vocabulary: ``primary_care_face_to_face``."""
    age_from: int
    age_to: int
    """Whole years, both included."""
    sex: Sex | None
    """None when it sees everybody."""
    referral_note: str
    """What the person who refers must do or send."""
    public_note: str
    """What the caller is told: where to go in, what to bring."""
    must_book: bool
    capacity: str
    """green, amber or red."""
    accepting: bool
    within_metres: float | None
    """It takes people from no further than this; None for anywhere."""


class SlotOffer(Struct, frozen=True, kw_only=True):
    """A quarter of an hour with a clinician. Not ``free``: the clinic has filled it itself."""

    id: str
    starts_at: datetime
    ends_at: datetime
    free: bool


class ClinicSession(Struct, frozen=True, kw_only=True):
    """One clinician's session; its instants are UTC."""

    id: str
    org: str
    service_id: str
    clinician: str
    clinician_role: str
    clinician_sex: Sex
    channel: str
    """face_to_face or phone."""
    starts_at: datetime
    ends_at: datetime
    slots: tuple[SlotOffer, ...]


class Person(Struct, frozen=True, kw_only=True):
    """An invented person. ``nhs_number`` is None when none is known."""

    id: str
    family_name: str
    given_name: str
    preferred_name: str
    """Empty when it is the given name."""
    title: str
    birth_date: date
    death_date: date | None
    sex: Sex
    nhs_number: str | None
    address: tuple[str, ...]
    postcode: str
    point: Point
    phones: tuple[str, ...]
    gp_practice: str
    """The practice's organisation id."""
    language: str
    needs_interpreter: bool
    allergy_status: AllergyStatus
    allergies: tuple[Allergy, ...]
    medicines: tuple[CurrentMedicine, ...]
    flags: tuple[Flag, ...]
    notes: tuple[SpecialNote, ...]


class RecentContact(Struct, frozen=True, kw_only=True):
    """A call of the last 96 hours, from which a repeat caller is known."""

    id: str
    person_id: str
    at: datetime
    problem: str
    outcome: str


class Vehicle(Struct, frozen=True, kw_only=True):
    """An ambulance or a car. ``node`` is where on the road map it stands."""

    id: str
    callsign: str
    kind: str
    """ambulance or rapid_response."""
    station: str
    crew: tuple[str, ...]
    point: Point
    node: int
    status: str
    """available, at_hospital or off_road."""


class WaitingCall(Struct, frozen=True, kw_only=True):
    """A call in the telephone queue. ``person_ids`` are those known at this number."""

    id: str
    number: str
    waiting_since: datetime
    location: Point
    accuracy_metres: int
    person_ids: tuple[str, ...]
    line: str
    """The number that was dialled: ``111`` or a professionals' line."""


class World(Struct, frozen=True, kw_only=True):
    """All of it."""

    seed: int
    made_at: datetime
    place: Place
    bank_holidays: tuple[date, ...]
    organisations: tuple[Organisation, ...]
    staff: tuple[StaffMember, ...]
    services: tuple[Service, ...]
    sessions: tuple[ClinicSession, ...]
    people: tuple[Person, ...]
    contacts: tuple[RecentContact, ...]
    vehicles: tuple[Vehicle, ...]
    formulary: tuple[Medicine, ...]
    waiting_calls: tuple[WaitingCall, ...]

    def organisation_names(self) -> Mapping[str, str]:
        return {each.id: each.name for each in self.organisations}
