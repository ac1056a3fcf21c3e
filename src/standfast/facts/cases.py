"""What happens in a case, from its opening to its end. This file only ever grows.

What a case asks of others is in :mod:`standfast.facts.requests`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.facts import requests as asked
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question


class CaseSource(StrEnum):
    """How a case came to us."""

    PHONE = "phone"
    BARS = "bars"
    PAPER = "paper"


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


class CaseHandedOver(Event, frozen=True, kw_only=True, tag="calls.case_handed_over.v1"):
    """Somebody else has the case from now on: whoever had it, or a supervisor, said so."""

    case_id: str
    org: str
    to_id: str
    to_name: str
    by_id: str
    by: str
    handed_at: datetime
    from_id: str = ""
    """Who works on it no more; empty: not written down, or they have it as a clinician."""
    reads_until: datetime | None = None
    """Until when whoever is named by ``from_id`` reads it on, as they chose; None: no longer."""


class EnteredFromPaper(Event, frozen=True, kw_only=True, tag="calls.entered_from_paper.v1"):
    """It was keyed from a form. What was ``done`` there (ambulance, service…) is not asked again."""

    case_id: str
    org: str
    form_code: str
    done: tuple[str, ...]
    keyed_at: datetime
    by: str
    taken_by: str = ""


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
    by: str = ""


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
    | CaseHandedOver
    | EnteredFromPaper
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
    | asked.AmbulanceRequested
    | asked.AmbulanceDetailsChanged
    | asked.AmbulanceProgressed
    | asked.AmbulancePhoned
    | asked.AmbulanceRungThrough
    | asked.ServiceWanted
    | asked.AppointmentRequested
    | asked.AppointmentDetailsChanged
    | asked.AppointmentGivenUp
    | asked.AppointmentProgressed
    | asked.ServiceReferred
    | asked.PrescriptionRequested
    | asked.PrescriptionDetailsChanged
    | asked.PrescriptionProgressed
    | asked.ClinicianWanted
    | asked.ClinicianTook
    | asked.ClinicianPutBack
    | asked.ContactTried
    | asked.ClinicianDecided
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
