"""What a supervisor must see: what is not sent, who waits, what is over time, what lies here."""

from datetime import datetime
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.commands import NoteAmbulance
from standfast.calls.model_case import CASE
from standfast.calls.pages_common import OVERSEE, machine
from standfast.calls.partners import AMBULANCE_DESK_PHONE, PROVIDER
from standfast.calls.queries import (
    answered_twice,
    call_back_list,
    clinical_queue,
    lying_messages,
    overdue_requests,
    owed,
    unaccepted,
    waiting_calls,
)
from standfast.kernel.messages import Refused
from standfast.web.pages import Page, actor, html, platform
from standfast.web.platform import Platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

_log = structlog.get_logger()


async def show_oversight(request: Request) -> Response:
    """Show all that needs somebody."""
    return await html(request, "calls/oversight.html", await _needing_somebody(request))


async def show_oversight_part(request: Request) -> Response:
    """Answer with the part of the page that changes."""
    return await html(request, "calls/_oversight.html", await _needing_somebody(request))


async def notice_unaccepted(here: Platform, now: datetime) -> None:
    """Tell each case whose request nobody accepted in time, whatever the desk's side does."""
    for case_id in await overdue_requests(here.all_orgs, now):
        command = NoteAmbulance(
            case_id=case_id,
            step="not_accepted",
            by="",
            callsign="",
            eta_at=None,
            at=now,
        )
        try:
            await here.execute(
                CASE, case_id, command, actor=machine("standfast", "Standfast", PROVIDER)
            )
        except Refused as refused:
            _log.info("calls.not_noticed", case=case_id, reason=refused.reason)


async def _needing_somebody(request: Request) -> dict[str, Any]:
    here, who = platform(request), actor(request)
    now = here.clock()
    requests = await unaccepted(here.db, who.org)
    return {
        "not_sent": [each for each in requests if each.noticed or each.accept_by <= now],
        "asked": [each for each in requests if not each.noticed and each.accept_by > now],
        "telephone": AMBULANCE_DESK_PHONE,
        "waiting": await waiting_calls(here.db, who.org),
        "lost": await call_back_list(here.db, who.org),
        "over": [
            row for row in await clinical_queue(here.db, who.org, now) if row.due_at <= now
        ],
        "owed": await owed(here.db, who.org),
        "twice": await answered_twice(here.db, who.org),
        "messages": await lying_messages(here.db, who.org),
    }


PAGES: Final = (
    Page("/calls/oversight", show_oversight, needs=OVERSEE),
    Page("/calls/_oversight", show_oversight_part, needs=OVERSEE),
)
WORKSPACES: Final = (
    Workspace(href="/calls/oversight", label="Oversight", icon="wall", needs=OVERSEE, order=30),
)
TIMERS: Final = (Timer("calls.unaccepted", 2.0, notice_unaccepted),)
