"""Handing a case to a colleague. Nothing of the case is shown but what staff call it."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.commands import HandOver
from standfast.calls.handing import SHIFT, has_it, leaves
from standfast.calls.model_case import CASE
from standfast.calls.pages_common import OVERSEE, TAKE, Asked, asked
from standfast.facts.identity import COLLEAGUES, STAFF
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import Page, html, refusal, see_other
from standfast.web.rendering import local_time

WHOM: Final = "Select who takes it over"
LEAVE, READ_ON = "leave", "read_on"
"""What whoever gives a case away chooses to do then."""


async def show(request: Request) -> Response:
    """Show who has a case, and the form that gives it to somebody else."""
    return await _show(request, await asked(request))


async def hand_over(request: Request) -> Response:
    """Give the case to the colleague who was chosen, or say why not."""
    ask = await asked(request)
    sent = await sent_form(request)
    staff = await ask.here.ask(STAFF, org=ask.who.org, key=sent.get("to", ""))
    able = {each.staff_id for each in await ask.here.ask(COLLEAGUES, org=ask.who.org, key=TAKE)}
    if staff is None or staff.org != ask.who.org or staff.staff_id not in able:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _show(request, ask, sent.get("to", ""), WHOM, status)
    command = HandOver(
        case_id=ask.case_id,
        to_id=staff.staff_id,
        to_name=staff.name,
        by_id=ask.who.staff_id,
        by=ask.who.name,
        oversees=ask.who.may(OVERSEE),
        reads_until=_shift_end(ask) if sent.get("then") == READ_ON else None,
    )
    try:
        await ask.here.execute(CASE, ask.case_id, command, actor=ask.who)
    except Refused as refused:
        wrong = refusal(request, refused)
        return await _show(request, ask, staff.staff_id, wrong, HTTPStatus.CONFLICT)
    return see_other(f"/calls/{ask.case_id}/hand-over")


async def _show(
    request: Request,
    ask: Asked,
    to: str = "",
    wrong: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    case, who = ask.case, ask.who
    colleagues = await ask.here.ask(COLLEAGUES, org=who.org, key=TAKE)
    return await html(
        request,
        "calls/hand_over.html",
        {
            "case_id": ask.case_id,
            "reference": case.reference,
            "keeper": case.keeper,
            "handed": case.handed,
            "closed": case.closed is not None,
            "may": case.closed is None and (who.may(OVERSEE) or has_it(case, who.staff_id)),
            "colleagues": [
                (each.staff_id, f"{each.name}, {each.title}")
                for each in colleagues
                if each.staff_id not in (who.staff_id, case.keeper_id)
            ],
            "to": to,
            "leaves": leaves(case, who.staff_id),
            "then": [
                (LEAVE, "I leave it now"),
                (READ_ON, f"I read it on until my shift ends at {local_time(_shift_end(ask))}"),
            ],
            "reads_until": _reads_until(ask),
            "errors": {"to": wrong} if wrong else {},
        },
        status=status,
    )


def _shift_end(ask: Asked) -> datetime:
    return ask.who.shift_until or ask.here.clock() + SHIFT


def _reads_until(ask: Asked) -> datetime | None:
    """Return until when the visitor reads on what they gave away; None: they do not."""
    handed = ask.case.handed
    if handed is None or handed.from_id != ask.who.staff_id or handed.reads_until is None:
        return None
    return handed.reads_until if handed.reads_until > ask.here.clock() else None


PAGES: Final = (
    Page("/calls/{case_id}/hand-over", show, needs=TAKE),
    Page("/calls/{case_id}/hand-over", hand_over, needs=TAKE, method="POST"),
)
