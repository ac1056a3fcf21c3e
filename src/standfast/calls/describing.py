"""Each fact of a call and of a case as one plain sentence, for timelines."""

from typing import Final, assert_never

from standfast.calls.learning import (
    BeginningAndEnd,
    Outcomes,
    Prescriptions,
    Services,
    WhatIsKnown,
)
from standfast.calls.learning_ambulance import Ambulances
from standfast.calls.rows import one_line
from standfast.facts import calls
from standfast.facts import cases as e
from standfast.facts import requests as asked
from standfast.facts.contact import Patient
from standfast.web.rendering import local_datetime, local_time, phone

AMBULANCE_STEPS: Final = {
    "allocated": "given the incident",
    "mobile": "on its way",
    "on_scene": "on scene",
    "conveying": "taking the patient to hospital",
    "at_hospital": "at the hospital",
    "clear": "clear, free for another call",
    "stood_down": "no longer going",
}
SOURCES: Final = {
    e.CaseSource.PHONE: "from a call",
    e.CaseSource.BARS: "from a referral",
    e.CaseSource.PAPER: "on paper",
}
APPOINTMENT_STEPS: Final = {
    "requested": "Appointment requested",
    "booked": "Appointment booked",
    "arrived": "The patient has arrived for the appointment",
    "cancelled": "Appointment cancelled",
    "given_up": "Appointment given up",
    "did_not_attend": "The patient did not attend the appointment",
}
PRESCRIPTION_STEPS: Final = {
    "": "Prescription requested",
    "taken": "A prescriber has the request",
    "put_back": "The request is back in the prescribers' queue",
    "written": "Prescription drafted",
    "sent": "Prescription sent to the pharmacy",
    "cancelled": "The prescriber took the prescription back",
    "supplied": "Medicine supplied",
    "not_supplied": "The pharmacy could not supply it",
    "declined": "No prescription was given",
}


def describe_call(event: calls.CallEvent) -> str:
    """Return one sentence for a fact of a call."""
    match event:
        case calls.CallRang():
            return f"A call rang from {phone(event.number) if event.number else 'withheld'}"
        case calls.CallConnected():
            return "The line was picked up"
        case calls.CallAnswered():
            return f"{event.staff_name} answered the call"
        case calls.CallAbandoned():
            return "The caller hung up before anybody had opened a case"
        case calls.CallEnded():
            return "The call ended"
        case calls.CallBackSettled():
            return f"{event.staff_name} settled the call-back: {event.outcome}"
        case _:
            assert_never(event)


def describe_case(event: e.CaseEvent) -> str:  # noqa: PLR0911 - one for each kind
    """Return one sentence for a fact of a case."""
    if isinstance(event, BeginningAndEnd):
        return _beginning_or_end(event)
    if isinstance(event, WhatIsKnown):
        return _known(event)
    if isinstance(event, Outcomes):
        return _outcome(event)
    if isinstance(event, Ambulances):
        return _ambulance(event)
    if isinstance(event, Services):
        return _service(event)
    if isinstance(event, Prescriptions):
        return _prescription(event)
    return _clinician(event)


def _beginning_or_end(event: BeginningAndEnd) -> str:  # noqa: PLR0911 - one for each fact
    match event:
        case e.CaseOpened():
            return f"{event.by} opened case {event.reference} {SOURCES[event.source]}"
        case e.CallerHungUp():
            return "The caller's line was closed"
        case e.CaseCallBackSettled():
            return f"{event.by} settled the call-back: {event.outcome}"
        case e.CallFinished():
            return f"{event.by} finished the call"
        case e.EnteredFromPaper():
            taken = f", on which {event.taken_by} took the call" if event.taken_by else ""
            return f"{event.by} keyed it from the paper form {event.form_code}{taken}"
        case e.CaseHandedOver():
            until = event.reads_until
            reads = f", and reads it on until {local_time(until)}" if until else ""
            return f"{event.by} handed the case over to {event.to_name}{reads}"
        case e.CaseClosed():
            return f"{event.by} closed the case: {event.summary}"
        case e.MessagePassedOn():
            way = {"phone": "by phone", "post": "by post", "nhsmail": "by NHSmail"}
            if event.is_correction:
                told = way.get(event.way, event.way)
                return f"{event.by} told the GP {told} that the message was not theirs"
            return f"{event.by} passed the GP message on {way.get(event.way, event.way)}"
        case _:
            assert_never(event)


