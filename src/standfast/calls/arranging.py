"""What is arranged for a case, and what those who took it on say of it since. Pure."""

from datetime import datetime, timedelta
from typing import Final

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.refusals import Refusal
from standfast.calls.requests import ambulance_request, clinician_wanted
from standfast.calls.state import Case
from standfast.facts import cases as e
from standfast.facts import requests as asked
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused

Decision = tuple[e.CaseEvent, ...]

ASKED_PRIORITY: Final = 2
ASKED_WITHIN: Final = timedelta(minutes=20)
"""A call handler who asks by key is worried: a clinician looks soon."""


def ambulance_now(case: Case, command: d.AmbulanceNow, now: datetime) -> Decision:
    """Ask by key. When one is on request already, the wish is kept as a note."""
    requested = ambulance_request(
        case,
        category=command.category,
        reason=command.reason,
        findings=(),
        by=command.staff_name,
        now=now,
        entry_id=command.entry_id,
    )
    if requested:
        return requested
    text = f"Asked by key; an ambulance of category {case.ambulance.category[1:]} was requested"
    return (_note(case, command.entry_id, text, command.staff_name),)


def clinician_asked_for(case: Case, command: d.AskForClinician, now: datetime) -> Decision:
    """Put the case in the clinical queue by key; once there, the wish is kept as a note.

    Of a closed case too: the entry of a device comes late, or the caller rang back worse. Who asked
    sees to it until a clinician takes it (``closing.outstanding``).
    """
    wanted = clinician_wanted(
        case,
        reason=command.reason,
        priority=ASKED_PRIORITY,
        due_at=command.at + ASKED_WITHIN,
        skill="General",
        now=now,
        entry_id=command.entry_id,
        by_id=command.staff_id,
        by=command.staff_name,
    )
    if wanted:
        return wanted
    text = f"Asked for a clinician by key: {command.reason}"
    return (_note(case, command.entry_id, text, command.staff_name),)


def ambulance_phoned(case: Case, command: d.RecordAmbulancePhoned, _: datetime) -> Decision:
    """Record what control said on the telephone."""
    if not case.ambulance.category:
        raise Refused(Refusal.NO_AMBULANCE_REQUESTED)
    return (
        asked.AmbulancePhoned(
            case_id=case.case_id,
            entry_id=command.entry_id,
            incident_number=command.incident_number,
            by=command.staff_name,
            at=command.at,
            category=case.ambulance.category,
            accept_by=case.ambulance.asked_by,
        ),
    )


def note_ambulance(case: Case, command: c.NoteAmbulance, _: datetime) -> Decision:
    """Learn the desk's word; of "not accepted" one for each time that it was made more urgent.

    None once somebody has what is asked for now.
    """
    late = case.ambulance.is_owned or case.ambulance.not_accepted_at
    if command.step == "not_accepted" and late:
        return ()
    return (
        asked.AmbulanceProgressed(
            case_id=case.case_id,
            step=command.step,
            by=command.by,
            callsign=command.callsign,
            eta_at=command.eta_at,
            at=command.at,
            note=command.note,
            category=command.category,
            seen=command.seen,
            accept_by=command.accept_by,
        ),
    )


def request_appointment(case: Case, command: c.RequestAppointment, now: datetime) -> Decision:
    """Ask for one slot; pressing twice asks once."""
    if case.booking is not None:
        if case.booking.slot_id == command.slot_id:
            return ()
        raise Refused(Refusal.ALREADY_HAS_APPOINTMENT)
    if not case.patient.family:
        raise Refused(Refusal.NO_NAME_YET)
    return (
        asked.AppointmentRequested(
            case_id=case.case_id,
            org=case.org,
            reference=case.reference,
            booking_id=child_id(case.case_id, f"booking {len(case.bookings)}"),
            slot_id=command.slot_id,
            to_org=command.to_org,
            service_id=command.service_id,
            service_name=command.service_name,
            starts_at=command.starts_at,
            ends_at=command.ends_at,
            patient=case.patient,
            numbers=case.numbers,
            problem=case.problem,
            disposition=case.disposition.label if case.disposition else "",
            requested_at=now,
            by=command.staff_name,
        ),
    )


