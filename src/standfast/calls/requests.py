"""What a case asks of others, and when: ambulance, service, prescriber, clinician. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from standfast.calls.commands import RecordDisposition, TakeBackDisposition
from standfast.calls.learning import evolve
from standfast.calls.partners import AMBULANCE_TRUST
from standfast.calls.state import Case
from standfast.facts.cases import (
    CaseEvent,
    DispositionRecorded,
    DispositionTakenBack,
)
from standfast.facts.requests import (
    AmbulanceDetailsChanged,
    AmbulanceRequested,
    AppointmentDetailsChanged,
    ClinicianWanted,
    PrescriptionDetailsChanged,
    PrescriptionRequested,
    ServiceWanted,
)

SERVICE_KINDS: Final = frozenset({"primary_care", "emergency_department", "dental", "pharmacy"})
CLINICIAN_KINDS: Final = frozenset({"clinician", "mental_health"})


def with_news(case: Case, events: Sequence[CaseEvent], now: datetime) -> tuple[CaseEvent, ...]:
    """Return *events*, and what those who were already asked must be told because of them."""
    after = case
    for event in events:
        after = evolve(after, event)
    news: list[CaseEvent] = []
    if (
        case.ambulance.is_live
        and case.ambulance.to_org
        and _whereabouts(case) != _whereabouts(after)
    ):
        news.append(
            AmbulanceDetailsChanged(
                case_id=after.case_id,
                org=after.org,
                patient=after.patient,
                place=after.place,
                numbers=after.numbers,
                changed_at=now,
            )
        )
    if case.prescription.requested is not None and _whereabouts(case) != _whereabouts(after):
        news.append(
            PrescriptionDetailsChanged(
                case_id=after.case_id,
                org=after.org,
                patient=after.patient,
                numbers=after.numbers,
                postcode=after.place.postcode or after.patient.postcode,
                point=after.place.point,
                changed_at=now,
            )
        )
    return (*events, *news, *_clinic_news(case, after, now), *_wanted_anew(after, now))


def _clinic_news(case: Case, after: Case, now: datetime) -> tuple[CaseEvent, ...]:
    """Tell the clinic that waits for the patient who that is, and whom to ring."""
    booking, known = case.booking, (case.patient, case.numbers)
    if booking is None or after.booking != booking:
        return ()
    if known == (after.patient, after.numbers):
        return ()
    return (
        AppointmentDetailsChanged(
            case_id=after.case_id,
            booking_id=booking.booking_id,
            patient=after.patient,
            numbers=after.numbers,
            changed_at=now,
        ),
    )


def _wanted_anew(case: Case, now: datetime) -> tuple[CaseEvent, ...]:
    """Say again which service is wanted when it was said of somebody else's age, sex or GP."""
    before, outcome = case.wanted, case.disposition
    if before is None or outcome is None or outcome.code != before.code or case.closed:
        return ()
    fresh = _service_wanted(case, outcome, now)
    same = (fresh.age_years, fresh.sex, fresh.gp_name, fresh.postcode) == (
        before.age_years,
        before.sex,
        before.gp_name,
        before.postcode,
    )
    return () if same else (fresh,)


def ambulance_request(
    case: Case,
    *,
    category: str,
    reason: str,
    findings: tuple[str, ...],
    by: str,
    now: datetime,
    entry_id: str = "",
) -> tuple[CaseEvent, ...]:
    """Ask for an ambulance, or for a more urgent one; what is asked for already is enough.

    It goes with what is known now. A disposition never lowers what was asked for.
    """
    known = case.ambulance
    if known.is_live and known.category <= category:
        return ()
    return (
        AmbulanceRequested(
            case_id=case.case_id,
            org=case.org,
            to_org=AMBULANCE_TRUST,
            reference=case.reference,
            category=category,
            reason=reason,
            findings=findings,
            patient=case.patient,
            place=case.place,
            numbers=case.numbers,
            requested_at=now,
            accept_by=now + timedelta(seconds=case.accept_seconds),
            by=by,
            entry_id=entry_id,
        ),
    )


def disposition(case: Case, command: RecordDisposition, now: datetime) -> tuple[CaseEvent, ...]:
    """Record where the assessment leads, and ask at once for what it calls for."""
    recorded = DispositionRecorded(
        case_id=case.case_id,
        org=case.org,
        code=command.code,
        label=command.label,
        detail=command.detail,
        kind=command.kind,
        priority=command.priority,
        category=command.category,
        needs=command.needs,
        problem_title=command.problem_title,
        findings=command.findings,
        interim_advice=command.interim_advice,
        worsening_advice=command.worsening_advice,
        version=command.version,
        due_at=command.reached_at + timedelta(minutes=command.minutes),
        reached_at=command.reached_at,
        rank=command.rank,
    )
    return (recorded, *follow_up(evolve(case, recorded), recorded, command.by, now))


