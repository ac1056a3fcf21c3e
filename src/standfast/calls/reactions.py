"""What a call and its case do when something happens elsewhere, in the same commit."""

from typing import Final, TypeAlias, assert_never

from standfast.calls import commands as c
from standfast.calls.model_call import CALL, AnswerCall
from standfast.calls.model_case import CASE
from standfast.calls.referred import open_referred
from standfast.calls.refusals import Refusal
from standfast.facts.booking import (
    ArrivalUndone,
    BookingCancelled,
    DidNotAttend,
    PatientArrived,
    SlotBooked,
)
from standfast.facts.calls import CallAnswered, CallEnded
from standfast.facts.cases import CaseOpened
from standfast.facts.dispatch import (
    CategoryLowered,
    IncidentClosed,
    RequestAccepted,
    RequestNotAccepted,
    VehicleAllocated,
    VehicleMoved,
    VehicleStatus,
    VehicleStoodDown,
)
from standfast.facts.interop import ReferralReceived
from standfast.facts.paper import FormKeyed, SafetySettled
from standfast.facts.prescribing import (
    MedicineSupplied,
    NeedDeclined,
    NeedPutBack,
    NeedTaken,
    PrescriptionCancelled,
    PrescriptionSent,
    PrescriptionWritten,
    SupplyRefused,
    SupplyUndone,
)
from standfast.facts.triage import DispositionReached, DispositionWithdrawn, Finding
from standfast.kernel.messages import Event
from standfast.kernel.reactions import Reaction

UNKNOWN_CASE: Final = frozenset({Refusal.NO_SUCH_CASE})
"""Work that did not begin with a case here: a clinic may book its own patients."""

BookingFact: TypeAlias = (
    SlotBooked | PatientArrived | ArrivalUndone | BookingCancelled | DidNotAttend
)
PrescriptionFact: TypeAlias = (
    NeedTaken
    | NeedPutBack
    | PrescriptionWritten
    | PrescriptionSent
    | PrescriptionCancelled
    | SupplyUndone
    | MedicineSupplied
    | SupplyRefused
    | NeedDeclined
)


def _answer(event: CaseOpened) -> AnswerCall | None:
    if event.call_id is None:
        return None
    return AnswerCall(
        call_id=event.call_id,
        org=event.org,
        case_id=event.case_id,
        staff_id=event.staff_id,
        staff_name=event.by,
        at=event.opened_at,
    )


def _learn_line(event: CallAnswered) -> c.LearnLine:
    return c.LearnLine(
        case_id=event.case_id, org=event.org, number=event.number, place=event.network_place
    )


def _lose_caller(event: CallEnded) -> c.LoseCaller | None:
    if not event.case_id:
        return None
    return c.LoseCaller(
        case_id=event.case_id, org=event.org, call_id=event.call_id, at=event.ended_at
    )


def record_disposition(event: DispositionReached) -> c.RecordDisposition:
    """Return what an outcome of the assessment means for the case."""
    return c.RecordDisposition(
        case_id=event.case_id,
        org=event.org,
        code=event.code,
        label=event.label,
        detail=event.detail,
        kind=event.kind.value,
        minutes=event.minutes,
        priority=event.priority,
        rank=event.rank,
        category=event.category.value if event.category else None,
        needs=event.needs,
        problem_title=event.problem_title,
        findings=tuple(_line(each) for each in event.findings),
        interim_advice=tuple(each.text for each in event.advice_interim),
        worsening_advice=tuple(each.text for each in event.advice_worsening),
        version=event.version,
        reached_at=event.reached_at,
        by=event.by,
    )


def _line(finding: Finding) -> str:
    words = f" (“{finding.words}”)" if finding.words else ""
    return f"{finding.short}: {finding.answer}{words}"


def _take_back(event: DispositionWithdrawn) -> c.TakeBackDisposition:
    return c.TakeBackDisposition(
        case_id=event.case_id, org=event.org, code=event.code, at=event.withdrawn_at
    )


def _accepted(event: RequestAccepted) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="accepted",
        by=event.staff_name,
        callsign="",
        eta_at=None,
        at=event.accepted_at,
        note=f"{event.desk}, incident {event.incident_number}",
        category=event.category.value if event.category else "",
        accept_by=event.accept_by,
    )


def _not_accepted(event: RequestNotAccepted) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="not_accepted",
        by="",
        callsign="",
        eta_at=None,
        at=event.noticed_at,
    )


def _lowered(event: CategoryLowered) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="lowered",
        by=event.by,
        callsign="",
        eta_at=None,
        at=event.lowered_at,
        note=f"{event.reason}, agreed by {event.agreed_by}",
        category=event.category.value,
        seen=event.seen.value,
    )


def _allocated(event: VehicleAllocated) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="allocated",
        by=event.by,
        callsign=event.callsign,
        eta_at=event.eta_at,
        at=event.allocated_at,
    )


