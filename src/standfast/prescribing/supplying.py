"""What the pharmacy may do with a prescription: once, and only its own. Pure."""

from datetime import datetime, timedelta
from typing import Final

from standfast.facts.prescribing import (
    MedicineSupplied,
    NeedEvent,
    PrescriptionSent,
    SupplyRefused,
    SupplyUndone,
)
from standfast.kernel.messages import Refused
from standfast.prescribing.commands import RefuseSupply, SupplyMedicine, UndoSupply
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import TICK, Need, Prescription

UNDO_WITHIN: Final = timedelta(minutes=2)
"""A slip of the mouse is noticed within so long; later a supply is a supply."""


def supply(need: Need, command: SupplyMedicine, at: datetime) -> tuple[NeedEvent, ...]:
    """Record that it was given out: once, however often it is said (hazard H23)."""
    known, sent = _at_pharmacy(need, command.prescription_id, command.pharmacy_org)
    if known.supplied is not None:
        if known.supplied.staff_id == command.staff_id:
            return ()
        raise Refused(Refusal.ALREADY_SUPPLIED, who=known.supplied.by)
    _must_be_live(known)
    if known.is_altered:
        raise Refused(Refusal.CONTENT_ALTERED)
    if need.is_for_another(known):
        raise Refused(Refusal.PATIENT_CHANGED)
    return (
        MedicineSupplied(
            case_id=need.case_id,
            prescription_id=known.prescription_id,
            pharmacy_name=sent.pharmacy_name,
            staff_id=command.staff_id,
            by=command.staff_name,
            supplied_at=at,
        ),
    )


def undo_supply(need: Need, command: UndoSupply, at: datetime) -> tuple[NeedEvent, ...]:
    """Take a slip back; it lies with the pharmacy again, and those who ask are told so."""
    known, sent = _at_pharmacy(need, command.prescription_id, command.pharmacy_org)
    if known.supplied is None:
        raise Refused(Refusal.NOT_SUPPLIED)
    if at - known.supplied.supplied_at > UNDO_WITHIN:
        raise Refused(Refusal.TOO_LATE_TO_UNDO)
    return (
        SupplyUndone(
            case_id=need.case_id,
            prescription_id=known.prescription_id,
            supplied_at=known.supplied.supplied_at,
            by=command.staff_name,
            undone_at=at,
        ),
        PrescriptionSent(
            case_id=need.case_id,
            prescription_id=known.prescription_id,
            pharmacy_org=sent.pharmacy_org,
            pharmacy_name=sent.pharmacy_name,
            by=command.staff_name,
            sent_at=at + TICK,
        ),
    )


def refuse_supply(need: Need, command: RefuseSupply, at: datetime) -> tuple[NeedEvent, ...]:
    """Give it back: this prescription is over, the need waits for a prescriber again."""
    known, sent = _at_pharmacy(need, command.prescription_id, command.pharmacy_org)
    if known.supplied is not None:
        raise Refused(Refusal.ALREADY_SUPPLIED, who=known.supplied.by)
    if known.refused is not None:
        return ()
    _must_be_live(known)
    return (
        SupplyRefused(
            case_id=need.case_id,
            prescription_id=known.prescription_id,
            pharmacy_name=sent.pharmacy_name,
            reason=command.reason,
            by=command.staff_name,
            refused_at=at,
        ),
    )


def _at_pharmacy(
    need: Need, prescription_id: str, pharmacy_org: str
) -> tuple[Prescription, PrescriptionSent]:
    known = need.prescription(prescription_id)
    if known is None or known.sent is None or known.sent.pharmacy_org != pharmacy_org:
        raise Refused(Refusal.NOT_AT_PHARMACY)
    return known, known.sent


def _must_be_live(known: Prescription) -> None:
    if known.cancelled is not None:
        raise Refused(Refusal.CANCELLED, who=known.cancelled.by)
    if not known.is_live:
        raise Refused(Refusal.NOT_AT_PHARMACY)
