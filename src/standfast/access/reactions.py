"""Relationships follow from the work: a case, a referral, an incident, a booking, a prescription."""

from collections.abc import Callable
from typing import Any, Final

from standfast.access.lasting import Basis
from standfast.access.marks import WEIGHTS
from standfast.access.model import (
    RELATIONSHIP,
    Begin,
    Finish,
    Join,
    Leave,
    LetGo,
    Name,
    Refusal,
    Resume,
)
from standfast.access.model_review import REVIEW, RaiseSignal
from standfast.facts.access import RecordLabelled, SignalRaised
from standfast.facts.booking import (
    BookingCancelled,
    BookingDetailsChanged,
    DidNotAttend,
    SlotBooked,
)
from standfast.facts.cases import (
    CaseClosed,
    CaseHandedOver,
    CaseOpened,
    CaseSource,
    MessagePassedOn,
    PatientIdentified,
    PatientUnlinked,
)
from standfast.facts.contact import Patient
from standfast.facts.dispatch import DetailsReceived, IncidentClosed, RequestReceived
from standfast.facts.people import PersonRegistered
from standfast.facts.prescribing import (
    MedicineSupplied,
    NeedDeclined,
    NeedReceived,
    NeedTaken,
    PrescriptionCancelled,
    PrescriptionSent,
    SupplyRefused,
    SupplyUndone,
)
from standfast.facts.requests import ClinicianPutBack, ClinicianTook
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Event
from standfast.kernel.reactions import Reaction

NOT_OURS: Final = frozenset({Refusal.NO_SUCH_RELATIONSHIP})
"""Work that began before relationships were written down, or with nobody we know of."""


def of_case(case_id: str) -> str:
    """Return the id of the relationship of whoever opened the case."""
    return child_id(case_id, "access/case")


def of_incident(case_id: str) -> str:
    """Return the id of the ambulance trust's relationship."""
    return child_id(case_id, "access/incident")


def of_need(case_id: str) -> str:
    """Return the id of the prescribers' relationship: nearly always whoever has the case."""
    return child_id(case_id, "access/need")


def of_booking(booking_id: str) -> str:
    """Return the id of the clinic's relationship."""
    return child_id(booking_id, "access/booking")


def of_prescription(prescription_id: str) -> str:
    """Return the id of the pharmacy's relationship."""
    return child_id(prescription_id, "access/prescription")


def of_person(person_id: str) -> str:
    """Return the id of the relationship of whoever registered somebody by hand."""
    return child_id(person_id, "access/registered")


def _case_opened(event: CaseOpened) -> Begin:
    referred = event.source is CaseSource.BARS
    return Begin(
        relationship_id=of_case(event.case_id),
        org=event.org,
        basis=Basis.REFERRAL if referred else Basis.CASE,
        thing_id=event.case_id,
        case_id=event.case_id,
        reference=event.reference,
        staff_id=event.staff_id,
        at=event.opened_at,
    )


def _requested(event: RequestReceived) -> Begin:
    return Begin(
        relationship_id=of_incident(event.case_id),
        org=event.org,
        basis=Basis.INCIDENT,
        thing_id=event.case_id,
        case_id=event.case_id,
        reference=event.incident_number,
        person_id=_person(event.patient),
        at=event.received_at,
    )


def _needed(event: NeedReceived) -> Begin:
    return Begin(
        relationship_id=of_need(event.case_id),
        org=event.org,
        basis=Basis.CASE,
        thing_id=event.case_id,
        case_id=event.case_id,
        reference=event.reference,
        person_id=_person(event.patient),
        at=event.received_at,
    )


def _booked(event: SlotBooked) -> Begin:
    return Begin(
        relationship_id=of_booking(event.booking_id),
        org=event.org,
        basis=Basis.BOOKING,
        thing_id=event.booking_id,
        case_id=event.case_id,
        reference=event.reference,
        person_id=_person(event.patient),
        at=event.booked_at,
        ends_at=event.ends_at,
    )


def _sent(event: PrescriptionSent) -> Begin:
    return Begin(
        relationship_id=of_prescription(event.prescription_id),
        org=event.pharmacy_org,
        basis=Basis.PRESCRIPTION,
        thing_id=event.prescription_id,
        case_id=event.case_id,
        reference=event.pharmacy_name,
        person_id=event.person_id,
        at=event.sent_at,
    )


def _registered(event: PersonRegistered) -> Begin | None:
    """Let whoever registered somebody by hand read it; what a list loaded is nobody's work."""
    if not event.by:
        return None
    return Begin(
        relationship_id=of_person(event.person_id),
        org=event.org,
        basis=Basis.REGISTERED,
        thing_id=event.person_id,
        case_id="",
        reference="",
        person_id=event.person_id,
        staff_id=event.by,
        at=event.registered_at,
        ends_at=event.registered_at,
    )


