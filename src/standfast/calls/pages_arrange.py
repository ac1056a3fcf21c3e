"""What is arranged on the telephone: who it is, an appointment, a service to go to."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.calls.commands import (
    CaseCommand,
    GiveUpAppointment,
    IdentifyPatient,
    ReferToService,
    RequestAppointment,
    UnlinkPatient,
)
from standfast.calls.model_case import CASE
from standfast.calls.pages_common import TAKE, Asked, asked
from standfast.facts.booking import SLOT
from standfast.facts.contact import Patient
from standfast.facts.directory import SERVICE
from standfast.facts.people import PERSON, PersonSummary
from standfast.kernel.access import Said
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, not_found, problem, see_other, wants_json
from standfast.web.rendering import UK

GIVE_UP: Final = Form(GiveUpAppointment, {"reason": "Enter why it is given up"})
REFER: Final = Form(ReferToService, {"note": "Enter a note of at most 4,000 characters"})


async def link_patient(request: Request) -> Response:
    """Link the person whom somebody confirmed to be the patient.

    That it is done, and what is odd about it, is written down before the record is read.
    """
    ask = await asked(request)
    sent = await sent_form(request)
    person_id = sent.get("person_id", "")
    if ask.case.identified is None:
        stopped = await ask.here.records.linking(request, person_id, _said(ask))
        if stopped is not None:
            return stopped
    person = await ask.here.ask(PERSON, org=ask.who.org, key=person_id)
    if person is None:
        return await not_found(request)
    command = IdentifyPatient(
        case_id=ask.case_id,
        patient=_patient(person, ask),
        gp_name=person.details.gp_name,
        language=person.details.language,
        needs_interpreter=person.details.needs_interpreter,
        staff_name=ask.who.name,
    )
    return await carry_out(request, ask, command)


async def unlink_patient(request: Request) -> Response:
    """Take the wrong person off the case."""
    ask = await asked(request)
    linked = ask.case.identified
    if linked is not None and linked.person_id is not None:
        await ask.here.records.unlinking(request, ask.case_id, linked.person_id)
    command = UnlinkPatient(case_id=ask.case_id, staff_name=ask.who.name)
    return await carry_out(request, ask, command)


async def book(request: Request) -> Response:
    """Book a slot. If somebody was quicker: 409, and the sentence that says so."""
    ask = await asked(request)
    sent = await sent_form(request)
    slot = await ask.here.ask(SLOT, org=ask.who.org, key=sent.get("slot_id", ""))
    if slot is None:
        return await not_found(request)
    service = await ask.here.ask(SERVICE, org=ask.who.org, key=slot.service_id)
    command = RequestAppointment(
        case_id=ask.case_id,
        slot_id=slot.slot_id,
        to_org=slot.org,
        service_id=slot.service_id,
        service_name=service.name if service else slot.service_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        staff_name=ask.who.name,
    )
    return await carry_out(request, ask, command)


async def give_up(request: Request) -> Response:
    """Give the booked slot back."""
    ask = await asked(request)
    sent = await sent_form(request)
    command = GIVE_UP.read(sent, case_id=ask.case_id, staff_name=ask.who.name)
    if isinstance(command, FormErrors):
        return await unreadable(request, command)
    return await carry_out(request, ask, command)


async def refer(request: Request) -> Response:
    """Send the patient to a service that is listed, without a booked time."""
    ask = await asked(request)
    sent = await sent_form(request)
    service = await ask.here.ask(SERVICE, org=ask.who.org, key=sent.get("service_id", ""))
    if service is None:
        return await not_found(request)
    command = REFER.read(
        sent,
        case_id=ask.case_id,
        service_id=service.service_id,
        service_name=service.name,
        staff_name=ask.who.name,
    )
    if isinstance(command, FormErrors):
        return await unreadable(request, command)
    return await carry_out(request, ask, command)


async def carry_out(
    request: Request, ask: Asked, command: CaseCommand, back: str = ""
) -> Response:
    """Carry out *command*; tell a script that it is done, send a person *back* to a page."""
    await ask.here.execute(CASE, ask.case_id, command, actor=ask.who)
    if wants_json(request):
        return JSONResponse({"done": True})
    return see_other(back or f"/calls/{ask.case_id}")


async def unreadable(request: Request, errors: FormErrors) -> Response:
    """Tell a script which fields were wrong, and a person in one sentence."""
    if wants_json(request):
        return JSONResponse({"errors": dict(errors.messages)}, HTTPStatus.UNPROCESSABLE_ENTITY)
    sentence = ". ".join(errors.messages.values())
    return await problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, sentence)


def _patient(person: PersonSummary, ask: Asked) -> Patient:
    """Return the record as the case keeps it; what the record lacks the caller may have said."""
    details, said = person.details, ask.case.described
    return Patient(
        person_id=person.person_id,
        family=details.family,
        given=details.given,
        title=details.title,
        born=details.born,
        age_years=_years(details.born, ask.here.clock()) if details.born else said.age_years,
        sex=details.sex,
        nhs_number=details.nhs_number,
        postcode=details.postcode,
    )


def _said(ask: Asked) -> Said:
    """Return what the caller has said, for whoever compares it with the record."""
    case = ask.case
    return Said(
        case_id=ask.case_id,
        reference=case.reference,
        numbers=(case.number, *(each.number for each in case.numbers)),
        address=case.place.address,
        postcodes=(case.place.postcode, case.described.postcode),
        born=case.described.born,
        nhs_number=case.described.nhs_number,
    )


def _years(born: date, now: datetime) -> int:
    today = now.astimezone(UK).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


PAGES: Final = (
    Page("/calls/{case_id}/patient", link_patient, needs=TAKE, method="POST", opens="case"),
    Page("/calls/{case_id}/unlink", unlink_patient, needs=TAKE, method="POST", opens="case"),
    Page("/calls/{case_id}/book", book, needs=TAKE, method="POST", opens="case"),
    Page("/calls/{case_id}/give-up", give_up, needs=TAKE, method="POST", opens="case"),
    Page("/calls/{case_id}/refer", refer, needs=TAKE, method="POST", opens="case"),
)
