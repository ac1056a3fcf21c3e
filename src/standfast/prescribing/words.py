"""What prescribing says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.prescribing import (
    MedicineEvent,
    MedicineSupplied,
    NeedChanged,
    NeedDeclined,
    NeedEvent,
    NeedPutBack,
    NeedReceived,
    NeedTaken,
    PrescribedItem,
    PrescriptionCancelled,
    PrescriptionSent,
    PrescriptionSigned,
    PrescriptionWritten,
    SupplyRefused,
    SupplyUndone,
)
from standfast.prescribing.content import quantity, strength
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import Stage
from standfast.prescribing.tables import Supply

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.UNKNOWN_NEED: "Nobody has asked for medicines for this case. Look at the queue again.",
    Refusal.NEED_ENDED: "This need is with a pharmacy or has ended. Look at what came of it.",
    Refusal.TAKEN_BY_ANOTHER: "{who} has taken it. Take the next one.",
    Refusal.NOT_YOURS: "Take it first: only the prescriber who has taken it can do this.",
    Refusal.PRESCRIPTION_LIVE: "Prescription {number} is signed. Send it, or cancel it first.",
    Refusal.PATIENT_NOT_NAMED: (
        "A prescription needs the patient's full name. Ring them and have it recorded first."
    ),
    Refusal.NOT_CODED: "Select a medicine from the formulary: free text is not prescribed.",
    Refusal.DEMONSTRATION_ONLY: (
        "This medicine is listed for demonstration only. Ask your IT officer for the formulary."
    ),
    Refusal.CONTROLLED_DRUG: (
        "{medicine} is a controlled drug of schedule {schedule} and is not prescribed here out "
        "of hours. Arrange for it to be seen by the on-call doctor."
    ),
    Refusal.QUANTITY_TOO_SMALL: "Enter a whole number of 1 or more.",
    Refusal.QUANTITY_ABOVE_MAXIMUM: "Enter {most} or fewer. {source}",
    Refusal.UNIT_CHANGED: "This medicine is counted in {unit}. Check the quantity, then save again.",
    Refusal.DOSE_MISSING: "Select or enter the dose.",
    Refusal.DOSE_LEFT_OPEN: "Enter how much to take and when, in figures or words.",
    Refusal.ALLERGIES_NOT_RECORDED: (
        "Allergies are not recorded: ask the patient, then enter what they said."
    ),
    Refusal.ALLERGIES_UNAVAILABLE: (
        "The record of allergies is unavailable: ask the patient, then enter what they said."
    ),
    Refusal.ALLERGY_SEVERE: (
        "Known allergy: {allergy}. {medicine} must not be prescribed. Select another medicine."
    ),
    Refusal.ALLERGY_MATCH: (
        "Known allergy: {allergy}. Select another medicine, or enter why {medicine} is safe."
    ),
    Refusal.DUPLICATE_MEDICINE: (
        "The patient takes {medicine} already. Enter why this is needed as well."
    ),
    Refusal.SAFETY_CHANGED: (
        "The record of allergies and medicines has changed since it was on your screen. "
        "Read it again, then write the prescription again."
    ),
    Refusal.NOTHING_TO_SIGN: "There is nothing of yours to sign. Write the prescription first.",
    Refusal.ALREADY_SIGNED: "{who} has signed this prescription. Send it, or cancel it.",
    Refusal.NOT_CONFIRMED: "Tick that you have checked it against the patient.",
    Refusal.NOT_PROVEN: "A signature needs your passkey. Sign it again, and touch your key.",
    Refusal.CONTENT_CHANGED: (
        "This is not what was on your screen. Read it again as it is now, then sign."
    ),
    Refusal.PATIENT_CHANGED: (
        "Who the patient is has changed since it was written. Do not supply it: the "
        "prescriber must cancel or discard it, and write it again."
    ),
    Refusal.NO_REGISTRATION: (
        "Your professional registration is not known here. Ask your IT officer to record it."
    ),
    Refusal.NOT_SIGNED: "Sign the prescription before you send it.",
    Refusal.CONTENT_ALTERED: (
        "What this prescription says is not what was signed. It must not be supplied: "
        "ring the prescriber."
    ),
    Refusal.ALREADY_SENT: "It is with {pharmacy} already. Cancel it before you send another.",
    Refusal.PHARMACY_CLOSED: "{pharmacy} is not open now. Select another pharmacy.",
    Refusal.NOTHING_TO_CANCEL: "There is no signed prescription to cancel. Look at the case again.",
    Refusal.NOT_AT_PHARMACY: "This prescription is not with your pharmacy now. Look at the list.",
    Refusal.CANCELLED: "{who} has cancelled this prescription. Do not supply it.",
    Refusal.ALREADY_SUPPLIED: "{who} has supplied it already. Do not supply it again.",
    Refusal.NOT_SUPPLIED: "It is not marked as supplied: nothing to undo. Look at the list again.",
    Refusal.TOO_LATE_TO_UNDO: "More than 2 minutes have passed. Ring the prescriber instead.",
    Refusal.NO_MAXIMUM: "Enter the maximum quantity and where that comes from.",
    Refusal.LISTED_ELSEWHERE: "Another organisation has listed this code. Look it up again.",
}

STAGES: Final[Mapping[Stage, str]] = {
    Stage.WAITING: "Waiting",
    Stage.TAKEN: "Taken",
    Stage.DRAFTED: "Drafted, not signed",
    Stage.SIGNED: "Signed, not sent",
    Stage.SENT: "With the pharmacy",
    Stage.SUPPLIED: "Supplied",
    Stage.DECLINED: "Advice, no prescription",
}
SUPPLIES: Final[Mapping[Supply, str]] = {
    Supply.TO_DO: "To do",
    Supply.SUPPLIED: "Supplied",
    Supply.NOT_SUPPLIED: "Not supplied",
    Supply.CANCELLED: "Cancelled",
}


def line(item: PrescribedItem) -> str:
    """Return a medicine and its quantity in one line of plain text."""
    return (
        f"{item.generic_name} {item.form} {item.strength}, "
        f"{quantity(item.quantity, item.unit)}, {item.dose}"
    )


def describe(event: NeedEvent) -> str:  # noqa: C901, PLR0911, PLR0912 - one case each
    """Return one plain sentence for *event*."""
    match event:
        case NeedReceived():
            return f"Medicines asked for: {event.problem}"
        case NeedChanged():
            return "Details of the patient brought up to date"
        case NeedTaken():
            return f"{event.staff_name} has it"
        case NeedPutBack():
            return f"Put back in the queue by {event.by}: {event.reason}"
        case PrescriptionWritten():
            return f"Prescription {event.number} drafted by {event.by}: {line(event.item)}"
        case PrescriptionSigned():
            return f"Prescription signed by {event.staff_name} ({event.registration})"
        case PrescriptionSent():
            return f"Prescription sent to {event.pharmacy_name} by {event.by}"
        case PrescriptionCancelled():
            return f"Prescription cancelled by {event.by}: {event.reason}"
        case MedicineSupplied():
            return f"Medicine supplied by {event.by}, {event.pharmacy_name}"
        case SupplyUndone():
            return f"Supply undone by {event.by}: it was a slip, nothing was given out"
        case SupplyRefused():
            return f"{event.pharmacy_name} cannot supply it: {event.reason} ({event.by})"
        case NeedDeclined():
            return f"No prescription, {event.by} advised: {event.advice}"
        case _:
            assert_never(event)


def describe_medicine(event: MedicineEvent) -> str:
    """Return one plain sentence for a line of the formulary."""
    known = event.medicine
    size = strength(known.strength_value, known.strength_unit)
    most = quantity(known.maximum_quantity, known.unit)
    return f"{known.generic_name} {known.form} {size} listed, at most {most}"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "prescribing.need": describe,
    "prescribing.medicine": describe_medicine,
}
"""By kind of stream: one plain sentence for each of its events."""
