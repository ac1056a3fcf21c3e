"""The call screen: one empty page that knows no patient, filled on the device.

Whether it is opened for a new call or for one in hand, the server sends the same shell; the
case comes from the device's journal, or from ``/calls/{case_id}/resume``.
"""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.model_case import CASE
from standfast.calls.pages_common import TAKE
from standfast.calls.partners import AMBULANCE_DESK_PHONE
from standfast.web.pages import Page, actor, html, platform

LED_BY_THE_SCREEN: Final = "call_handler"
"""An outcome shown early may lead the answers of whoever has no clinical training."""


async def show_shell(request: Request) -> Response:
    """Show the empty call screen. It holds no patient: browsers keep it for when we are away."""
    return await _screen(request, HTTPStatus.OK)


async def show_call(request: Request) -> Response:
    """Show the call screen under the address of one case.

    A case that only the device knows yet is not found here, and the screen goes on with it all
    the same.
    """
    case = await platform(request).state(CASE, request.path_params["case_id"])
    ours = case.opened_at is not None and case.org == actor(request).org
    return await _screen(request, HTTPStatus.OK if ours else HTTPStatus.NOT_FOUND)


async def _screen(request: Request, status: HTTPStatus) -> Response:
    who, settings = actor(request), platform(request).settings
    return await html(
        request,
        "calls/call.html",
        {
            "desk_phone": AMBULANCE_DESK_PHONE,
            "provider": who.org_name,
            "accept_seconds": settings.accept_seconds,
            "triage": settings.has_triage_content,
            "shows_so_far": settings.outcome_so_far or who.role != LED_BY_THE_SCREEN,
        },
        status=status,
    )


PAGES: Final = (
    Page("/calls/shell", show_shell, needs=TAKE),
    Page("/calls/new", show_shell, needs=TAKE),
    Page("/calls/{case_id}/call", show_call, needs=TAKE),
)
