"""What a case asks of others, and how they get on with it. This file only ever grows.

Other contexts react to what is asked: :class:`AmbulanceRequested`, :class:`ServiceWanted`,
:class:`AppointmentRequested`, :class:`PrescriptionRequested`.
"""

from datetime import datetime

from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.kernel.geo import Point
from standfast.kernel.messages import Event
from standfast.kernel.values import Sex


class AmbulanceRequested(Event, frozen=True, kw_only=True, tag="calls.ambulance_requested.v1"):
    """An ambulance is wanted now. Sent with what is known; the rest follows.

    If no desk has accepted by ``accept_by``, the caller's screen says NOT SENT. ``category``
    is C1 to C4. ``to_org`` is the ambulance trust that is asked.
    """

    case_id: str
    org: str
    to_org: str
    reference: str
    category: str
    reason: str
    findings: tuple[str, ...]
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    requested_at: datetime
    accept_by: datetime
    by: str
    entry_id: str = ""
    """The device's entry, when somebody asked by key and no disposition did."""


class AmbulanceDetailsChanged(
    Event, frozen=True, kw_only=True, tag="calls.ambulance_details_changed.v1"
):
    """The desk must know this too: where, whom to ring, who the patient is, what changed."""

    case_id: str
    org: str
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    changed_at: datetime


class AmbulanceProgressed(
    Event, frozen=True, kw_only=True, tag="calls.ambulance_progressed.v1"
):
    """The desk has told us: accepted by name, vehicle and time, and where the vehicle is."""

    case_id: str
    step: str
    """accepted, not_accepted, lowered, allocated, mobile, on_scene, conveying, at_hospital,
    clear, stood_down, closed."""
    by: str
    callsign: str
    eta_at: datetime | None
    at: datetime
    note: str = ""
    category: str = ""
    """What it was lowered to, or what was accepted; empty for every other step."""
    seen: str = ""
    """What it was lowered from."""
    accept_by: datetime | None = None
    """With ``category``: which request was accepted. None when that was not recorded."""


class AmbulancePhoned(Event, frozen=True, kw_only=True, tag="calls.ambulance_phoned.v1"):
    """Nobody accepted on screen, so it was rung through; control gave ``incident_number``."""

    case_id: str
    entry_id: str
    incident_number: str
    by: str
    at: datetime
    category: str = ""
    """The request that was rung through, with ``accept_by``; empty if not recorded which."""
    accept_by: datetime | None = None


class AmbulanceRungThrough(
    Event, frozen=True, kw_only=True, tag="calls.ambulance_rung_through.v1"
):
    """An ambulance was asked for by telephone alone: no desk has it on a screen of this site."""

    case_id: str
    org: str
    category: str
    reason: str
    incident_number: str
    desk_name: str
    by: str
    rung_at: datetime


class ServiceWanted(Event, frozen=True, kw_only=True, tag="calls.service_wanted.v1"):
    """A service must see or speak to the patient by ``due_at``. ``needs`` are its skills."""

    case_id: str
    org: str
    code: str
    label: str
    needs: tuple[str, ...]
    age_years: int | None
    sex: Sex
    postcode: str
    point: Point | None
    gp_name: str
    due_at: datetime
    wanted_at: datetime


class AppointmentRequested(
    Event, frozen=True, kw_only=True, tag="calls.appointment_requested.v1"
):
    """This slot is wanted for this patient. It is booked in the same commit, or refused."""

    case_id: str
    org: str
    reference: str
    booking_id: str
    slot_id: str
    to_org: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    requested_at: datetime
    by: str


class AppointmentDetailsChanged(
    Event, frozen=True, kw_only=True, tag="calls.appointment_details_changed.v1"
):
    """The clinic must know this too: who the patient of a live booking is, whom to ring."""

    case_id: str
    booking_id: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    changed_at: datetime


class AppointmentGivenUp(Event, frozen=True, kw_only=True, tag="calls.appointment_given_up.v1"):
    """The patient does not want the booked slot after all; it is free again."""

    case_id: str
    booking_id: str
    reason: str
    by: str
    at: datetime


class AppointmentProgressed(
    Event, frozen=True, kw_only=True, tag="calls.appointment_progressed.v1"
):
    """The clinic has told us: booked, arrived, cancelled, did_not_attend."""

    case_id: str
    booking_id: str
    step: str
    service_name: str
    starts_at: datetime | None
    at: datetime
    note: str = ""


class ServiceReferred(Event, frozen=True, kw_only=True, tag="calls.service_referred.v1"):
    """The caller was sent to a service that takes no bookings (or rings it themselves)."""

    case_id: str
    service_id: str
    service_name: str
    note: str
    by: str
    at: datetime


class PrescriptionRequested(
    Event, frozen=True, kw_only=True, tag="calls.prescription_requested.v1"
):
    """A prescriber must look at an urgent need for medicines by ``due_at``."""

    case_id: str
    org: str
    reference: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None
    problem: str
    findings: tuple[str, ...]
    due_at: datetime
    requested_at: datetime
    priority: int = 3
    """1 (most urgent) to 5, as triage has it."""


class PrescriptionDetailsChanged(
    Event, frozen=True, kw_only=True, tag="calls.prescription_details_changed.v1"
):
    """The prescriber must know this too: who the patient is, where, whom to ring."""

    case_id: str
    org: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None
    changed_at: datetime


class PrescriptionProgressed(
    Event, frozen=True, kw_only=True, tag="calls.prescription_progressed.v1"
):
    """What the prescriber or the pharmacy has told us.

    ``step``: taken, put_back, written, sent, cancelled, supplied, not_supplied, declined.
    """

    case_id: str
    step: str
    by: str
    note: str
    at: datetime


class ClinicianWanted(Event, frozen=True, kw_only=True, tag="calls.clinician_wanted.v1"):
    """The case waits in the clinical queue; a clinician rings by ``due_at``."""

    case_id: str
    org: str
    reason: str
    priority: int
    due_at: datetime
    wanted_at: datetime
    skill: str = ""
    entry_id: str = ""
    """The device's entry, when somebody asked by key and no disposition did."""
    by_id: str = ""
    """Who asked by key."""
    by: str = ""
    """Their name."""


class ClinicianTook(Event, frozen=True, kw_only=True, tag="calls.clinician_took.v1"):
    """A clinician has taken the case out of the queue."""

    case_id: str
    staff_id: str
    staff_name: str
    taken_at: datetime


class ClinicianPutBack(Event, frozen=True, kw_only=True, tag="calls.clinician_put_back.v1"):
    """The case is back in the queue, for the reason given."""

    case_id: str
    reason: str
    by: str
    at: datetime
    from_id: str = ""
    """Who had it and works on it no more; empty: not written down, or they have its call."""


class ContactTried(Event, frozen=True, kw_only=True, tag="calls.contact_tried.v1"):
    """A clinician rang and did not reach anybody. ``note`` says what was heard."""

    case_id: str
    note: str
    by: str
    at: datetime


class ClinicianDecided(Event, frozen=True, kw_only=True, tag="calls.clinician_decided.v1"):
    """What the clinician advised or arranged, in their words."""

    case_id: str
    outcome: str
    note: str
    by: str
    at: datetime
