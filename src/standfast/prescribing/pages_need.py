"""One need on the prescriber's screen: looking at it, taking it, writing, giving it up."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.people import PERSON, PersonSummary
from standfast.facts.prescribing import Medicine
from standfast.kernel.messages import Refused
from standfast.prescribing import queries
from standfast.prescribing.alarms import alarms
from standfast.prescribing.commands import (
    CancelPrescription,
    DeclineNeed,
    NeedCommand,
    PutBackNeed,
    TakeNeed,
    WritePrescription,
)
from standfast.prescribing.content import quantity
from standfast.prescribing.model import NEED
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.safety import Fault, Reasons, Safety, safety_faults
from standfast.prescribing.state import Need, Prescription
from standfast.prescribing.workbench import (
    allowed_minutes,
    medicine_view,
    progress,
    safety_view,
    stage_words,
    timeline,
)
from standfast.prescribing.writing import faults, medicine_faults, quantity_faults
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import actor, html, not_found, platform, refusal, see_other

OWN: Final = "own"
"""The choice of dose that says: as I have typed it."""

WRITE: Final = Form(
    WritePrescription,
    {
        "no_allergies_reason": "Enter what the patient said in 500 characters or fewer.",
        "allergy_reason": "Enter a reason of 500 characters or fewer.",
        "duplicate_reason": "Enter a reason of 500 characters or fewer.",
        "dose": "Select or enter the dose.",
        "quantity": "Enter the quantity as a whole number, such as 15.",
    },
)
PUT_BACK: Final = Form(PutBackNeed, {"reason": "Enter why you put it back."})
DECLINE: Final = Form(DeclineNeed, {"advice": "Enter what the patient was told."})
CANCEL: Final = Form(CancelPrescription, {"reason": "Enter why you cancel it."})


class Opened(Struct, frozen=True):
    """A need that the visitor's organisation has, and the person it is about, if known."""

    need: Need
    person: PersonSummary | None

    @property
    def path(self) -> str:
        return f"/prescribing/needs/{self.need.case_id}"


async def open_need(request: Request) -> Opened | None:
    """Return the need that the address names; None when it is not the visitor's to see."""
    here, org = platform(request), actor(request).org
    case_id = str(request.path_params["case_id"])
    if await queries.need(here.db, org, case_id) is None:
        return None
    need = await here.state(NEED, case_id)
    person_id = need.patient.person_id
    person = await here.ask(PERSON, org=org, key=person_id) if person_id else None
    return Opened(need, person)


async def show_need(request: Request) -> Response:
    """Show everything a prescriber needs to decide."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    return await workbench(request, opened)


async def show_progress(request: Request) -> Response:
    """Show how far it is, alone, for an open page to take in."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    return await html(request, "prescribing/_progress.html", _given(request, opened))


