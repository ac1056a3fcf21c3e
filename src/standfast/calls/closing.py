"""What a case still owes somebody, and when it may be closed. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from standfast.calls.commands import CloseCase, PassMessageOn
from standfast.calls.refusals import Refusal
from standfast.calls.requests import SERVICE_KINDS
from standfast.calls.state import Ambulance, Case
from standfast.facts.cases import CaseClosed, CaseEvent, MessagePassedOn
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused


class Owing(StrEnum):
    """What is still to be done for a case by somebody."""

    AMBULANCE = "ambulance"
    CLINICIAN = "clinician"
    SERVICE = "service"
    PRESCRIPTION = "prescription"
    OUTCOME = "outcome"


class Outstanding(Struct, frozen=True, kw_only=True):
    """One thing that is unsent or that nobody owns. ``due_at`` is None when no time was set."""

    owing: Owing
    words: str
    due_at: datetime | None
    whose_id: str = ""
    whose: str = ""
    """Who sees to it, by id and name: whoever has the case, if nobody else does."""


REFUSED_FOR: Final[dict[Owing, Refusal]] = {
    Owing.AMBULANCE: Refusal.AMBULANCE_UNOWNED,
    Owing.CLINICIAN: Refusal.CLINICIAN_WAITING,
    Owing.SERVICE: Refusal.SERVICE_UNARRANGED,
    Owing.PRESCRIPTION: Refusal.PRESCRIPTION_UNOWNED,
    Owing.OUTCOME: Refusal.NO_OUTCOME,
}


def outstanding(case: Case) -> tuple[Outstanding, ...]:
    """Return all that is unsent or unowned, most serious first."""
    return tuple(
        structs.replace(each, whose_id=whose_id, whose=whose)
        for each in _outstanding(case)
        for whose_id, whose in (_whose(case, each.owing),)
    )


def close(case: Case, command: CloseCase, now: datetime) -> tuple[CaseEvent, ...]:
    """Close the case and make its message; refuse while anything is unsent or unowned."""
    if case.closed is not None:
        raise Refused(Refusal.ALREADY_CLOSED)
    if command.about is not None and command.about != case.patient:
        raise Refused(Refusal.PATIENT_CHANGED)
    for each in outstanding(case):
        if each.owing is Owing.OUTCOME and command.without_outcome:
            continue
        raise Refused(REFUSED_FOR[each.owing])
    return (
        CaseClosed(
            case_id=case.case_id,
            org=case.org,
            person_id=case.patient.person_id,
            summary=summary(case, command.without_outcome),
            message_id=child_id(case.case_id, "message"),
            closed_at=now,
            by=command.staff_name,
            gp_name=command.gp_name or case.gp_name,
            action=command.action,
            text=command.text,
        ),
    )


def pass_message_on(case: Case, command: PassMessageOn, now: datetime) -> tuple[CaseEvent, ...]:
    """Record that the message, or that it was about somebody else, reached the GP: once each."""
    if case.closed is None:
        raise Refused(Refusal.NOT_CLOSED)
    if (case.correction if case.is_misdirected else case.passed_on) is not None:
        raise Refused(Refusal.MESSAGE_ALREADY_PASSED_ON)
    return (
        MessagePassedOn(
            case_id=case.case_id,
            message_id=case.closed.message_id,
            way=command.way,
            by=command.staff_name,
            at=now,
            is_correction=case.is_misdirected,
        ),
    )


def summary(case: Case, without_outcome: str = "") -> str:
    """Return what came of the case, on one line."""
    parts = list(_came_of_it(case))
    return "; ".join(parts) if parts else without_outcome or "No outcome yet"


def _whose(case: Case, owing: Owing) -> tuple[str, str]:
    """Return who sees to it. After closing that is whoever asked, until a clinician has it."""
    clinical, wanted = case.clinical, case.clinical.wanted
    if owing is Owing.CLINICIAN and clinical.taken_id:
        return clinical.taken_id, clinical.taken_by
    if owing is Owing.CLINICIAN and case.closed is not None and wanted and wanted.by_id:
        return wanted.by_id, wanted.by or wanted.by_id
    return case.keeper_id, case.keeper if case.keeper_id else ""


def _outstanding(case: Case) -> Iterator[Outstanding]:
    if case.ambulance.is_live and not case.ambulance.is_owned:
        yield Outstanding(
            owing=Owing.AMBULANCE,
            words=f"Ambulance, category {case.ambulance.category[1:]}, not accepted",
            due_at=case.ambulance.accept_by,
        )
    if case.clinical.is_waiting:
        who = case.clinical.taken_by or "nobody yet"
        yield Outstanding(
            owing=Owing.CLINICIAN,
            words=f"Clinician to ring: {who}",
            due_at=case.clinical.wanted.due_at if case.clinical.wanted else None,
        )
    if _service_is_open(case) and case.disposition:
        yield Outstanding(
            owing=Owing.SERVICE,
            words=f"Nothing arranged: {case.disposition.label}",
            due_at=case.disposition.due_at,
        )
    requested = case.prescription.requested
    if requested is not None and not case.prescription.is_done:
        has, step = case.prescription.by, case.prescription.step
        yield Outstanding(
            owing=Owing.PRESCRIPTION,
            words=f"Prescription with {has}, not sent yet"
            if step in {"taken", "written"}
            else "Prescription requested, no prescriber has it yet",
            due_at=requested.due_at,
        )
    if case.closed is None and not _has_outcome(case):
        words = f"Finished without an outcome{_left(case)}" if case.finished_at else ""
        yield Outstanding(
            owing=Owing.OUTCOME, words=words or "No outcome yet", due_at=case.finished_at
        )


def _left(case: Case) -> str:
    """Return why the questions were left early, as the call handler's note says."""
    said = [note.text for note in case.notes if note.text.startswith(LEFT_EARLY)]
    return f": {said[-1].removeprefix(LEFT_EARLY)}" if said else ""


