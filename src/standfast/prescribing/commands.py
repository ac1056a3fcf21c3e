"""What may be asked of one need for medicines."""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta

from standfast.facts.contact import NumberToRing, Patient
from standfast.facts.prescribing import Medicine
from standfast.kernel.geo import Point
from standfast.kernel.messages import Command
from standfast.kernel.values import LongText, ShortText
from standfast.prescribing.safety import Safety

Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=10_000)]
"""A whole number of what the medicine is counted in. Its own maximum is far lower."""

Reason: TypeAlias = Annotated[str, Meta(max_length=500)]
"""Why a warning does not hold this time; empty when there was none."""


class ReceiveNeed(Command, frozen=True, kw_only=True):
    """Take in what a case asks for. Never refused: nothing asked for is lost."""

    case_id: str
    org: str
    reference: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None
    problem: str
    findings: tuple[str, ...]
    priority: int
    due_at: datetime


class ChangeDetails(Command, frozen=True, kw_only=True):
    """Take in what the case has learnt since. Never refused."""

    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None


class TakeNeed(Command, frozen=True, kw_only=True):
    """Have it: from now on nobody else prescribes for it."""

    staff_id: str
    staff_name: str


class PutBackNeed(Command, frozen=True, kw_only=True):
    """Put it back in the queue; a draft is thrown away."""

    reason: ShortText
    staff_name: str


class WritePrescription(Command, frozen=True, kw_only=True):
    """Draft what to supply.

    ``unit`` and ``seen`` are what the screen showed: what the quantity counts, and the
    :func:`~standfast.prescribing.safety.safety_hash` of allergies and medicines. ``safety`` is
    what the record says now. ``demonstration`` says whether this service is one.
    """

    medicine: Medicine
    quantity: Quantity
    unit: str
    dose: ShortText
    safety: Safety
    seen: str
    no_allergies_reason: Reason = ""
    allergy_reason: Reason = ""
    duplicate_reason: Reason = ""
    staff_id: str
    staff_name: str
    demonstration: bool


class SignPrescription(Command, frozen=True, kw_only=True):
    """Sign exactly the content whose SHA-256 was on the screen.

    ``safety_hash`` is that of the record now; ``registration`` the prescriber's own.
    """

    prescription_id: str
    content_hash: str
    safety_hash: str
    confirmed: bool
    staff_id: str
    staff_name: str
    registration: str
    proof_id: str = ""
    """What the prescriber's passkey answered for this content."""


class SendPrescription(Command, frozen=True, kw_only=True):
    """Send it to this pharmacy alone; ``is_open`` is what the directory says now."""

    prescription_id: str
    pharmacy_org: str
    pharmacy_name: str
    is_open: bool
    staff_id: str
    staff_name: str


class CancelPrescription(Command, frozen=True, kw_only=True):
    """Take a signed prescription back before it is supplied."""

    prescription_id: str
    reason: ShortText
    staff_id: str
    staff_name: str


class DeclineNeed(Command, frozen=True, kw_only=True):
    """Prescribe nothing; the patient was told ``advice``."""

    advice: LongText
    staff_id: str
    staff_name: str


class SupplyMedicine(Command, frozen=True, kw_only=True):
    """Say that the pharmacy ``pharmacy_org`` has given it out."""

    prescription_id: str
    pharmacy_org: str
    staff_id: str
    staff_name: str


class UndoSupply(Command, frozen=True, kw_only=True):
    """Say that nothing was given out after all: it was a slip."""

    prescription_id: str
    pharmacy_org: str
    staff_name: str


class RefuseSupply(Command, frozen=True, kw_only=True):
    """Give it back to the prescriber: the pharmacy cannot supply it."""

    prescription_id: str
    pharmacy_org: str
    reason: ShortText
    staff_name: str


NeedCommand: TypeAlias = (
    ReceiveNeed
    | ChangeDetails
    | TakeNeed
    | PutBackNeed
    | WritePrescription
    | SignPrescription
    | SendPrescription
    | CancelPrescription
    | DeclineNeed
    | SupplyMedicine
    | UndoSupply
    | RefuseSupply
)
