"""What was written on one form and keyed from it. This file only ever grows.

Every time in here is the true one, as it stands on the paper; when it was keyed is said apart.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from standfast.facts.contact import NumberToRing, Patient
from standfast.kernel.geo import Point
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.messages import Event


class PaperAnswer(Struct, frozen=True, kw_only=True):
    """The number in the box of one question; ``line`` is both in words."""

    question_id: str
    key: str
    line: str = ""


class PaperAmbulance(Struct, frozen=True, kw_only=True):
    """An ambulance that was asked for by telephone. It is not asked for again."""

    category: str
    incident_number: str
    desk_name: str
    rung_at: datetime


class PaperService(Struct, frozen=True, kw_only=True):
    """Where the patient was sent or booked by telephone. Nothing is booked again."""

    name: str
    appointment: str
    rung_at: datetime


class PaperClinician(Struct, frozen=True, kw_only=True):
    """A clinician who spoke to them, and what they advised."""

    name: str
    advised: str
    spoke_at: datetime


class PaperPrescription(Struct, frozen=True, kw_only=True):
    """A prescription that was written on paper. None is asked for again."""

    what: str
    written_at: datetime


class PaperEnding(Struct, frozen=True, kw_only=True):
    """An outcome that stands on the form and that no answers lead to.

    ``kind`` is triage's word for who has to act; ``category`` is None but for an ambulance.
    """

    code: str
    label: str
    detail: str
    kind: str
    minutes: int
    priority: int
    rank: int
    category: str | None
    needs: tuple[str, ...]


class PaperCall(Struct, frozen=True, kw_only=True):
    """A call as a form tells it."""

    called_at: datetime
    taken_by: str
    ended_at: datetime | None = None
    rang_from: str = ""
    caller_name: str = ""
    relationship: str = ""
    with_patient: bool | None = None
    address: str = ""
    postcode: str = ""
    point: Point | None = None
    """Where the postcode lies, if the gazetteer knows."""
    way_in: HomeEntry | None = None
    """How to get in, sealed; None: nothing was written."""
    numbers: tuple[NumberToRing, ...] = ()
    patient: Patient = Patient()
    gp_name: str = ""
    words: str = ""
    content: str = ""
    """The version of the questions on the form."""
    answers: tuple[PaperAnswer, ...] = ()
    unused: tuple[str, ...] = ()
    """Answers that the questions do not lead to, in words."""
    reached_at: datetime | None = None
    ending: PaperEnding | None = None
    """None: the answers lead to an outcome by themselves."""
    ambulance: PaperAmbulance | None = None
    ambulance_not_needed: str = ""
    """Why none was asked for although the questions lead to one."""
    service: PaperService | None = None
    clinician: PaperClinician | None = None
    prescription: PaperPrescription | None = None
    advice_read: bool = False
    worsening_read: bool = False
    notes: str = ""


class Safety(Struct, frozen=True, kw_only=True):
    """What two people read independently, as it stands on the paper."""

    allergies: str
    medicines: str
    safeguarding: str


class PictureBytes(Struct, frozen=True, kw_only=True):
    """What lies beside the journal: its SHA-256 in hex, and how many bytes."""

    sha256: str
    size: int


class PictureKept(Event, frozen=True, kw_only=True, tag="continuity.picture_kept.v1"):
    """The form as it was scanned or photographed; kept for as long as the case is."""

    form_id: str
    pack_id: str
    org: str
    number: int
    contents: tuple[PictureBytes, ...]
    by: str
    by_name: str
    kept_at: datetime
    picture_id: str = ""


class FieldKeyed(Event, frozen=True, kw_only=True, tag="continuity.field_keyed.v1"):
    """Somebody keyed one field, as it stands on the paper; the latest counts."""

    form_id: str
    pack_id: str
    org: str
    number: int
    field: str
    value: str
    by: str
    by_name: str
    keyed_at: datetime
    way_in: HomeEntry | None = None
    """In place of ``value``, for how to get in."""


class FormKeyed(Event, frozen=True, kw_only=True, tag="continuity.form_keyed.v1"):
    """All of a form but what two people must read is keyed: it is a case from now on."""

    form_id: str
    pack_id: str
    org: str
    number: int
    code: str
    call: PaperCall
    reasons: tuple[str, ...]
    """Why a clinician must sign it; empty: nobody need."""
    by: str
    by_name: str
    keyed_at: datetime


class SecondReading(Event, frozen=True, kw_only=True, tag="continuity.second_reading.v1"):
    """Somebody else read allergies, medicines and safeguarding, without seeing the first."""

    form_id: str
    org: str
    read: Safety
    agrees: bool
    by: str
    by_name: str
    read_at: datetime


class SafetyWord(Event, frozen=True, kw_only=True, tag="continuity.safety_word.v1"):
    """What somebody says stands on the paper, of which two people read different things."""

    form_id: str
    org: str
    safety: Safety
    by: str
    by_name: str
    said_at: datetime


class SafetySettled(Event, frozen=True, kw_only=True, tag="continuity.safety_settled.v1"):
    """This is what stands on the paper: both read the same, or somebody has settled it."""

    form_id: str
    pack_id: str
    org: str
    number: int
    code: str
    safety: Safety
    read_by: tuple[str, ...]
    reasons: tuple[str, ...]
    by: str
    by_name: str
    settled_at: datetime
    settled_by: tuple[str, ...] = ()
    """Who said so, of what two people read differently; empty: both had read the same."""


class FormSigned(Event, frozen=True, kw_only=True, tag="continuity.form_signed.v1"):
    """A clinician has read what was keyed, and what they did about it."""

    form_id: str
    org: str
    note: str
    by: str
    by_name: str
    signed_at: datetime


FormEvent: TypeAlias = (
    PictureKept
    | FieldKeyed
    | FormKeyed
    | SecondReading
    | SafetyWord
    | SafetySettled
    | FormSigned
)