async def show_medicines(request: Request) -> Response:
    """Show what the medicine search finds, alone, while it is typed."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    found = await _search(request, safety_view(opened.person).safety)
    return await html(
        request, "prescribing/_medicines.html", {**_given(request, opened), **found}
    )


async def take(request: Request) -> Response:
    """Have it."""
    who = actor(request)
    return await _carry_out(request, TakeNeed(staff_id=who.staff_id, staff_name=who.name))


async def put_back(request: Request) -> Response:
    """Give it up for somebody else to take."""
    return await _carry_out_form(request, PUT_BACK, staff_name=actor(request).name)


async def decline(request: Request) -> Response:
    """End it with advice and no prescription."""
    who = actor(request)
    return await _carry_out_form(request, DECLINE, staff_id=who.staff_id, staff_name=who.name)


async def cancel(request: Request) -> Response:
    """Take a signed prescription back."""
    who = actor(request)
    sent = await sent_form(request)
    return await _carry_out_form(
        request,
        CANCEL,
        prescription_id=sent.get("prescription_id", ""),
        staff_id=who.staff_id,
        staff_name=who.name,
    )


async def write(request: Request) -> Response:
    """Draft the prescription, and go on to check and sign it."""
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    medicine = await queries.medicine(here.db, who.org, sent.get("code", ""))
    if medicine is None:
        errors = {"q": here.sentence(Refusal.NOT_CODED)}
        return await workbench(request, opened, errors, sent)
    safety = safety_view(opened.person).safety
    command = WRITE.read(
        {**sent, "dose": _dose(sent), "quantity": _whole(sent)},
        medicine=medicine,
        unit=sent.get("unit", ""),
        safety=safety,
        seen=sent.get("seen", ""),
        staff_id=who.staff_id,
        staff_name=who.name,
        demonstration=here.settings.demonstration,
    )
    errors = _errors(request, command, medicine, safety, sent)
    if errors or isinstance(command, FormErrors):
        return await workbench(request, opened, errors, sent)
    try:
        await here.execute(NEED, opened.need.case_id, command, actor=who)
    except Refused as refused:
        return await workbench(request, opened, {"": refusal(request, refused)}, sent)
    return see_other(f"{opened.path}/sign")


async def workbench(
    request: Request,
    opened: Opened,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    """Answer with the page; with what was typed and what is wrong with it, if anything is."""
    here = platform(request)
    safety = safety_view(opened.person)
    code = (sent or {}).get("code") or request.query_params.get("code", "")
    medicine = await queries.medicine(here.db, actor(request).org, code) if code else None
    given = {
        **_given(request, opened),
        **await _search(request, safety.safety),
        "safety": safety,
        "chosen": medicine_view(medicine, safety.safety) if medicine else None,
        "errors": errors or {},
        "values": sent or _values(opened.need, code),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "prescribing/need.html", given, status=status)


def _given(request: Request, opened: Opened) -> dict[str, object]:
    """Return what every part of the page is given."""
    need, holder = opened.need, opened.need.holder
    received = need.received
    assert received is not None  # noqa: S101 - it has a row, so it was received
    return {
        "need": need,
        "received": received,
        "path_of_need": opened.path,
        "patient": need.patient,
        "person": opened.person,
        "mine": holder is not None and holder.staff_id == actor(request).staff_id,
        "minutes": allowed_minutes(received.due_at, received.received_at),
        "stage": need.stage.value,
        "stage_words": stage_words(need),
        "steps": progress(need),
        "timeline": timeline(need),
        "alarms": tuple(alarms(need)),
        "draft": need.draft.content if need.draft else None,
        "draft_amount": _amount(need.draft),
        "live": need.live,
        "wrong_patient": need.live is not None and need.is_for_another(need.live),
        "wrong_supplied": any(need.is_for_another(one) for one in need.supplied),
        "live_amount": _amount(need.live),
        "given_out": [one.supplied for one in need.supplied],
    }


def _amount(one: Prescription | None) -> str:
    item = one.content.item if one and one.content else None
    return quantity(item.quantity, item.unit) if item else ""


async def _search(request: Request, safety: Safety) -> dict[str, object]:
    text = request.query_params.get("q", "").strip()[:100]
    found = await queries.search(platform(request).db, actor(request).org, text)
    return {"q": text, "found": [medicine_view(each, safety) for each in found]}


async def _carry_out_form(
    request: Request,
    form: Form[PutBackNeed] | Form[DeclineNeed] | Form[CancelPrescription],
    **known: object,
) -> Response:
    """Read *form*, or show it again with what is wrong."""
    sent = await sent_form(request)
    command = form.read(sent, **known)
    if not isinstance(command, FormErrors):
        return await _carry_out(request, command, sent)
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    return await workbench(request, opened, command.messages, sent)


async def _carry_out(
    request: Request, command: NeedCommand, sent: Mapping[str, str] | None = None
) -> Response:
    opened = await open_need(request)
    if opened is None:
        return await not_found(request)
    try:
        await platform(request).execute(
            NEED, opened.need.case_id, command, actor=actor(request)
        )
    except Refused as refused:
        return await workbench(request, opened, {"": refusal(request, refused)}, sent)
    return see_other(opened.path)


def _whole(sent: Mapping[str, str]) -> str:
    """Return the quantity if it is plain figures: ``1e1`` is a slip, not ten."""
    typed = sent.get("quantity", "").strip()
    return typed if typed.isascii() and typed.isdigit() else ""


def _dose(sent: Mapping[str, str]) -> str:
    """Return the dose that was chosen or typed; nothing when it is not clear which."""
    chosen, typed = sent.get("dose", "").strip(), sent.get("own_dose", "").strip()
    if chosen in ("", OWN):
        return typed
    return "" if typed else chosen


def _errors(
    request: Request,
    command: WritePrescription | FormErrors,
    medicine: Medicine,
    safety: Safety,
    sent: Mapping[str, str],
) -> dict[str, str]:
    """Return every mistake at once: what was mistyped, and what stands against it."""
    if isinstance(command, FormErrors):
        reasons = Reasons(
            no_allergies=sent.get("no_allergies_reason", ""),
            allergy=sent.get("allergy_reason", ""),
            duplicate=sent.get("duplicate_reason", ""),
        )
        demonstration = platform(request).settings.demonstration
        amount = _whole(sent)[:5]
        against = [
            *medicine_faults(medicine, demonstration=demonstration),
            *safety_faults(medicine, safety, reasons),
            *(quantity_faults(medicine, int(amount), sent.get("unit", "")) if amount else ()),
        ]
        errors = {**command.messages, **_sentences(request, against)}
        return {name: errors[name] for name in ("", *WRITE.fields) if name in errors}
    return _sentences(request, faults(command))


def _sentences(request: Request, against: Iterable[Fault]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for fault in against:
        sentence = platform(request).sentence(fault.reason, fault.details)
        before = errors.get(fault.field)
        errors[fault.field] = f"{before} {sentence}" if before else sentence
    return errors


def _values(need: Need, code: str) -> dict[str, str]:
    """Return what the form begins with: the draft, when it is of the same medicine."""
    content = need.draft.content if need.draft else None
    if content is None or content.item.code != code:
        return {}
    return {
        "quantity": str(content.item.quantity),
        "dose": content.item.dose,
        "no_allergies_reason": content.allergies_reason,
    }
