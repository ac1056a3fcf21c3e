"""The prescriber's queue."""

from starlette.requests import Request
from starlette.responses import Response

from standfast.kernel.messages import Refused
from standfast.prescribing import queries
from standfast.prescribing.commands import TakeNeed
from standfast.prescribing.model import NEED
from standfast.prescribing.tables import NeedRow
from standfast.prescribing.words import STAGES
from standfast.prescribing.workbench import allowed_minutes
from standfast.web.pages import actor, html, platform, see_other

QUEUE = "/prescribing/queue"
VIEWS = {"": "To do", "mine": "Mine", "sent": "With pharmacies and done"}


async def show_queue(request: Request) -> Response:
    """Show who waits for medicines."""
    return await _queue(request, "prescribing/queue.html")


async def show_waiting(request: Request) -> Response:
    """Show the list alone, for an open page to take in."""
    return await _queue(request, "prescribing/_queue.html")


async def take_next(request: Request) -> Response:
    """Take whoever has waited longest for their priority; another if somebody was quicker."""
    here, who = platform(request), actor(request)
    command = TakeNeed(staff_id=who.staff_id, staff_name=who.name)
    for _ in range(5):
        case_id = await queries.next_waiting(here.db, who.org, here.clock())
        if case_id is None:
            break
        try:
            await here.execute(NEED, case_id, command, actor=who)
        except Refused:
            continue
        return see_other(f"/prescribing/needs/{case_id}")
    return see_other(QUEUE)


async def _queue(request: Request, template: str) -> Response:
    here, who = platform(request), actor(request)
    now = here.clock()
    view = request.query_params.get("view", "")
    view = view if view in VIEWS else ""
    to_do = await queries.queue(here.db, who.org, now)
    mine = [row for row in to_do if row.holder_id == who.staff_id]
    done = await queries.sent_and_done(here.db, who.org, now)
    lists: dict[str, list[NeedRow]] = {"": to_do, "mine": mine, "sent": done}
    given = {
        "view": view,
        "views": [(name, label, len(lists[name])) for name, label in VIEWS.items()],
        "rows": [
            (row, allowed_minutes(row.due_at, row.received_at), STAGES[row.stage])
            for row in lists[view]
        ],
        "waiting": sum(1 for row in to_do if not row.holder_id),
    }
    return await html(request, template, given)
