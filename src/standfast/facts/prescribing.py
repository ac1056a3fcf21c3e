"""Urgent medicines, from the need to the supply. This file only ever grows."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from standfast.facts.contact import NumberToRing, Patient
from standfast.kernel.geo import Point
from standfast.kernel.messages import Event


class PrescribedItem(Struct, frozen=True, kw_only=True):
    """One coded medicine, exactly as it is to be supplied."""

    code: str
    system: str
    generic_name: str
    form: str
    strength: str
    route: str
    dose: str
    quantity: int
    unit: str


class NeedReceived(Event, frozen=True, kw_only=True, tag="prescribing.need_received.v1"):
    """Somebody needs medicines by ``due_at``; a prescriber of ``org`` must look."""

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
    received_at: datetime
    priority: int = 3
    """1 (most urgent) to 5, as triage has it."""


class NeedChanged(Event, frozen=True, kw_only=True, tag="prescribing.need_changed.v1"):
    """The case has learnt who the patient is, where they are or whom to ring."""

    case_id: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None
    changed_at: datetime


class NeedTaken(Event, frozen=True, kw_only=True, tag="prescribing.need_taken.v1"):
    """A prescriber has it."""

    case_id: str
    staff_id: str
    staff_name: str
    taken_at: datetime


class NeedPutBack(Event, frozen=True, kw_only=True, tag="prescribing.need_put_back.v1"):
    """It is back in the queue, for the reason given."""

    case_id: str
    reason: str
    by: str
    at: datetime


class PrescriptionWritten(
    Event, frozen=True, kw_only=True, tag="prescribing.prescription_written.v1"
):
    """A prescription was drafted; it is nobody's to supply until it is signed and sent.

    ``allergies_seen`` is what the screen said of allergies when it was written;
    ``allergies_reason`` why it was written although they were not recorded. ``safety_hash``
    is the SHA-256 of the allergies and medicines as they were on the screen.
    """

    case_id: str
    prescription_id: str
    item: PrescribedItem
    allergies_seen: str
    allergies_reason: str
    warnings_overridden: tuple[str, ...]
    by: str
    written_at: datetime
    number: str = ""
    """What people call it, such as ``P-7F3-K2M``."""
    staff_id: str = ""
    patient: Patient = Patient()
    address: tuple[str, ...] = ()
    safety_hash: str = ""


class PrescriptionSigned(
    Event, frozen=True, kw_only=True, tag="prescribing.prescription_signed.v1"
):
    """The prescriber signed exactly this content: ``content_hash`` is its SHA-256, in hex."""

    case_id: str
    prescription_id: str
    content_hash: str
    staff_id: str
    staff_name: str
    registration: str
    signed_at: datetime
    proof_id: str = ""
    """What their passkey answered for this content (``identity.answer``)."""


class PrescriptionSent(
    Event, frozen=True, kw_only=True, tag="prescribing.prescription_sent.v1"
):
    """It lies with this pharmacy, for it alone."""

    case_id: str
    prescription_id: str
    pharmacy_org: str
    pharmacy_name: str
    by: str
    sent_at: datetime
    person_id: str = ""
    """Whom it is for; empty: nobody whose record is known."""


class PrescriptionCancelled(
    Event, frozen=True, kw_only=True, tag="prescribing.prescription_cancelled.v1"
):
    """The prescriber took it back before it was supplied. It may never be supplied again."""

    case_id: str
    prescription_id: str
    reason: str
    by: str
    cancelled_at: datetime


class MedicineSupplied(
    Event, frozen=True, kw_only=True, tag="prescribing.medicine_supplied.v1"
):
    """The pharmacy has given it out."""

    case_id: str
    prescription_id: str
    pharmacy_name: str
    by: str
    supplied_at: datetime
    staff_id: str = ""


class SupplyUndone(Event, frozen=True, kw_only=True, tag="prescribing.supply_undone.v1"):
    """The supply of ``supplied_at`` was a slip of the mouse: nothing was given out."""

    case_id: str
    prescription_id: str
    supplied_at: datetime
    by: str
    undone_at: datetime


class SupplyRefused(Event, frozen=True, kw_only=True, tag="prescribing.supply_refused.v1"):
    """The pharmacy cannot supply it; the need is back in the prescriber's queue."""

    case_id: str
    prescription_id: str
    pharmacy_name: str
    reason: str
    by: str
    refused_at: datetime


class NeedDeclined(Event, frozen=True, kw_only=True, tag="prescribing.need_declined.v1"):
    """No prescription; ``advice`` says what was told to the patient instead."""

    case_id: str
    advice: str
    by: str
    declined_at: datetime


NeedEvent: TypeAlias = (
    NeedReceived
    | NeedChanged
    | NeedTaken
    | NeedPutBack
    | PrescriptionWritten
    | PrescriptionSigned
    | PrescriptionSent
    | PrescriptionCancelled
    | MedicineSupplied
    | SupplyUndone
    | SupplyRefused
    | NeedDeclined
)

# --- The formulary -------------------------------------------------------------------------


class Ingredient(Struct, frozen=True, kw_only=True):
    """A substance in a medicine. An allergy may name it or one of its ``classes``."""

    substance: str
    classes: tuple[str, ...] = ()


class Medicine(Struct, frozen=True, kw_only=True):
    """One coded medicine that may be prescribed out of hours, and how much of it."""

    code: str
    system: str
    generic_name: str
    form: str
    strength_value: float
    strength_unit: str
    """As it is said after the number: ``mg``, ``mg/5 mL``, ``micrograms/dose``."""
    route: str
    doses: tuple[str, ...]
    """The usual doses, as they are printed on the label."""
    unit: str
    """What is counted, in the singular: ``capsule``, ``mL``."""
    maximum_quantity: int
    maximum_source: str
    """Where that maximum comes from."""
    ingredients: tuple[Ingredient, ...]
    schedule: str = ""
    """The controlled-drug schedule, such as ``4 (part 1)``; empty when it is none."""
    is_demonstration: bool = False
    """It is for trying the program: a live service must refuse it."""


class MedicineListed(Event, frozen=True, kw_only=True, tag="prescribing.medicine_listed.v1"):
    """The medicine is in the formulary of ``org``, with these details from now on."""

    org: str
    medicine: Medicine
    listed_at: datetime
    by: str


MedicineEvent: TypeAlias = MedicineListed
