"""When a prescription may be drafted, and what it then says. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from standfast.facts.prescribing import Medicine, PrescriptionWritten
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from standfast.prescribing.commands import WritePrescription
from standfast.prescribing.content import item_of, prescription_number, quantity, units
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.safety import (
    Fault,
    Reasons,
    allergies_seen,
    overridden,
    safety_faults,
    safety_hash,
)
from standfast.prescribing.signing import must_hold
from standfast.prescribing.state import Need

SNOMED: Final = "http://snomed.info/sct"
OUR_CODES: Final = "standfast-demo"
CONTROLLED: Final = ("1", "2", "3")
"""Schedules of the Misuse of Drugs Regulations 2001 whose prescriptions have rules of their own
(regulation 15). None is prescribed here out of hours."""


OPEN_DOSES: Final = ("as before", "as directed", "by age")
"""Words that leave the amount to whoever reads them (BNF, prescription writing: avoid them)."""


def write(
    need: Need, command: WritePrescription, at: datetime
) -> tuple[PrescriptionWritten, ...]:
    """Draft it, or draft it anew, unless something stands against it."""
    must_hold(need, command.staff_id)
    if need.live is not None and need.live.content is not None:
        raise Refused(Refusal.PRESCRIPTION_LIVE, number=need.live.content.number)
    if not (need.patient.family and need.patient.given):
        raise Refused(Refusal.PATIENT_NOT_NAMED)
    if safety_hash(command.safety) != command.seen:
        raise Refused(Refusal.SAFETY_CHANGED)
    for fault in faults(command):
        raise Refused(fault.reason, **fault.details)
    return (_draft(need, command, at),)


def faults(command: WritePrescription) -> Iterator[Fault]:
    """Yield everything that must be put right before this may be drafted."""
    yield from medicine_faults(command.medicine, demonstration=command.demonstration)
    yield from quantity_faults(command.medicine, command.quantity, command.unit)
    if not command.dose.strip():
        yield Fault(field="dose", reason=Refusal.DOSE_MISSING)
    elif is_open(command.dose):
        yield Fault(field="dose", reason=Refusal.DOSE_LEFT_OPEN)
    yield from safety_faults(command.medicine, command.safety, reasons_of(command))


def medicine_faults(medicine: Medicine, *, demonstration: bool) -> Iterator[Fault]:
    """Yield why *medicine* may not be prescribed here at all."""
    if not medicine.code.strip() or medicine.system not in (SNOMED, OUR_CODES):
        yield Fault(field="", reason=Refusal.NOT_CODED)
    if medicine.is_demonstration and not demonstration:
        yield Fault(field="", reason=Refusal.DEMONSTRATION_ONLY)
    if is_controlled(medicine):
        details = {"medicine": medicine.generic_name, "schedule": medicine.schedule}
        yield Fault(field="", reason=Refusal.CONTROLLED_DRUG, details=details)


def is_controlled(medicine: Medicine) -> bool:
    """Return whether it is of a schedule that is not prescribed here."""
    return medicine.schedule.strip().startswith(CONTROLLED)


def is_open(dose: str) -> bool:
    """Return whether a dose does not say how much."""
    return any(words in dose.casefold() for words in OPEN_DOSES)


def quantity_faults(medicine: Medicine, amount: int, unit: str) -> Iterator[Fault]:
    """Yield what is wrong with an amount: never more than the maximum, never another unit."""
    if unit != medicine.unit:
        details = {"unit": units(medicine.unit)}
        yield Fault(field="quantity", reason=Refusal.UNIT_CHANGED, details=details)
    if amount < 1:
        yield Fault(field="quantity", reason=Refusal.QUANTITY_TOO_SMALL)
    if amount > medicine.maximum_quantity:
        details = {
            "most": quantity(medicine.maximum_quantity, medicine.unit),
            "source": medicine.maximum_source,
        }
        yield Fault(field="quantity", reason=Refusal.QUANTITY_ABOVE_MAXIMUM, details=details)


def reasons_of(command: WritePrescription) -> Reasons:
    """Return the reasons that a command gives."""
    return Reasons(
        no_allergies=command.no_allergies_reason,
        allergy=command.allergy_reason,
        duplicate=command.duplicate_reason,
    )


def _draft(need: Need, command: WritePrescription, at: datetime) -> PrescriptionWritten:
    if need.draft is not None:
        prescription_id = need.draft.prescription_id
    else:
        prescription_id = child_id(need.case_id, f"prescription/{len(need.prescriptions) + 1}")
    return PrescriptionWritten(
        case_id=need.case_id,
        prescription_id=prescription_id,
        number=prescription_number(prescription_id),
        patient=need.patient,
        address=command.safety.address,
        item=item_of(command.medicine, quantity=command.quantity, dose=command.dose),
        allergies_seen=allergies_seen(command.safety),
        allergies_reason=command.no_allergies_reason.strip(),
        warnings_overridden=overridden(command.medicine, command.safety, reasons_of(command)),
        safety_hash=safety_hash(command.safety),
        staff_id=command.staff_id,
        by=command.staff_name,
        written_at=at,
    )
