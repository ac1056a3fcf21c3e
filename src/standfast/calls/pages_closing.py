"""Finishing a case: what is still owed, the message to the GP, and passing it on."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.closing import outstanding
from standfast.calls.commands import CloseCase, PassMessageOn
from standfast.calls.message import Message, message, pdf, text_of
from standfast.calls.model_case import CASE
from standfast.calls.pages_arrange import carry_out, unreadable
from standfast.calls.pages_case import about, assessment, person_of
from standfast.calls.pages_common import CLOSE, READ, Asked, asked
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, html, refusal, see_other

CLOSING: Final = Form(
    CloseCase,
    {
        "gp_name": "Enter the GP's practice in at most 200 characters",
        "action": "Enter what the GP is asked to do in at most 4,000 characters",
        "without_outcome": "Enter the reason in at most 200 characters",
    },
)
PASSING_ON: Final = Form(PassMessageOn, {"way": "Select how the message was passed on"})


async def ask_to_close(request: Request) -> Response:
    """Show what the case still owes, and the form that closes it."""
    ask = await asked(request)
    return await _closing_page(request, ask, {"gp_name": ask.case.gp_name}, {}, HTTPStatus.OK)


async def close_case(request: Request) -> Response:
    """Close the case, or say everything that stands in the way."""
    ask = await asked(request)
    sent = await sent_form(request)
    text = text_of(
        ask.case,
        await person_of(ask),
        await assessment(ask),
        provider=ask.who.org_name,
        now=ask.here.clock(),
    )
    command = CLOSING.read(
        sent,
        case_id=ask.case_id,
        staff_name=ask.who.name,
        text=text,
        about=ask.case.patient,
    )
    errors = dict(command.messages) if isinstance(command, FormErrors) else {}
    if sent.get("for_action") not in {"yes", "no"}:
        errors["for_action"] = "Select whether the GP must do something"
    elif sent["for_action"] == "yes" and not sent.get("action", "").strip():
        errors["action"] = "Enter what the GP is asked to do"
    if isinstance(command, FormErrors) or errors:
        return await _closing_page(request, ask, sent, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        await ask.here.execute(CASE, ask.case_id, command, actor=ask.who)
    except Refused as refused:
        errors[""] = refusal(request, refused)
        return await _closing_page(request, ask, sent, errors, HTTPStatus.CONFLICT)
    return see_other(f"/calls/{ask.case_id}/message")


async def show_message(request: Request) -> Response:
    """Show the message to the GP, and where it is."""
    ask = await asked(request)
    content = await _content(ask)
    context = {"message": content, "case": ask.case, "case_id": ask.case_id}
    return await html(request, "calls/message.html", context)


async def message_pdf(request: Request) -> Response:
    """Answer with the message as a PDF, to print or to attach."""
    ask = await asked(request)
    slip = await ask.here.ledger.slip(request)
    body = await pdf(await _content(ask), slip.words)
    about = ask.case.patient.person_id or ""
    await ask.here.ledger.left(
        request, slip, what="Message to the GP", body=body, person_id=about
    )
    headers = {"Content-Disposition": f'inline; filename="{ask.case.reference}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


async def pass_on(request: Request) -> Response:
    """Record that somebody got the message to the GP another way."""
    ask = await asked(request)
    sent = await sent_form(request)
    command = PASSING_ON.read(sent, case_id=ask.case_id, staff_name=ask.who.name)
    if isinstance(command, FormErrors):
        return await unreadable(request, command)
    return await carry_out(request, ask, command, f"/calls/{ask.case_id}/message")


async def _content(ask: Asked) -> Message:
    return message(
        ask.case,
        await person_of(ask),
        await assessment(ask),
        provider=ask.who.org_name,
        demonstration=ask.here.settings.demonstration,
        now=ask.here.clock(),
    )


async def _closing_page(
    request: Request,
    ask: Asked,
    sent: dict[str, str],
    errors: dict[str, str],
    status: HTTPStatus,
) -> Response:
    owed = [each for each in outstanding(ask.case) if each.owing != "outcome"]
    no_outcome = any(each.owing == "outcome" for each in outstanding(ask.case))
    context = {
        **await about(ask),
        "owed": owed,
        "no_outcome": no_outcome,
        "sent": sent,
        "errors": errors,
    }
    return await html(request, "calls/close.html", context, status=status)


PAGES: Final = (
    Page("/calls/{case_id}/close", ask_to_close, needs=CLOSE, opens="case"),
    Page("/calls/{case_id}/close", close_case, needs=CLOSE, method="POST", opens="case"),
    Page("/calls/{case_id}/message", show_message, needs=READ, opens="case"),
    Page("/calls/{case_id}/message.pdf", message_pdf, needs=READ, opens="case"),
    Page("/calls/{case_id}/message", pass_on, needs=CLOSE, method="POST", opens="case"),
)