def _person(patient: Patient) -> str:
    return patient.person_id or ""


def _to(
    on: type[Event], key: Callable[[Any], str], command: Callable[[Any], Command | None]
) -> Reaction:
    return Reaction(on, RELATIONSHIP, key, command, NOT_OURS)


def of_lowering(event: RecordLabelled) -> str:
    """Return the id of the review of a label that somebody lowered."""
    return child_id(event.record_id, f"access/lowered/{event.labelled_at.isoformat()}")


def _lowered(event: RecordLabelled) -> RaiseSignal | None:
    """Put it before a reviewer that a label was lowered by somebody who reviews nothing."""
    if not (event.lowered and event.to_review):
        return None
    raised = SignalRaised(
        review_id=of_lowering(event),
        org=event.org,
        staff_id=event.staff_id,
        staff_name=event.staff_name,
        entry_id="",
        record_kind=event.record_kind,
        record_id=event.record_id,
        person_id=event.person_id,
        marks=("label_lowered",),
        score=WEIGHTS["label_lowered"],
        opened_at=event.labelled_at,
        raised_at=event.labelled_at,
        reason=event.reason,
    )
    return RaiseSignal(raised=raised)


REACTIONS: Final[tuple[Reaction, ...]] = (
    _to(CaseOpened, lambda e: of_case(e.case_id), _case_opened),
    _to(
        PatientIdentified,
        lambda e: of_case(e.case_id),
        lambda e: Name(person_id=_person(e.patient)),
    ),
    _to(
        PatientUnlinked,
        lambda e: of_case(e.case_id),
        lambda e: LetGo(person_id=e.person_id),
    ),
    _to(PatientUnlinked, lambda e: of_case(e.case_id), lambda _: Resume()),
    _to(
        MessagePassedOn,
        lambda e: of_case(e.case_id),
        lambda e: Finish(at=e.at) if e.is_correction else None,
    ),
    _to(CaseHandedOver, lambda e: of_case(e.case_id), lambda e: Join(staff_id=e.to_id)),
    _to(
        CaseHandedOver,
        lambda e: of_case(e.case_id),
        lambda e: Leave(staff_id=e.from_id, reads_until=e.reads_until) if e.from_id else None,
    ),
    _to(ClinicianTook, lambda e: of_case(e.case_id), lambda e: Join(staff_id=e.staff_id)),
    _to(
        ClinicianPutBack,
        lambda e: of_case(e.case_id),
        lambda e: Leave(staff_id=e.from_id) if e.from_id else None,
    ),
    _to(CaseClosed, lambda e: of_case(e.case_id), lambda e: Finish(at=e.closed_at)),
    _to(RequestReceived, lambda e: of_incident(e.case_id), _requested),
    _to(
        DetailsReceived,
        lambda e: of_incident(e.case_id),
        lambda e: Name(person_id=_person(e.patient)),
    ),
    _to(IncidentClosed, lambda e: of_incident(e.case_id), lambda e: Finish(at=e.closed_at)),
    _to(NeedReceived, lambda e: of_need(e.case_id), _needed),
    _to(NeedTaken, lambda e: of_need(e.case_id), lambda e: Join(staff_id=e.staff_id)),
    _to(NeedDeclined, lambda e: of_need(e.case_id), lambda e: Finish(at=e.declined_at)),
    _to(MedicineSupplied, lambda e: of_need(e.case_id), lambda e: Finish(at=e.supplied_at)),
    _to(SupplyUndone, lambda e: of_need(e.case_id), lambda _: Resume()),
    _to(SlotBooked, lambda e: of_booking(e.booking_id), _booked),
    _to(
        BookingDetailsChanged,
        lambda e: of_booking(e.booking_id),
        lambda e: Name(person_id=_person(e.patient)),
    ),
    _to(
        BookingCancelled,
        lambda e: of_booking(e.booking_id),
        lambda e: Finish(at=e.cancelled_at),
    ),
    _to(DidNotAttend, lambda e: of_booking(e.booking_id), lambda e: Finish(at=e.noted_at)),
    _to(PrescriptionSent, lambda e: of_prescription(e.prescription_id), _sent),
    _to(
        MedicineSupplied,
        lambda e: of_prescription(e.prescription_id),
        lambda e: Finish(at=e.supplied_at),
    ),
    _to(SupplyUndone, lambda e: of_prescription(e.prescription_id), lambda _: Resume()),
    _to(
        SupplyRefused,
        lambda e: of_prescription(e.prescription_id),
        lambda e: Finish(at=e.refused_at),
    ),
    _to(
        PrescriptionCancelled,
        lambda e: of_prescription(e.prescription_id),
        lambda e: Finish(at=e.cancelled_at),
    ),
    _to(PersonRegistered, lambda e: of_person(e.person_id), _registered),
    Reaction(RecordLabelled, REVIEW, of_lowering, _lowered),
)
