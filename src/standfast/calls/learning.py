"""How a case learns: one fact at a time, in whatever order, and never refusing one."""

from typing import TypeAlias, assert_never

from msgspec.structs import replace

from standfast.calls.learning_ambulance import Ambulances, learn_of_ambulance
from standfast.calls.state import (
    Advice,
    Booking,
    Case,
    Clinical,
    Needs,
    Note,
    Prescription,
)
from standfast.facts import cases as e
from standfast.facts import requests as asked

BeginningAndEnd: TypeAlias = (
    e.CaseOpened
    | e.CallerHungUp
    | e.CaseCallBackSettled
    | e.CallFinished
    | e.CaseHandedOver
    | e.EnteredFromPaper
    | e.CaseClosed
    | e.MessagePassedOn
)
WhatIsKnown: TypeAlias = (
    e.CallerRecorded
    | e.PlaceRecorded
    | e.NumbersRecorded
    | e.NeedsRecorded
    | e.ProblemReported
    | e.NoteWritten
    | e.PatientDescribed
    | e.PatientIdentified
    | e.PatientUnlinked
)
Outcomes: TypeAlias = e.DispositionRecorded | e.DispositionTakenBack | e.AdviceSaid
Services: TypeAlias = (
    asked.ServiceWanted
    | asked.AppointmentRequested
    | asked.AppointmentDetailsChanged
    | asked.AppointmentGivenUp
    | asked.AppointmentProgressed
    | asked.ServiceReferred
)
Prescriptions: TypeAlias = (
    asked.PrescriptionRequested
    | asked.PrescriptionDetailsChanged
    | asked.PrescriptionProgressed
)
Clinicians: TypeAlias = (
    asked.ClinicianWanted
    | asked.ClinicianTook
    | asked.ClinicianPutBack
    | asked.ContactTried
    | asked.ClinicianDecided
)


def evolve(case: Case, event: e.CaseEvent) -> Case:  # noqa: PLR0911 - one for each kind
    """Learn one fact."""
    case = replace(case, case_id=event.case_id)
    entry_id: str = getattr(event, "entry_id", "")
    org: str = getattr(event, "org", "")
    if entry_id:
        case = case.with_entry(entry_id)
    if org and not case.org:
        case = replace(case, org=org)
    if isinstance(event, BeginningAndEnd):
        return _begin_or_end(case, event)
    if isinstance(event, WhatIsKnown):
        return _know(case, event)
    if isinstance(event, Outcomes):
        return _outcome(case, event)
    if isinstance(event, Ambulances):
        return replace(case, ambulance=learn_of_ambulance(case.ambulance, event))
    if isinstance(event, Services):
        return _service(case, event)
    if isinstance(event, Prescriptions):
        return replace(case, prescription=_prescription(case.prescription, event))
    return replace(case, clinical=_clinical(case.clinical, event))


def _begin_or_end(  # noqa: PLR0911 - one for each fact
    case: Case, event: BeginningAndEnd
) -> Case:
    match event:
        case e.CaseOpened():
            return replace(
                case,
                call_id=event.call_id,
                source=event.source,
                number=event.number,
                reference=event.reference,
                opened_at=event.opened_at,
                opened_by=event.by,
                opener_id=event.staff_id,
                accept_seconds=event.accept_seconds,
            )
        case e.CallerHungUp():
            return replace(case, hung_up_at=event.hung_up_at)
        case e.CaseCallBackSettled():
            return replace(case, call_back_outcome=event.outcome)
        case e.CallFinished():
            return replace(case, finished_at=event.at)
        case e.CaseHandedOver():
            return replace(case, handed=event)
        case e.EnteredFromPaper():
            return replace(case, paper=event)
        case e.CaseClosed():
            return replace(case, closed=event)
        case e.MessagePassedOn():
            if event.is_correction:
                return replace(case, correction=event)
            return replace(case, passed_on=event)
        case _:
            assert_never(event)


def _know(case: Case, event: WhatIsKnown) -> Case:  # noqa: PLR0911 - one for each fact
    match event:
        case e.CallerRecorded():
            return replace(
                case,
                caller_name=event.name,
                relationship=event.relationship,
                with_patient=event.with_patient,
            )
        case e.PlaceRecorded():
            return replace(case, place=event.place)
        case e.NumbersRecorded():
            return replace(case, given_numbers=event.numbers)
        case e.NeedsRecorded():
            return _need(case, event)
        case e.ProblemReported():
            return replace(case, words=event.words)
        case e.NoteWritten():
            return replace(case, notes=(*case.notes, Note(event.text, event.by)))
        case e.PatientDescribed():
            return replace(case, described=event.patient)
        case e.PatientIdentified():
            return replace(case, identified=event.patient)
        case e.PatientUnlinked():
            same = case.identified and case.identified.person_id == event.person_id
            return replace(case, identified=None) if same else case
        case _:
            assert_never(event)


