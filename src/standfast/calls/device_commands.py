"""What a call handler's device can ask of a case; each entry once, however often it comes."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from standfast.kernel.geo import Point
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.messages import Command
from standfast.kernel.values import (
    LongText,
    OptionalText,
    PhoneNumber,
    Sex,
    ShortText,
    whole,
)

Line: TypeAlias = Annotated[str, Meta(max_length=200)]
"""One line that may be left empty."""

Years: TypeAlias = Annotated[int, Meta(ge=0, le=130)]


class GivenPlace(Struct, frozen=True, kw_only=True):
    """Where the patient is, as it was typed or chosen."""

    address: OptionalText = ""
    postcode: Annotated[str, Meta(max_length=10)] = ""
    point: Point | None = None
    source: Line = ""


class GivenNumber(Struct, frozen=True, kw_only=True):
    """A number to ring, and whose it is."""

    number: PhoneNumber
    whose: Line = ""


class GivenPatient(Struct, frozen=True, kw_only=True):
    """The patient in the caller's words. A person's record is never linked by this."""

    family: Line = ""
    given: Line = ""
    title: Line = ""
    born: date | None = None
    age_years: Years | None = None
    sex: Sex = Sex.UNKNOWN
    nhs_number: Annotated[str, Meta(pattern=whole(r"[0-9]{10}"))] | None = None
    postcode: Annotated[str, Meta(max_length=10)] = ""


class DeviceCommand(Command, frozen=True, kw_only=True):
    """An entry of a device's journal: done once, however often it arrives."""

    entry_id: str
    case_id: str
    org: str


class OpenCase(DeviceCommand, frozen=True, kw_only=True):
    """Begin a case; with ``call_id`` it answers that call."""

    call_id: ShortText | None = None
    number: Line = ""
    at: datetime
    staff_id: str
    staff_name: str
    accept_seconds: int = 60


class RecordCaller(DeviceCommand, frozen=True, kw_only=True):
    """Say who is calling. ``with_patient`` is None until it has been asked."""

    name: Line = ""
    relationship: Line = ""
    with_patient: bool | None = None


class RecordPlace(DeviceCommand, frozen=True, kw_only=True):
    """Say where the patient is. What was said of the way in is sealed before it comes here."""

    place: GivenPlace
    way_in: HomeEntry | None = None
    """None: nothing new was said of it, and what is known stays."""
    nothing_said: bool = False
    """What was said of the way in was wrong: there is nothing to say."""
    staff_name: str = ""


class RecordNumbers(DeviceCommand, frozen=True, kw_only=True):
    """Say which numbers to ring, first first."""

    numbers: Annotated[tuple[GivenNumber, ...], Meta(max_length=10)]


class RecordNeeds(DeviceCommand, frozen=True, kw_only=True):
    """Say which GP, which language, and whether an interpreter is wanted."""

    gp_name: Line = ""
    language: Line = ""
    needs_interpreter: bool = False


class ReportProblem(DeviceCommand, frozen=True, kw_only=True):
    """Write down what is the matter, in the caller's words."""

    words: LongText


class WriteNote(DeviceCommand, frozen=True, kw_only=True):
    """Write down what the answers do not say."""

    text: LongText
    staff_name: str


class DescribePatient(DeviceCommand, frozen=True, kw_only=True):
    """Say who the caller says it is."""

    patient: GivenPatient


class SayAdvice(DeviceCommand, frozen=True, kw_only=True):
    """Tick (or untick) a piece of advice that was read out."""

    text: LongText
    said: bool = True


class AmbulanceNow(DeviceCommand, frozen=True, kw_only=True):
    """Ask for an ambulance at once, whatever the questions have come to."""

    category: Literal["C1", "C2"]
    reason: ShortText = "Asked for by the call handler"
    staff_name: str


class AskForClinician(DeviceCommand, frozen=True, kw_only=True):
    """Put the case in the clinical queue, whatever the questions have come to."""

    reason: ShortText = "Asked for by the call handler"
    at: datetime
    staff_name: str
    staff_id: str = ""


class RecordAmbulancePhoned(DeviceCommand, frozen=True, kw_only=True):
    """Control has it by telephone, under this number of theirs."""

    incident_number: ShortText
    at: datetime
    staff_name: str


class FinishCall(DeviceCommand, frozen=True, kw_only=True):
    """The call handler's part is done."""

    at: datetime
    staff_name: str


DeviceEntryCommand: TypeAlias = (
    OpenCase
    | RecordCaller
    | RecordPlace
    | RecordNumbers
    | RecordNeeds
    | ReportProblem
    | WriteNote
    | DescribePatient
    | SayAdvice
    | AmbulanceNow
    | AskForClinician
    | RecordAmbulancePhoned
    | FinishCall
)
