"""What happens on the telephone and in a case. This file only ever grows.

Other contexts react to what a case asks for: :class:`AmbulanceRequested`,
:class:`ServiceWanted`, :class:`AppointmentRequested`, :class:`PrescriptionRequested`.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.geo import Point
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex

# --- What a case knows ---------------------------------------------------------------------


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


# --- The call ------------------------------------------------------------------------------


class CallRang(Event, frozen=True, kw_only=True, tag="calls.call_rang.v1"):
    """A call is waiting. ``number`` is empty when it was withheld."""

    call_id: str
    org: str
    number: str
    network_place: Place | None
    rang_at: datetime


class CallConnected(Event, frozen=True, kw_only=True, tag="calls.call_connected.v1"):
    """The exchange says that the line was picked up; by whom and for which case is to come."""

    call_id: str
    org: str
    connected_at: datetime


class CallAnswered(Event, frozen=True, kw_only=True, tag="calls.call_answered.v1"):
    """Somebody spoke to the caller; the case they opened is ``case_id``.

    ``number`` and ``network_place`` are what the exchange had said by then.
    """

    call_id: str
    org: str
    case_id: str
    staff_id: str
    staff_name: str
    answered_at: datetime
    number: str = ""
    network_place: Place | None = None


class CallAbandoned(Event, frozen=True, kw_only=True, tag="calls.call_abandoned.v1"):
    """The caller hung up before anybody had opened a case for them."""

    call_id: str
    org: str
    abandoned_at: datetime


class CallEnded(Event, frozen=True, kw_only=True, tag="calls.call_ended.v1"):
    """The line was closed after it was answered for the case ``case_id``."""

    call_id: str
    org: str
    ended_at: datetime
    case_id: str = ""


class CallBackSettled(Event, frozen=True, kw_only=True, tag="calls.call_back_settled.v1"):
    """An abandoned caller was rung back, or need not be: ``outcome`` says what came of it."""

    call_id: str
    org: str
    outcome: str
    staff_name: str
    settled_at: datetime


CallEvent: TypeAlias = (
    CallRang | CallConnected | CallAnswered | CallAbandoned | CallEnded | CallBackSettled
)

# --- The case ------------------------------------------------------------------------------


class CaseSource(StrEnum):
    """How a case came to us."""

    PHONE = "phone"
    BARS = "bars"


class CaseOpened(Event, frozen=True, kw_only=True, tag="calls.case_opened.v1"):
    """A case begins. ``call_id`` is None when it did not begin with a call here."""

    case_id: str
    org: str
    entry_id: str
    call_id: str | None
    source: CaseSource
    number: str
    reference: str
    """What staff call the case, such as ``C-7F3K2``."""
    opened_at: datetime
    by: str
    staff_id: str = ""
    accept_seconds: int = 60
    """How long an ambulance request of this case may wait for a desk."""


class CallerHungUp(Event, frozen=True, kw_only=True, tag="calls.caller_hung_up.v1"):
    """The line was closed. If the case has no outcome by then, somebody must ring back."""

    case_id: str
    org: str
    call_id: str
    hung_up_at: datetime


class CaseCallBackSettled(
    Event, frozen=True, kw_only=True, tag="calls.case_call_back_settled.v1"
):
    """A caller lost in the middle of a case was rung back, or need not be."""

    case_id: str
    outcome: str
    by: str
    at: datetime


class CallFinished(Event, frozen=True, kw_only=True, tag="calls.call_finished.v1"):
    """The call handler has done their part; the case waits for others, or to be closed."""

    case_id: str
    entry_id: str
    by: str
    at: datetime


class CallerRecorded(Event, frozen=True, kw_only=True, tag="calls.caller_recorded.v1"):
    """Who is calling, who need not be the patient. ``relationship`` is "self" when it is.

    ``with_patient`` is None when nobody has asked.
    """

    case_id: str
    entry_id: str
    name: str
    relationship: str
    with_patient: bool | None


class PlaceRecorded(Event, frozen=True, kw_only=True, tag="calls.place_recorded.v1"):
    """Where the patient is now."""

    case_id: str
    entry_id: str
    place: Place


class NumbersRecorded(Event, frozen=True, kw_only=True, tag="calls.numbers_recorded.v1"):
    """The numbers to ring back, the first one first."""

    case_id: str
    entry_id: str
    numbers: tuple[NumberToRing, ...]


class NeedsRecorded(Event, frozen=True, kw_only=True, tag="calls.needs_recorded.v1"):
    """The GP's practice, the language spoken and whether an interpreter is wanted."""

    case_id: str
    entry_id: str
    gp_name: str
    language: str
    needs_interpreter: bool
    person_id: str = ""
    """Whose record says so; empty: the caller said so."""


class ProblemReported(Event, frozen=True, kw_only=True, tag="calls.problem_reported.v1"):
    """What is the matter, in the caller's own words."""

    case_id: str
    entry_id: str
    words: str