LEFT_EARLY: Final = "Left the questions early: "
"""How the call screen's note begins."""


def _service_is_open(case: Case) -> bool:
    """Return whether a service is wanted and neither booked, referred to nor made needless.

    An ambulance that ended with nobody attending makes nothing needless.
    """
    lost = bool(case.bookings) and case.bookings[-1].step in {"cancelled", "given_up"}
    wanted = case.disposition is not None and case.disposition.kind in SERVICE_KINDS
    if case.booking or case.referred or case.clinical.decided_at or case.ambulance.is_needed:
        return lost and wanted and not case.booking and _is_later(case)
    return wanted


def _is_later(case: Case) -> bool:
    """Return whether the appointment was lost after everything else that was arranged."""
    lost_at = case.bookings[-1].at
    others = (case.referred.at if case.referred else None, case.clinical.decided_at)
    return lost_at is not None and all(at is None or at < lost_at for at in others)


def _has_outcome(case: Case) -> bool:
    return bool(
        case.disposition
        or case.ambulance.is_needed
        or case.clinical.decided_at
        or case.referred
        or case.booking
    )


def _came_of_it(case: Case) -> Iterator[str]:
    if case.disposition:
        yield case.disposition.label
    if case.ambulance.category:
        yield f"Ambulance, category {case.ambulance.category[1:]}{_came_of(case.ambulance)}"
    if case.booking:
        yield f"Appointment at {case.booking.service_name}"
    if case.referred:
        yield f"Referred to {case.referred.service_name}"
    if case.prescription.requested is not None:
        yield f"Prescription {case.prescription.step or 'requested'}".replace("_", " ")
    if case.clinical.decided_at:
        yield f"Clinician: {case.clinical.outcome}"


def _came_of(ambulance: Ambulance) -> str:
    if ambulance.ended_at and not ambulance.attended_at:
        return f", did not attend: {ambulance.outcome or 'closed by the desk'}"
    if ambulance.ended_at and ambulance.outcome:
        return f": {ambulance.outcome}"
    by = ambulance.accepted_by or ambulance.phoned_by
    if by:
        return f", taken by {by}"
    return ", not accepted by anybody"