def _need(case: Case, event: e.NeedsRecorded) -> Case:
    """Keep what a record says apart from what the caller says: it leaves with its person."""
    needs = Needs(
        gp_name=event.gp_name,
        language=event.language,
        needs_interpreter=event.needs_interpreter,
        person_id=event.person_id,
    )
    if event.person_id:
        return replace(case, needs_recorded=needs)
    return replace(case, needs_said=needs)


def _outcome(case: Case, event: Outcomes) -> Case:
    match event:
        case e.DispositionRecorded():
            others = tuple(each for each in case.dispositions if each.code != event.code)
            return replace(case, dispositions=(*others, event))
        case e.DispositionTakenBack():
            return replace(
                case,
                dispositions=tuple(
                    each for each in case.dispositions if each.code != event.code
                ),
                taken_back=(*case.taken_back, event.code),
            )
        case e.AdviceSaid():
            others_said = tuple(each for each in case.advice if each.text != event.text)
            return replace(case, advice=(*others_said, Advice(event.text, event.said)))
        case _:
            assert_never(event)


def _service(case: Case, event: Services) -> Case:
    match event:
        case asked.ServiceWanted():
            return replace(case, wanted=event)
        case asked.AppointmentRequested():
            return _with_booking(
                case,
                event.booking_id,
                slot_id=event.slot_id,
                to_org=event.to_org,
                service_id=event.service_id,
                service_name=event.service_name,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
            )
        case asked.AppointmentDetailsChanged():
            return case
        case asked.AppointmentGivenUp():
            return _with_booking(
                case, event.booking_id, step="given_up", note=event.reason, at=event.at
            )
        case asked.AppointmentProgressed():
            return _progressed(case, event)
        case asked.ServiceReferred():
            return replace(case, referred=event)
        case _:
            assert_never(event)


def _progressed(case: Case, event: asked.AppointmentProgressed) -> Case:
    """Learn what the clinic says; what the patient gave up stays given up."""
    given_up = any(
        each.booking_id == event.booking_id and each.step == "given_up"
        for each in case.bookings
    )
    if given_up:
        return case
    return _with_booking(case, event.booking_id, step=event.step, note=event.note, at=event.at)


def _with_booking(case: Case, booking_id: str, **learnt: object) -> Case:
    known = {each.booking_id: each for each in case.bookings}
    before = known.get(booking_id, Booking(booking_id=booking_id))
    known[booking_id] = replace(before, **learnt)
    return replace(case, bookings=tuple(known.values()))


def _prescription(before: Prescription, event: Prescriptions) -> Prescription:
    match event:
        case asked.PrescriptionRequested():
            fresh = before.step == "declined"
            return Prescription(requested=event) if fresh else replace(before, requested=event)
        case asked.PrescriptionDetailsChanged():
            return before
        case asked.PrescriptionProgressed():
            if before.at is not None and event.at < before.at:
                return before
            return replace(before, step=event.step, by=event.by, note=event.note, at=event.at)
        case _:
            assert_never(event)


def _clinical(before: Clinical, event: Clinicians) -> Clinical:
    match event:
        case asked.ClinicianWanted():
            again = before.decided_at is not None
            return Clinical(wanted=event) if again else replace(before, wanted=event)
        case asked.ClinicianTook():
            return replace(
                before,
                taken_by=event.staff_name,
                taken_id=event.staff_id,
                taken_at=event.taken_at,
            )
        case asked.ClinicianPutBack():
            left = (event.from_id or before.taken_id, event.at)
            return replace(
                before,
                taken_by="",
                taken_id="",
                taken_at=None,
                put_back=event.reason,
                given_back=(*before.given_back, left),
            )
        case asked.ContactTried():
            return replace(before, tried=before.tried + 1)
        case asked.ClinicianDecided():
            return replace(
                before,
                outcome=event.outcome,
                note=event.note,
                decided_by=event.by,
                decided_at=event.at,
            )
        case _:
            assert_never(event)
