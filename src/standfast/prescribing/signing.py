"""When a prescription may be signed, sent and taken back. Pure."""

from datetime import datetime

from standfast.facts.prescribing import (
    NeedEvent,
    NeedPutBack,
    NeedTaken,
    PrescriptionCancelled,
    PrescriptionSent,
    PrescriptionSigned,
)
from standfast.kernel.messages import Refused
from standfast.prescribing.commands import (
    CancelPrescription,
    SendPrescription,
    SignPrescription,
)
from standfast.prescribing.content import content_hash
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import TICK, Need


def sign(need: Need, command: SignPrescription, at: datetime) -> PrescriptionSigned:
    """Bind the prescriber's name to exactly what was on their screen (hazards H22, H24)."""
    must_hold(need, command.staff_id)
    known = need.prescription(command.prescription_id)
    if known is not None and known.signature is not None:
        raise Refused(Refusal.ALREADY_SIGNED, who=known.signature.staff_name)
    if known is None or known is not need.draft or known.content is None:
        raise Refused(Refusal.NOTHING_TO_SIGN)
    content = known.content
    if content.staff_id != command.staff_id or need.live is not None:
        raise Refused(Refusal.NOTHING_TO_SIGN)
    if content.patient != need.patient:
        raise Refused(Refusal.PATIENT_CHANGED)
    if content.safety_hash != command.safety_hash:
        raise Refused(Refusal.SAFETY_CHANGED)
    if content_hash(content) != command.content_hash:
        raise Refused(Refusal.CONTENT_CHANGED)
    if not command.registration:
        raise Refused(Refusal.NO_REGISTRATION)
    if not command.confirmed:
        raise Refused(Refusal.NOT_CONFIRMED)
    if not command.proof_id:
        raise Refused(Refusal.NOT_PROVEN)
    return PrescriptionSigned(
        case_id=need.case_id,
        prescription_id=known.prescription_id,
        content_hash=command.content_hash,
        staff_id=command.staff_id,
        staff_name=command.staff_name,
        registration=command.registration,
        signed_at=at,
        proof_id=command.proof_id,
    )


def send(need: Need, command: SendPrescription, at: datetime) -> tuple[NeedEvent, ...]:
    """Give it to one pharmacy. Sent twice to the same it is sent once."""
    known = need.prescription(command.prescription_id)
    if known is not None and known.sent is not None and known.is_live:
        if known.sent.pharmacy_org == command.pharmacy_org:
            return ()
        raise Refused(Refusal.ALREADY_SENT, pharmacy=known.sent.pharmacy_name)
    must_hold(need, command.staff_id)
    if known is None or not known.is_live or known.content is None:
        raise Refused(Refusal.NOT_SIGNED)
    if known.is_altered:
        raise Refused(Refusal.CONTENT_ALTERED)
    if known.content.patient.person_id != need.patient.person_id:
        raise Refused(Refusal.PATIENT_CHANGED)
    if not command.is_open:
        raise Refused(Refusal.PHARMACY_CLOSED, pharmacy=command.pharmacy_name)
    return (
        PrescriptionSent(
            case_id=need.case_id,
            prescription_id=known.prescription_id,
            pharmacy_org=command.pharmacy_org,
            pharmacy_name=command.pharmacy_name,
            by=command.staff_name,
            sent_at=at,
            person_id=known.content.patient.person_id or "",
        ),
    )


def cancel(need: Need, command: CancelPrescription, at: datetime) -> tuple[NeedEvent, ...]:
    """Take it back. Any prescriber may, also for one who has gone home, and then has the need.

    Those who ask after it are told by ``NeedTaken`` that a prescriber has it again.
    """
    known = need.prescription(command.prescription_id)
    if known is not None and known.supplied is not None:
        raise Refused(Refusal.ALREADY_SUPPLIED, who=known.supplied.by)
    if known is None or not known.is_live:
        raise Refused(Refusal.NOTHING_TO_CANCEL)
    cancelled = PrescriptionCancelled(
        case_id=need.case_id,
        prescription_id=known.prescription_id,
        reason=command.reason,
        by=command.staff_name,
        cancelled_at=at,
    )
    taken = NeedTaken(
        case_id=need.case_id,
        staff_id=command.staff_id,
        staff_name=command.staff_name,
        taken_at=at + 2 * TICK,
    )
    if need.holder is not None and need.holder.staff_id == command.staff_id:
        return (cancelled, taken)
    put_back = NeedPutBack(
        case_id=need.case_id, reason=command.reason, by=command.staff_name, at=at + TICK
    )
    return (cancelled, put_back, taken)


def must_hold(need: Need, staff_id: str) -> None:
    """Only whoever took the need prescribes for it; not a supervisor, not a colleague."""
    if need.received is None:
        raise Refused(Refusal.UNKNOWN_NEED)
    if need.is_ended:
        raise Refused(Refusal.NEED_ENDED)
    if need.holder is None or need.holder.staff_id != staff_id:
        raise Refused(Refusal.NOT_YOURS)
