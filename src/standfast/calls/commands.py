"""What else can be asked of a case: on a page, or by another context's fact."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from standfast.calls.device_commands import DeviceEntryCommand
from standfast.facts.cases import MessageText
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.paper import FormKeyed, SafetySettled
from standfast.kernel.messages import Command
from standfast.kernel.values import LongText, OptionalText, ShortText

Line: TypeAlias = Annotated[str, Meta(max_length=200)]
"""One line that may be left empty."""


class OpenReferred(Command, frozen=True, kw_only=True):
    """Open a case that another organisation sent, straight into the clinical queue."""

    case_id: str
    org: str
    message_id: str
    reference: str
    number: str
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    gp_name: str
    language: str
    problem: str
    notes: tuple[str, ...]
    sender: str
    priority: int
    due_at: datetime


class EnterFromPaper(Command, frozen=True, kw_only=True):
    """Open the case that a form tells of, with all that was done on paper."""

    keyed: FormKeyed


class NoteSafety(Command, frozen=True, kw_only=True):
    """Write down what two people read on the form of allergies, medicines and safeguarding."""

    settled: SafetySettled


class LearnLine(Command, frozen=True, kw_only=True):
    """The exchange knows the line: its number, and roughly where it is."""

    case_id: str
    org: str
    number: str
    place: Place | None


class LoseCaller(Command, frozen=True, kw_only=True):
    """The line of the case was closed."""

    case_id: str
    org: str
    call_id: str
    at: datetime


class SettleCase(Command, frozen=True, kw_only=True):
    """The caller who was lost was rung back, or need not be."""

    case_id: str
    outcome: ShortText
    staff_name: str


class IdentifyPatient(Command, frozen=True, kw_only=True):
    """The patient is this person: somebody has confirmed it."""

    case_id: str
    patient: Patient
    gp_name: str
    language: str
    needs_interpreter: bool
    staff_name: str


class UnlinkPatient(Command, frozen=True, kw_only=True):
    """It was the wrong person."""

    case_id: str
    staff_name: str


class RecordDisposition(Command, frozen=True, kw_only=True):
    """The assessment leads here; what follows from it follows at once."""

    case_id: str
    org: str
    code: str
    label: str
    detail: str
    kind: str
    minutes: int
    priority: int
    rank: int
    category: str | None
    needs: tuple[str, ...]
    problem_title: str
    findings: tuple[str, ...]
    interim_advice: tuple[str, ...]
    worsening_advice: tuple[str, ...]
    version: str
    reached_at: datetime
    by: str


class TakeBackDisposition(Command, frozen=True, kw_only=True):
    """The disposition no longer stands."""

    case_id: str
    org: str
    code: str
    at: datetime


class NoteAmbulance(Command, frozen=True, kw_only=True):
    """The desk says how far the ambulance has come."""

    case_id: str
    step: str
    by: str
    callsign: str
    eta_at: datetime | None
    at: datetime
    note: str = ""
    category: str = ""
    seen: str = ""
    accept_by: datetime | None = None


class RequestAppointment(Command, frozen=True, kw_only=True):
    """Book this slot for the patient, or be refused."""

    case_id: str
    slot_id: str
    to_org: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    staff_name: str


class GiveUpAppointment(Command, frozen=True, kw_only=True):
    """The patient does not want the appointment after all."""

    case_id: str
    reason: ShortText
    staff_name: str


class NoteAppointment(Command, frozen=True, kw_only=True):
    """The clinic says what became of the appointment."""

    case_id: str
    booking_id: str
    step: str
    service_name: str
    starts_at: datetime | None
    at: datetime
    note: str = ""


class ReferToService(Command, frozen=True, kw_only=True):
    """Send the patient to a service without a booked time."""

    case_id: str
    service_id: str
    service_name: str
    note: OptionalText
    staff_name: str


class NotePrescription(Command, frozen=True, kw_only=True):
    """The prescriber or the pharmacy says how far it has come."""

    case_id: str
    step: str
    by: str
    note: str
    at: datetime


class HandOver(Command, frozen=True, kw_only=True):
    """Give the case to a colleague. Only whoever has it may, and whoever ``oversees``."""

    case_id: str
    to_id: ShortText
    to_name: ShortText
    by_id: str
    by: str
    oversees: bool
    reads_until: datetime | None = None
    """Until when they want to read it on; None: they leave it now."""


class TakeCase(Command, frozen=True, kw_only=True):
    """Take the case out of the clinical queue."""

    case_id: str
    staff_id: str
    staff_name: str


class PutCaseBack(Command, frozen=True, kw_only=True):
    """Put the case back in the clinical queue."""

    case_id: str
    reason: ShortText
    staff_name: str


class TryContact(Command, frozen=True, kw_only=True):
    """Somebody rang and reached nobody."""

    case_id: str
    note: ShortText
    staff_id: str
    staff_name: str


class DecideCase(Command, frozen=True, kw_only=True):
    """What the clinician advised or arranged."""

    case_id: str
    outcome: ShortText
    note: LongText
    staff_id: str
    staff_name: str


class CloseCase(Command, frozen=True, kw_only=True):
    """Finish the case and make the message to the GP.

    ``without_outcome`` says why there is none to tell: a wrong number, a caller who has gone.
    """

    case_id: str
    gp_name: Line
    action: OptionalText
    without_outcome: Line
    staff_name: str
    text: MessageText | None = None
    """What the message says, as it was on the screen."""
    about: Patient | None = None
    """Whom ``text`` is about."""


class PassMessageOn(Command, frozen=True, kw_only=True):
    """The message reached the GP another way."""

    case_id: str
    way: Literal["phone", "post", "nhsmail"]
    staff_name: str


CaseCommand: TypeAlias = (
    DeviceEntryCommand
    | OpenReferred
    | EnterFromPaper
    | NoteSafety
    | LearnLine
    | LoseCaller
    | SettleCase
    | IdentifyPatient
    | UnlinkPatient
    | RecordDisposition
    | TakeBackDisposition
    | NoteAmbulance
    | RequestAppointment
    | GiveUpAppointment
    | NoteAppointment
    | ReferToService
    | NotePrescription
    | HandOver
    | TakeCase
    | PutCaseBack
    | TryContact
    | DecideCase
    | CloseCase
    | PassMessageOn
)