def take_back(case: Case, command: TakeBackDisposition, _: datetime) -> tuple[CaseEvent, ...]:
    """Record that a disposition no longer stands; what was sent because of it stays sent."""
    if all(each.code != command.code for each in case.dispositions):
        return ()
    return (
        DispositionTakenBack(case_id=case.case_id, code=command.code, taken_back_at=command.at),
    )


def follow_up(
    case: Case, outcome: DispositionRecorded, by: str, now: datetime
) -> tuple[CaseEvent, ...]:
    """Ask for what an outcome calls for, unless that was dealt with on paper."""
    if _done_on_paper(case, outcome):
        return ()
    if outcome.kind == "ambulance" or outcome.category:
        return ambulance_request(
            case,
            category=outcome.category or "C1",
            reason=outcome.problem_title or outcome.label,
            findings=outcome.findings,
            by=by,
            now=now,
        )
    if outcome.kind in CLINICIAN_KINDS:
        return clinician_wanted(
            case,
            reason=outcome.problem_title or outcome.label,
            priority=outcome.priority,
            due_at=outcome.due_at,
            skill=_skill(outcome),
            now=outcome.reached_at if case.paper else now,
        )
    if outcome.kind == "medicines":
        return _prescription_request(case, outcome, now)
    if outcome.kind in SERVICE_KINDS:
        return (_service_wanted(case, outcome, now),)
    return ()


def _done_on_paper(case: Case, outcome: DispositionRecorded) -> bool:
    """Return whether it is an outcome of the form, and somebody has dealt with it since."""
    paper = case.paper
    if paper is None or outcome.reached_at > paper.keyed_at:
        return False
    if outcome.kind == "ambulance" or outcome.category:
        return "ambulance" in paper.done
    if outcome.kind in CLINICIAN_KINDS:
        return "clinician" in paper.done
    if outcome.kind == "medicines":
        return "prescription" in paper.done
    return "service" in paper.done or "clinician" in paper.done


def clinician_wanted(
    case: Case,
    *,
    reason: str,
    priority: int,
    due_at: datetime,
    skill: str,
    now: datetime,
    entry_id: str = "",
    by_id: str = "",
    by: str = "",
) -> tuple[CaseEvent, ...]:
    """Put the case in the clinical queue, or move it up; it never moves down by itself."""
    waiting = case.clinical.wanted if case.clinical.is_waiting else None
    if waiting and (waiting.priority, waiting.due_at) <= (priority, due_at):
        return ()
    return (
        ClinicianWanted(
            case_id=case.case_id,
            org=case.org,
            reason=reason,
            priority=min(priority, waiting.priority) if waiting else priority,
            due_at=min(due_at, waiting.due_at) if waiting else due_at,
            wanted_at=now,
            skill=skill,
            entry_id=entry_id,
            by_id=by_id,
            by=by,
        ),
    )


def _prescription_request(
    case: Case, outcome: DispositionRecorded, now: datetime
) -> tuple[CaseEvent, ...]:
    """Ask a prescriber, once: a need that was declined may be asked anew."""
    if case.prescription.requested is not None and case.prescription.step != "declined":
        return ()
    return (
        PrescriptionRequested(
            case_id=case.case_id,
            org=case.org,
            reference=case.reference,
            patient=case.patient,
            numbers=case.numbers,
            postcode=case.place.postcode or case.patient.postcode,
            point=case.place.point,
            problem=case.problem or outcome.label,
            findings=outcome.findings,
            due_at=outcome.due_at,
            requested_at=now,
            priority=outcome.priority,
        ),
    )


def _service_wanted(case: Case, outcome: DispositionRecorded, now: datetime) -> ServiceWanted:
    return ServiceWanted(
        case_id=case.case_id,
        org=case.org,
        code=outcome.code,
        label=outcome.label,
        needs=outcome.needs,
        age_years=case.patient.age_years,
        sex=case.patient.sex,
        postcode=case.place.postcode or case.patient.postcode,
        point=case.place.point,
        gp_name=case.gp_name,
        due_at=outcome.due_at,
        wanted_at=now,
    )


def _skill(outcome: DispositionRecorded) -> str:
    if outcome.kind == "mental_health":
        return "Mental health"
    return ", ".join(outcome.needs).replace("_", " ").capitalize() or "General"


def _whereabouts(case: Case) -> tuple[object, ...]:
    return case.patient, case.place, case.numbers
