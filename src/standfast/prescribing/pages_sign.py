"""Checking and signing a prescription, choosing its pharmacy, printing it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.directory import OPEN_PHARMACIES
from standfast.facts.identity import ORGANISATION, STAFF
from standfast.facts.prescribing import PrescriptionWritten
from standfast.kernel.messages import Refused
from standfast.prescribing.commands import SendPrescription, SignPrescription
from standfast.prescribing.content import content_bytes, content_hash, quantity
from standfast.prescribing.model import NEED
from standfast.prescribing.pages_need import Opened, open_need, workbench
from standfast.prescribing.pharmacies import Pharmacy, nearest_first
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import Prescription
from standfast.prescribing.workbench import safety_view
from standfast.web.forms import sent_form
from standfast.web.pages import actor, html, not_found, platform, refusal, see_other
from standfast.web.step_up import ask, confirmed

SIGN: Final = "prescribing.sign"


async def show_sign(request: Request) -> Response:
    """Show exactly what would be signed."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    return await _sign_page(request, opened)


async def sign(request: Request) -> Response:
    """Sign what was on the screen, and go on to the pharmacies."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    staff = await here.ask(STAFF, org=who.org, key=who.staff_id)
    content = opened.need.draft.content if opened.need.draft else None
    says = content_bytes(content) if content else b""
    proof = await confirmed(request, act=SIGN, content=says)
    command = SignPrescription(
        prescription_id=sent.get("prescription_id", ""),
        content_hash=sent.get("content_hash", ""),
        safety_hash=safety_view(opened.person).shown_hash,
        confirmed=sent.get("confirmed") == "yes",
        staff_id=who.staff_id,
        staff_name=who.name,
        registration=staff.registration if staff else "",
        proof_id=proof.proof_id if proof else "",
    )
    try:
        await here.execute(NEED, opened.need.case_id, command, actor=who)
    except Refused as refused:
        if refused.reason is Refusal.NOT_PROVEN and content is not None:
            return await ask(request, act=SIGN, content=says, says=_in_words(content))
        field = "confirmed" if refused.reason is Refusal.NOT_CONFIRMED else ""
        return await _sign_page(request, opened, {field: refusal(request, refused)})
    return see_other(f"{opened.path}/pharmacy")


def _in_words(content: PrescriptionWritten) -> str:
    """Return what the passkey is asked to sign, as one reads it a last time."""
    item = content.item
    amount = quantity(item.quantity, item.unit)
    patient = f"{content.patient.family.upper()}, {content.patient.given}"
    return (
        f"Sign {content.number}: {item.generic_name} {item.strength} {item.form}, "
        f"{item.dose}, {amount}, for {patient}"
    )


async def show_pharmacies(request: Request) -> Response:
    """Show the pharmacies that are open now, nearest first."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    return await _pharmacy_page(request, opened)


async def send(request: Request) -> Response:
    """Send the signed prescription to the chosen pharmacy."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    chosen = next(
        (
            each.service
            for each in await _pharmacies(request, opened)
            if each.service.service_id == sent.get("service_id")
        ),
        None,
    )
    command = SendPrescription(
        prescription_id=sent.get("prescription_id", ""),
        pharmacy_org=chosen.org if chosen else "",
        pharmacy_name=chosen.name if chosen else "This pharmacy",
        is_open=chosen is not None,
        staff_id=who.staff_id,
        staff_name=who.name,
    )
    try:
        await here.execute(NEED, opened.need.case_id, command, actor=who)
    except Refused as refused:
        return await _pharmacy_page(request, opened, {"": refusal(request, refused)})
    return see_other(opened.path)


async def print_prescription(request: Request) -> Response:
    """Show the signed prescription as it is printed."""
    opened = await open_need(request)
    one = opened and _latest_signed(opened)
    if not opened or not one or one.content is None or one.signature is None:
        return await not_found(request)
    here = platform(request)
    content = one.content
    organisation = await here.ask(ORGANISATION, org=opened.need.org, key=opened.need.org)
    given = {
        "patient": content.patient,
        "address": content.address,
        "number": content.number,
        "item": content.item,
        "amount": quantity(content.item.quantity, content.item.unit),
        "allergies_seen": content.allergies_seen,
        "allergies_reason": content.allergies_reason,
        "warnings": content.warnings_overridden,
        "prescriber": one.signature.staff_name,
        "registration": one.signature.registration,
        "signed_at": one.signature.signed_at,
        "content_hash": one.signature.content_hash,
        "genuine": not one.is_altered,
        "organisation": organisation,
        "pharmacy_name": one.sent.pharmacy_name if one.sent else "",
        "back": opened.path,
        "void": bool(one.cancelled or one.refused or opened.need.is_for_another(one)),
    }
    return await html(request, "prescribing/print.html", given)


def _latest_signed(opened: Opened) -> Prescription | None:
    signed = [one for one in opened.need.prescriptions if one.signature]
    return signed[-1] if signed else None


async def _sign_page(
    request: Request, opened: Opened, errors: Mapping[str, str] | None = None
) -> Response:
    draft = opened.need.draft
    if draft is None or draft.content is None:
        return await _elsewhere(request, opened, errors, Refusal.NOTHING_TO_SIGN)
    safety = safety_view(opened.person)
    content = draft.content
    given = {
        "need": opened.need,
        "path_of_need": opened.path,
        "content": content,
        "amount": quantity(content.item.quantity, content.item.unit),
        "content_hash": content_hash(content),
        "person": opened.person,
        "patient": opened.need.patient,
        "patient_changed": content.patient != opened.need.patient,
        "safety": safety,
        "safety_changed": content.safety_hash != safety.shown_hash,
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "prescribing/sign.html", given, status=status)


async def _pharmacy_page(
    request: Request, opened: Opened, errors: Mapping[str, str] | None = None
) -> Response:
    live = opened.need.live
    if live is None or live.content is None or live.sent is not None:
        return await _elsewhere(request, opened, errors, Refusal.NOT_SIGNED)
    given = {
        "need": opened.need,
        "path_of_need": opened.path,
        "patient": opened.need.patient,
        "person": opened.person,
        "live": live,
        "content": live.content,
        "amount": quantity(live.content.item.quantity, live.content.item.unit),
        "pharmacies": await _pharmacies(request, opened),
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "prescribing/pharmacies.html", given, status=status)


async def _elsewhere(
    request: Request, opened: Opened, errors: Mapping[str, str] | None, reason: Refusal
) -> Response:
    """Show the need itself: what was wanted here has been done, or cannot be yet."""
    if opened.need.live is not None and not errors:
        return see_other(opened.path)
    sentence = platform(request).sentence(reason)
    return await workbench(request, opened, errors or {"": sentence})


async def _pharmacies(request: Request, opened: Opened) -> tuple[Pharmacy, ...]:
    here = platform(request)
    now = here.clock()
    services = await here.ask(OPEN_PHARMACIES, org=actor(request).org, key=now.isoformat())
    home = opened.person.details.point if opened.person else None
    return nearest_first(services, now, opened.need.point or home)
