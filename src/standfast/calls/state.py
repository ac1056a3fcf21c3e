"""What a case has come to: its parts, each the fold of a few kinds of fact."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.cases import (
    CaseClosed,
    CaseHandedOver,
    CaseSource,
    DispositionRecorded,
    EnteredFromPaper,
    MessagePassedOn,
)
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.requests import (
    ClinicianWanted,
    PrescriptionRequested,
    ServiceReferred,
    ServiceWanted,
)

LIVE_BOOKING: Final = frozenset({"requested", "booked", "arrived"})
"""Steps of an appointment that the patient still has."""


class Note(Struct, frozen=True):
    """A free-text note, and who wrote it."""

    text: str
    by: str


class Advice(Struct, frozen=True):
    """A piece of advice, and whether it has been read out."""

    text: str
    said: bool


class Vehicle(Struct, frozen=True, kw_only=True):
    """A vehicle that the desk has given the incident, and how far it has come."""

    callsign: str
    step: str
    eta_at: datetime | None
    at: datetime


class Taken(Struct, frozen=True, kw_only=True):
    """Who has a request, on screen or by telephone. ``category`` and ``accept_by`` say which.

    An empty ``category`` and None: it was not recorded which, and the request is not known yet.
    """

    by: str
    at: datetime
    category: str
    accept_by: datetime | None
    desk: str = ""
    incident_number: str = ""


class Ambulance(Struct, frozen=True, kw_only=True):
    """The request for an ambulance. An empty ``category``: none was asked for.

    An acceptance is of one request: once more is asked for it is history (H16). ``asked_by``
    belongs to the request that stands, ``first_by`` is the earliest of all.
    """

    to_org: str = ""
    category: str = ""
    reason: str = ""
    requested_at: datetime | None = None
    asked_by: datetime | None = None
    first_by: datetime | None = None
    accepted: tuple[Taken, ...] = ()
    phoned: tuple[Taken, ...] = ()
    noticed_at: datetime | None = None
    vehicles: tuple[Vehicle, ...] = ()
    attended_at: datetime | None = None
    """When a crew was first with the patient, as far as we have heard."""
    ended_at: datetime | None = None
    outcome: str = ""

    @property
    def is_live(self) -> bool:
        """Somebody has asked for it, and the desk has not finished with it."""
        return bool(self.category) and self.ended_at is None

    @property
    def is_needed(self) -> bool:
        """An ambulance is coming or has been there: not one that ended with nobody attending."""
        return bool(self.category) and (self.ended_at is None or self.attended_at is not None)

    @property
    def acceptance(self) -> Taken | None:
        """Who first accepted what is asked for now."""
        return next((each for each in self.accepted if self._covers(each)), None)

    @property
    def accepted_by(self) -> str:
        return self.acceptance.by if self.acceptance else ""

    @property
    def telephoned(self) -> Taken | None:
        """Who first rang through what is asked for now."""
        return next((each for each in self.phoned if self._covers(each)), None)

    @property
    def phoned_by(self) -> str:
        return self.telephoned.by if self.telephoned else ""

    @property
    def formerly(self) -> tuple[Taken, ...]:
        """Who had a request that is not enough any more."""
        return tuple(each for each in (*self.accepted, *self.phoned) if not self._covers(each))

    @property
    def accept_by(self) -> datetime | None:
        """When a name must have it. Nobody ever had any of it: when they should have had it."""
        return self.asked_by if self.formerly else self.first_by

    @property
    def not_accepted_at(self) -> datetime | None:
        """When somebody noticed that nobody has what is asked for now."""
        if self.noticed_at and self.accept_by and self.noticed_at < self.accept_by:
            return None
        return self.noticed_at

    @property
    def is_owned(self) -> bool:
        """A named person has what is asked for now: accepted on screen, or rung through."""
        return bool(self.acceptance or self.telephoned)

    def is_not_sent(self, now: datetime) -> bool:
        """Nobody has it, and the time in which somebody should have has gone."""
        if not self.is_live or self.is_owned:
            return False
        return bool(self.not_accepted_at or (self.accept_by and self.accept_by <= now))

    def _covers(self, taken: Taken) -> bool:
        """Whether it was of a request as urgent and as new as the one that stands."""
        if taken.category and taken.category > self.category:
            return False
        return not (taken.accept_by and self.asked_by and taken.accept_by < self.asked_by)


class Booking(Struct, frozen=True, kw_only=True):
    """An appointment that was asked for, and what the clinic has said of it since."""

    booking_id: str
    slot_id: str = ""
    to_org: str = ""
    service_id: str = ""
    service_name: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    step: str = "requested"
    note: str = ""
    at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.step in LIVE_BOOKING


class Prescription(Struct, frozen=True, kw_only=True):
    """The need for medicines, and where it is. ``requested`` is None when nobody asked."""

    requested: PrescriptionRequested | None = None
    step: str = ""
    by: str = ""
    note: str = ""
    at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """A pharmacy has it or has supplied it, or a prescriber decided against it."""
        return self.step in {"sent", "supplied", "declined"}


class Clinical(Struct, frozen=True, kw_only=True):
    """The case's place in the clinical queue. ``wanted`` is None when it was never there."""

    wanted: ClinicianWanted | None = None
    taken_by: str = ""
    taken_id: str = ""
    taken_at: datetime | None = None
    tried: int = 0
    put_back: str = ""
    given_back: tuple[tuple[str, datetime], ...] = ()
    """Who had it when it was put back, and when."""
    outcome: str = ""
    note: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return self.wanted is not None and self.decided_at is None