def give_up_appointment(case: Case, command: c.GiveUpAppointment, now: datetime) -> Decision:
    """Give the slot back."""
    if case.booking is None:
        raise Refused(Refusal.NO_APPOINTMENT)
    return (
        asked.AppointmentGivenUp(
            case_id=case.case_id,
            booking_id=case.booking.booking_id,
            reason=command.reason,
            by=command.staff_name,
            at=now,
        ),
    )


def note_appointment(case: Case, command: c.NoteAppointment, _: datetime) -> Decision:
    """Learn the clinic's word."""
    return (
        asked.AppointmentProgressed(
            case_id=case.case_id,
            booking_id=command.booking_id,
            step=command.step,
            service_name=command.service_name,
            starts_at=command.starts_at,
            at=command.at,
            note=command.note,
        ),
    )


def refer(case: Case, command: c.ReferToService, now: datetime) -> Decision:
    """Send the patient to a service without a booked time; to the same one, once."""
    if case.referred is not None and case.referred.service_id == command.service_id:
        return ()
    return (
        asked.ServiceReferred(
            case_id=case.case_id,
            service_id=command.service_id,
            service_name=command.service_name,
            note=command.note,
            by=command.staff_name,
            at=now,
        ),
    )


def note_prescription(case: Case, command: c.NotePrescription, _: datetime) -> Decision:
    """Learn the prescriber's or the pharmacy's word."""
    return (
        asked.PrescriptionProgressed(
            case_id=case.case_id,
            step=command.step,
            by=command.by,
            note=command.note,
            at=command.at,
        ),
    )


def take(case: Case, command: c.TakeCase, now: datetime) -> Decision:
    """Give the case to the first clinician who takes it."""
    if not case.clinical.is_waiting:
        raise Refused(Refusal.NOT_IN_QUEUE)
    if case.clinical.taken_id == command.staff_id:
        return ()
    if case.clinical.taken_by:
        raise Refused(Refusal.WITH_ANOTHER_CLINICIAN, who=case.clinical.taken_by)
    return (
        asked.ClinicianTook(
            case_id=case.case_id,
            staff_id=command.staff_id,
            staff_name=command.staff_name,
            taken_at=now,
        ),
    )


def put_back(case: Case, command: c.PutCaseBack, now: datetime) -> Decision:
    """Put the case back, whoever had it: a supervisor may for one who has gone home."""
    if not case.clinical.is_waiting or not case.clinical.taken_by:
        raise Refused(Refusal.NOT_IN_QUEUE)
    had = case.clinical.taken_id
    return (
        asked.ClinicianPutBack(
            case_id=case.case_id,
            reason=command.reason,
            by=command.staff_name,
            at=now,
            from_id="" if had == case.keeper_id else had,
        ),
    )


def tried(case: Case, command: c.TryContact, now: datetime) -> Decision:
    """Count a call that reached nobody."""
    _must_have(case, command.staff_id)
    return (
        asked.ContactTried(
            case_id=case.case_id, note=command.note, by=command.staff_name, at=now
        ),
    )


def decided(case: Case, command: c.DecideCase, now: datetime) -> Decision:
    """Record what the clinician who has the case advised or arranged."""
    _must_have(case, command.staff_id)
    return (
        asked.ClinicianDecided(
            case_id=case.case_id,
            outcome=command.outcome,
            note=command.note,
            by=command.staff_name,
            at=now,
        ),
    )


def _note(case: Case, entry_id: str, text: str, by: str) -> e.NoteWritten:
    return e.NoteWritten(case_id=case.case_id, entry_id=entry_id, text=text, by=by)


def _must_have(case: Case, staff_id: str) -> None:
    if not case.clinical.is_waiting:
        raise Refused(Refusal.NOT_IN_QUEUE)
    if case.clinical.taken_id != staff_id:
        if case.clinical.taken_by:
            raise Refused(Refusal.WITH_ANOTHER_CLINICIAN, who=case.clinical.taken_by)
        raise Refused(Refusal.TAKE_IT_FIRST)