def _moved(event: VehicleMoved) -> c.NoteAmbulance:
    """Take a vehicle that is free again, or off the road, for one that has left."""
    gone = {VehicleStatus.AVAILABLE: "clear", VehicleStatus.OFF_ROAD: "stood_down"}
    return c.NoteAmbulance(
        case_id=event.case_id,
        step=gone.get(event.status, event.status.value),
        by=event.by,
        callsign=event.callsign,
        eta_at=None,
        at=event.moved_at,
    )


def _stood_down(event: VehicleStoodDown) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="stood_down",
        by=event.by,
        callsign=event.callsign,
        eta_at=None,
        at=event.stood_down_at,
        note=event.reason,
    )


def _incident_closed(event: IncidentClosed) -> c.NoteAmbulance:
    return c.NoteAmbulance(
        case_id=event.case_id,
        step="closed",
        by=event.by,
        callsign="",
        eta_at=None,
        at=event.closed_at,
        note=event.outcome,
    )


def _appointment(event: BookingFact) -> c.NoteAppointment:
    service_name, starts_at, note = "", None, ""
    match event:
        case SlotBooked():
            step, at = "booked", event.booked_at
            service_name, starts_at = event.service_name, event.starts_at
        case PatientArrived():
            step, at = "arrived", event.arrived_at
        case ArrivalUndone():
            step, at = "booked", event.undone_at
        case BookingCancelled():
            step, at, note = "cancelled", event.cancelled_at, event.reason
        case DidNotAttend():
            step, at = "did_not_attend", event.noted_at
        case _:
            assert_never(event)
    return c.NoteAppointment(
        case_id=event.case_id,
        booking_id=event.booking_id,
        step=step,
        service_name=service_name,
        starts_at=starts_at,
        at=at,
        note=note,
    )


def _prescription(event: PrescriptionFact) -> c.NotePrescription:
    match event:
        case NeedTaken():
            said = ("taken", event.staff_name, "", event.taken_at)
        case NeedPutBack():
            said = ("put_back", event.by, event.reason, event.at)
        case PrescriptionWritten():
            item = event.item
            said = (
                "written",
                event.by,
                f"{item.generic_name} {item.strength}",
                event.written_at,
            )
        case PrescriptionSent():
            said = ("sent", event.by, event.pharmacy_name, event.sent_at)
        case PrescriptionCancelled():
            said = ("cancelled", event.by, event.reason, event.cancelled_at)
        case SupplyUndone():
            said = ("sent", event.by, "The supply was taken back", event.undone_at)
        case MedicineSupplied():
            said = ("supplied", event.by, event.pharmacy_name, event.supplied_at)
        case SupplyRefused():
            why = f"{event.pharmacy_name}: {event.reason}"
            said = ("not_supplied", event.by, why, event.refused_at)
        case NeedDeclined():
            said = ("declined", event.by, event.advice, event.declined_at)
        case _:
            assert_never(event)
    step, by, note, at = said
    return c.NotePrescription(case_id=event.case_id, step=step, by=by, note=note, at=at)


def _enter(event: FormKeyed) -> c.EnterFromPaper:
    return c.EnterFromPaper(keyed=event)


def _note_safety(event: SafetySettled) -> c.NoteSafety:
    return c.NoteSafety(settled=event)


def _case_id(event: Event) -> str:
    case_id: str = event.case_id  # type: ignore[attr-defined]
    return case_id


def _to_case(on: type[Event], command: object) -> Reaction:
    return Reaction(on, CASE, _case_id, command, UNKNOWN_CASE)  # type: ignore[arg-type]


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(CaseOpened, CALL, lambda event: event.call_id or "", _answer),
    Reaction(CallAnswered, CASE, _case_id, _learn_line),
    Reaction(CallEnded, CASE, _case_id, _lose_caller, UNKNOWN_CASE),
    Reaction(DispositionReached, CASE, _case_id, record_disposition),
    Reaction(DispositionWithdrawn, CASE, _case_id, _take_back),
    Reaction(ReferralReceived, CASE, _case_id, open_referred),
    Reaction(FormKeyed, CASE, lambda event: event.form_id, _enter),
    Reaction(SafetySettled, CASE, lambda event: event.form_id, _note_safety),
    _to_case(RequestAccepted, _accepted),
    _to_case(RequestNotAccepted, _not_accepted),
    _to_case(CategoryLowered, _lowered),
    _to_case(VehicleAllocated, _allocated),
    _to_case(VehicleMoved, _moved),
    _to_case(VehicleStoodDown, _stood_down),
    _to_case(IncidentClosed, _incident_closed),
    *(
        _to_case(fact, _appointment)
        for fact in (SlotBooked, PatientArrived, ArrivalUndone, BookingCancelled, DidNotAttend)
    ),
    *(
        _to_case(fact, _prescription)
        for fact in (
            NeedTaken,
            NeedPutBack,
            PrescriptionWritten,
            PrescriptionSent,
            PrescriptionCancelled,
            SupplyUndone,
            MedicineSupplied,
            SupplyRefused,
            NeedDeclined,
        )
    ),
)