class Needs(Struct, frozen=True, kw_only=True):
    """GP, language and interpreter, as the caller or somebody's record has them."""

    gp_name: str = ""
    language: str = ""
    needs_interpreter: bool = False
    person_id: str = ""
    """Whose record says so; empty: the caller said so."""


class Case(Struct, frozen=True, kw_only=True):
    """All that is known of one case. ``opened_at`` is None until it is opened."""

    case_id: str = ""
    org: str = ""
    entries: frozenset[str] = frozenset()
    call_id: str | None = None
    source: CaseSource = CaseSource.PHONE
    number: str = ""
    reference: str = ""
    opened_at: datetime | None = None
    opened_by: str = ""
    opener_id: str = ""
    handed: CaseHandedOver | None = None
    accept_seconds: int = 60
    """How long a request may wait for a desk before the caller's screen says NOT SENT."""
    hung_up_at: datetime | None = None
    call_back_outcome: str = ""
    finished_at: datetime | None = None
    paper: EnteredFromPaper | None = None
    """The form that it was keyed from, if it was."""

    caller_name: str = ""
    relationship: str = ""
    with_patient: bool | None = None
    place: Place = Place()
    given_numbers: tuple[NumberToRing, ...] = ()
    needs_said: Needs = Needs()
    needs_recorded: Needs = Needs()
    words: str = ""
    notes: tuple[Note, ...] = ()
    described: Patient = Patient()
    identified: Patient | None = None

    dispositions: tuple[DispositionRecorded, ...] = ()
    taken_back: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
    ambulance: Ambulance = Ambulance()
    wanted: ServiceWanted | None = None
    bookings: tuple[Booking, ...] = ()
    referred: ServiceReferred | None = None
    prescription: Prescription = Prescription()
    clinical: Clinical = Clinical()
    closed: CaseClosed | None = None
    passed_on: MessagePassedOn | None = None
    correction: MessagePassedOn | None = None
    """How the GP was told that the message was about somebody else."""

    @property
    def patient(self) -> Patient:
        """Who it is about: the confirmed person, else as the caller describes them."""
        return self.identified or self.described

    @property
    def keeper_id(self) -> str:
        """Who has the case: whoever it was handed to last, else whoever opened it."""
        return self.handed.to_id if self.handed else self.opener_id

    @property
    def keeper(self) -> str:
        """The name of whoever has the case."""
        return self.handed.to_name if self.handed else self.opened_by

    @property
    def is_misdirected(self) -> bool:
        """Whether its message was made about somebody who turned out not to be the patient."""
        about = self.closed.person_id if self.closed else None
        return about is not None and about != self.patient.person_id

    @property
    def needs_of_record(self) -> Needs:
        """What the linked person's record says; nothing of anybody else's (hazard H02)."""
        person_id = self.identified.person_id if self.identified else None
        same = bool(person_id) and person_id == self.needs_recorded.person_id
        return self.needs_recorded if same else Needs()

    @property
    def gp_name(self) -> str:
        """The GP's practice: as the caller said, else as the linked record has it."""
        return self.needs_said.gp_name or self.needs_of_record.gp_name

    @property
    def language(self) -> str:
        """The language spoken, in the same order of trust."""
        return self.needs_said.language or self.needs_of_record.language

    @property
    def needs_interpreter(self) -> bool:
        """Whether the caller or the linked record asks for an interpreter."""
        return self.needs_said.needs_interpreter or self.needs_of_record.needs_interpreter

    @property
    def numbers(self) -> tuple[NumberToRing, ...]:
        """The numbers to ring, first first; the number that rang while no other is known."""
        if self.given_numbers or not self.number:
            return self.given_numbers
        return (NumberToRing(number=self.number, whose="rang from"),)

    @property
    def disposition(self) -> DispositionRecorded | None:
        """The outcome that stands; of several the most urgent."""
        return min(
            self.dispositions,
            key=lambda each: (each.rank, each.due_at, each.code),
            default=None,
        )

    @property
    def booking(self) -> Booking | None:
        """The appointment that the patient has, if any."""
        return next((each for each in reversed(self.bookings) if each.is_live), None)

    @property
    def problem(self) -> str:
        """What is the matter, in one line."""
        return self.words or (self.disposition.problem_title if self.disposition else "")

    @property
    def is_lost(self) -> bool:
        """The caller hung up before the case came to anything, and nobody has rung back."""
        done = self.closed or self.dispositions or self.clinical.decided_at
        return self.hung_up_at is not None and not done and not self.call_back_outcome

    def with_entry(self, entry_id: str) -> "Case":
        return replace(self, entries=self.entries | {entry_id})