def _known(event: WhatIsKnown) -> str:  # noqa: PLR0911 - one for each fact
    match event:
        case e.CallerRecorded():
            return f"Caller: {event.name or 'name not known'} ({event.relationship or 'self'})"
        case e.PlaceRecorded():
            told = ". How to get in was said, and is sealed" if event.place.way_in else ""
            who = f" (written by {event.by})" if event.by else ""
            return f"Place: {one_line(event.place) or 'Not known'}{who}{told}"
        case e.NumbersRecorded():
            numbers = ", ".join(phone(each.number) for each in event.numbers)
            return f"Numbers to ring: {numbers or 'none'}"
        case e.NeedsRecorded():
            extra = ", interpreter needed" if event.needs_interpreter else ""
            gp = event.gp_name or "not known"
            whose = " (from the linked record)" if event.person_id else ""
            return f"GP: {gp}{whose}. Language: {event.language or 'not known'}{extra}"
        case e.ProblemReported():
            return f"Problem: “{event.words}”"
        case e.NoteWritten():
            return f"Note by {event.by}: {event.text}"
        case e.PatientDescribed():
            return f"The patient was described as {_name(event.patient)}"
        case e.PatientIdentified():
            return f"{event.by} confirmed the patient as {_name(event.patient)}"
        case e.PatientUnlinked():
            return f"{event.by} unlinked a patient: it was somebody else"
        case _:
            assert_never(event)


def _name(patient: Patient) -> str:
    return " ".join(part for part in (patient.given, patient.family) if part) or "not known"


def _outcome(event: Outcomes) -> str:
    match event:
        case e.DispositionRecorded():
            return f"Outcome: {event.label}, by {local_time(event.due_at)}"
        case e.DispositionTakenBack():
            return "An answer was changed: the outcome before no longer stands"
        case e.AdviceSaid():
            return f"Advice {'said' if event.said else 'not said after all'}: {event.text}"
        case _:
            assert_never(event)


def _ambulance(event: Ambulances) -> str:  # noqa: PLR0911 - one for each fact
    match event:
        case asked.AmbulanceRequested():
            return f"Ambulance requested, category {event.category[1:]}: {event.reason}"
        case asked.AmbulanceDetailsChanged():
            return "The ambulance desk was told of changed details"
        case asked.AmbulanceProgressed(step="accepted"):
            return f"{event.by} accepted the ambulance request ({event.note})"
        case asked.AmbulanceProgressed(step="not_accepted"):
            return "Nobody accepted the ambulance request in time: NOT SENT"
        case asked.AmbulanceProgressed(step="lowered"):
            return f"{event.by} lowered it to category {event.category[1:]}: {event.note}"
        case asked.AmbulanceProgressed(step="closed"):
            return f"The ambulance desk closed the incident: {event.note}"
        case asked.AmbulanceProgressed():
            eta = f", expected {local_time(event.eta_at)}" if event.eta_at else ""
            step = AMBULANCE_STEPS.get(event.step, event.step)
            return f"Ambulance {event.callsign}: {step}{eta}"
        case asked.AmbulanceRungThrough():
            return (
                f"{event.by} asked for an ambulance by telephone, category {event.category[1:]}: "
                f"incident {event.incident_number}, {event.desk_name}"
            )
        case asked.AmbulancePhoned():
            return f"{event.by} phoned control: incident {event.incident_number}"
        case _:
            assert_never(event)


def _service(event: Services) -> str:
    match event:
        case asked.ServiceWanted():
            return f"A service is wanted by {local_time(event.due_at)}: {event.label}"
        case asked.AppointmentRequested():
            when = local_datetime(event.starts_at)
            return f"{event.by} asked for an appointment at {event.service_name}, {when}"
        case asked.AppointmentDetailsChanged():
            return "The clinic was told of changed details"
        case asked.AppointmentGivenUp():
            return f"{event.by} gave the appointment up: {event.reason}"
        case asked.AppointmentProgressed():
            said = APPOINTMENT_STEPS.get(event.step, event.step)
            return f"{said}: {event.note}" if event.note else said
        case asked.ServiceReferred():
            return f"{event.by} referred the patient to {event.service_name}"
        case _:
            assert_never(event)


def _prescription(event: Prescriptions) -> str:
    match event:
        case asked.PrescriptionRequested():
            return f"A prescriber was asked to look by {local_time(event.due_at)}"
        case asked.PrescriptionDetailsChanged():
            return "The prescriber was told of changed details"
        case asked.PrescriptionProgressed():
            said = PRESCRIPTION_STEPS.get(event.step, event.step)
            return f"{said}, {event.by}" + (f": {event.note}" if event.note else "")
        case _:
            assert_never(event)


def _clinician(
    event: asked.ClinicianWanted
    | asked.ClinicianTook
    | asked.ClinicianPutBack
    | asked.ContactTried
    | asked.ClinicianDecided,
) -> str:
    match event:
        case asked.ClinicianWanted():
            return f"A clinician is to ring by {local_time(event.due_at)}: {event.reason}"
        case asked.ClinicianTook():
            return f"{event.staff_name} took the case from the clinical queue"
        case asked.ClinicianPutBack():
            return f"{event.by} put the case back in the queue: {event.reason}"
        case asked.ContactTried():
            return f"{event.by} rang and reached nobody: {event.note}"
        case asked.ClinicianDecided():
            return f"{event.by}: {event.outcome}. {event.note}"
        case _:
            assert_never(event)
