"""Calls that wait, callers to ring back, and one's own open cases."""

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standfast.calls.commands import SettleCase
from standfast.calls.model_call import CALL, SettleCallBack
from standfast.calls.model_case import CASE
from standfast.calls.pages_common import TAKE
from standfast.calls.queries import (
    CALLS_WAITING,
    call_back_list,
    open_cases,
    waiting_calls,
)
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, actor, html, platform, see_other
from standfast.web.workspaces import Workspace

SETTLE_CALL: Final = Form(SettleCallBack, {"outcome": "Enter what came of it"})
SETTLE_CASE: Final = Form(SettleCase, {"outcome": "Enter what came of it"})


async def show_waiting(request: Request) -> Response:
    """Show who waits, who is to be rung back, and what one has open."""
    here, who = platform(request), actor(request)
    return await html(
        request,
        "calls/waiting.html",
        {
            "waiting": await waiting_calls(here.db, who.org),
            "lost": await call_back_list(here.db, who.org),
            "mine": await open_cases(here.db, who.org, who.staff_id),
        },
    )


async def show_waiting_rows(request: Request) -> Response:
    """Answer with the rows of the calls that wait."""
    rows = await waiting_calls(platform(request).db, actor(request).org)
    return await html(request, "calls/_waiting.html", {"waiting": rows})


async def show_lost_rows(request: Request) -> Response:
    """Answer with the rows of the callers to be rung back."""
    rows = await call_back_list(platform(request).db, actor(request).org)
    return await html(request, "calls/_lost.html", {"lost": rows})


async def show_my_rows(request: Request) -> Response:
    """Answer with the rows of one's own open cases."""
    who = actor(request)
    rows = await open_cases(platform(request).db, who.org, who.staff_id)
    return await html(request, "calls/_mine.html", {"mine": rows})


async def waiting_json(request: Request) -> Response:
    """Answer with the calls that wait as JSON, for the call screen."""
    rows = await waiting_calls(platform(request).db, actor(request).org)
    return Response(msgspec.json.encode(rows), media_type="application/json")


async def take_next(request: Request) -> Response:
    """Go on to the call screen with the longest wait, or back when nobody waits."""
    rows = await waiting_calls(platform(request).db, actor(request).org)
    ringing = next((each for each in rows if each.status == "waiting"), None)
    if ringing is None:
        return see_other("/calls/waiting")
    return RedirectResponse(f"/calls/shell#call={ringing.call_id}", HTTPStatus.SEE_OTHER)


async def show_call_back(request: Request) -> Response:
    """Show the callers to be rung back, each with a form to say what came of it."""
    return await _call_back(request, {}, FormErrors({}), HTTPStatus.OK)


async def settle(request: Request) -> Response:
    """Take a caller off the list, or say what is missing."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    call_id, case_id = sent.get("call_id", ""), sent.get("case_id", "")
    if call_id:
        command = SETTLE_CALL.read(sent, call_id=call_id, org=who.org, staff_name=who.name)
        if isinstance(command, FormErrors):
            return await _call_back(request, sent, command, HTTPStatus.UNPROCESSABLE_ENTITY)
        await here.execute(CALL, call_id, command, actor=who)
    else:
        if (await here.state(CASE, case_id)).org != who.org:
            return await _call_back(request, {}, FormErrors({}), HTTPStatus.NOT_FOUND)
        settled = SETTLE_CASE.read(sent, case_id=case_id, staff_name=who.name)
        if isinstance(settled, FormErrors):
            return await _call_back(request, sent, settled, HTTPStatus.UNPROCESSABLE_ENTITY)
        await here.execute(CASE, case_id, settled, actor=who)
    return see_other("/calls/call-back")


async def _call_back(
    request: Request, sent: dict[str, str], errors: FormErrors, status: HTTPStatus
) -> Response:
    rows = await call_back_list(platform(request).db, actor(request).org)
    context = {"lost": rows, "sent": sent, "errors": errors.messages}
    return await html(request, "calls/back.html", context, status=status)


PAGES: Final = (
    Page("/calls/waiting", show_waiting, needs=TAKE),
    Page("/calls/waiting.json", waiting_json, needs=TAKE),
    Page("/calls/_waiting", show_waiting_rows, needs=TAKE),
    Page("/calls/_lost", show_lost_rows, needs=TAKE),
    Page("/calls/_mine", show_my_rows, needs=TAKE),
    Page("/calls/next", take_next, needs=TAKE),
    Page("/calls/call-back", show_call_back, needs=TAKE),
    Page("/calls/call-back", settle, needs=TAKE, method="POST"),
)
WORKSPACES: Final = (
    Workspace(
        href="/calls/waiting",
        label="Calls",
        icon="phone",
        needs=TAKE,
        order=10,
        count=CALLS_WAITING,
    ),
)