class NoteWritten(Event, frozen=True, kw_only=True, tag="calls.note_written.v1"):
    """What the answers do not say."""

    case_id: str
    entry_id: str
    text: str
    by: str


class PatientDescribed(Event, frozen=True, kw_only=True, tag="calls.patient_described.v1"):
    """Who the caller says the patient is; no record is confirmed by it."""

    case_id: str
    entry_id: str
    patient: Patient


class PatientIdentified(Event, frozen=True, kw_only=True, tag="calls.patient_identified.v1"):
    """The patient is this person, somebody confirmed."""

    case_id: str
    org: str
    patient: Patient
    problem: str
    opened_at: datetime
    by: str


class PatientUnlinked(Event, frozen=True, kw_only=True, tag="calls.patient_unlinked.v1"):
    """It was the wrong person. Nothing of this case is theirs."""

    case_id: str
    org: str
    person_id: str
    by: str


class DispositionRecorded(
    Event, frozen=True, kw_only=True, tag="calls.disposition_recorded.v1"
):
    """The assessment leads here. ``kind`` is triage's word for who has to act."""

    case_id: str
    org: str
    code: str
    label: str
    detail: str
    kind: str
    priority: int
    category: str | None
    needs: tuple[str, ...]
    problem_title: str
    findings: tuple[str, ...]
    """One line each: "Chest pain: Yes"."""
    interim_advice: tuple[str, ...]
    worsening_advice: tuple[str, ...]
    version: str
    due_at: datetime
    """The end of the time frame."""
    reached_at: datetime
    rank: int = 99
    """Triage's order of urgency: of two outcomes that both stand the lower one counts."""


class DispositionTakenBack(
    Event, frozen=True, kw_only=True, tag="calls.disposition_taken_back.v1"
):
    """An answer was changed and the disposition no longer stands. What was sent stays sent."""

    case_id: str
    code: str
    taken_back_at: datetime


class AdviceSaid(Event, frozen=True, kw_only=True, tag="calls.advice_said.v1"):
    """A piece of advice was read out to the caller, and ticked (or unticked)."""

    case_id: str
    entry_id: str
    text: str
    said: bool


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


class MessageLine(Struct, frozen=True):
    """A label of the message to the GP, and what it says."""

    label: str
    value: str


class MessageText(Struct, frozen=True, kw_only=True):
    """What the message to the GP said when the case was closed: it never says anything else."""

    sender: str
    patient: tuple[MessageLine, ...]
    contact: tuple[MessageLine, ...]
    reported: str
    found: tuple[str, ...]
    done: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]


class CaseClosed(Event, frozen=True, kw_only=True, tag="calls.case_closed.v1"):
    """All that this case asked for has been taken over by somebody. ``summary`` is one line."""

    case_id: str
    org: str
    person_id: str | None
    summary: str
    message_id: str
    """The post-event message to the GP that closing made."""
    closed_at: datetime
    by: str
    gp_name: str = ""
    """Empty: the GP is not known, and the message goes to nobody until somebody finds out."""
    action: str = ""
    """What the GP is asked to do. Empty: the message is for information."""
    text: MessageText | None = None
    """None: it was closed before the message's words were kept."""


class MessagePassedOn(Event, frozen=True, kw_only=True, tag="calls.message_passed_on.v1"):
    """Somebody got the post-event message to the GP another way: phone, post or nhsmail."""

    case_id: str
    message_id: str
    way: str
    by: str
    at: datetime
    is_correction: bool = False
    """The GP was told that the message was about somebody else than the patient."""


CaseEvent: TypeAlias = (
    CaseOpened
    | CallerHungUp
    | CaseCallBackSettled
    | CallFinished
    | CallerRecorded
    | PlaceRecorded
    | NumbersRecorded
    | NeedsRecorded
    | ProblemReported
    | NoteWritten
    | PatientDescribed
    | PatientIdentified
    | PatientUnlinked
    | DispositionRecorded
    | DispositionTakenBack
    | AdviceSaid
    | AmbulanceRequested
    | AmbulanceDetailsChanged
    | AmbulanceProgressed
    | AmbulancePhoned
    | ServiceWanted
    | AppointmentRequested
    | AppointmentDetailsChanged
    | AppointmentGivenUp
    | AppointmentProgressed
    | ServiceReferred
    | PrescriptionRequested
    | PrescriptionDetailsChanged
    | PrescriptionProgressed
    | ClinicianWanted
    | ClinicianTook
    | ClinicianPutBack
    | ContactTried
    | ClinicianDecided
    | CaseClosed
    | MessagePassedOn
)

# --- What others may ask -------------------------------------------------------------------


class CaseSummary(Struct, frozen=True, kw_only=True):
    """What other contexts may know of a case as it stands."""

    case_id: str
    reference: str
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    kind: str
    due_at: datetime | None
    needs: tuple[str, ...]
    gp_name: str
    opened_at: datetime | None
    closed_at: datetime | None


CASE_SUMMARY: Final[Question[CaseSummary | None]] = Question("calls.case")
"""By case id. None when the organisation has no such case."""
