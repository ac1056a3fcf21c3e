"""The clinical queue: who waits for a clinician, in what order, and what came of it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.commands import DecideCase, PutCaseBack, TakeCase, TryContact
from standfast.calls.model_case import CASE
from standfast.calls.pages_arrange import carry_out, unreadable
from standfast.calls.pages_case import about, assessment
from standfast.calls.pages_common import ASSESS, OVERSEE, QUEUE, Asked, asked
from standfast.calls.queries import CASES_WAITING, Waiting, clinical_queue
from standfast.calls.receipts import receipts
from standfast.facts.identity import AT_WORK
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, actor, html, open_record, platform, see_other
from standfast.web.workspaces import Workspace

TRYING: Final = Form(TryContact, {"note": "Enter what you heard"})
PUTTING_BACK: Final = Form(PutCaseBack, {"reason": "Enter why it goes back"})
DECIDING: Final = Form(
    DecideCase,
    {"outcome": "Select what came of it", "note": "Enter what you advised or arranged"},
)
LEFT_FOR: Final = timedelta(hours=1)
"""For so long what somebody gave back, or was refused, is left to whoever else is at work."""

OUTCOMES: Final = (
    "Advice given, no further care needed",
    "Advice given, to see their own GP",
    "Sent to a service",
    "Home visit arranged",
    "Ambulance arranged",
    "Prescription arranged",
    "Not reached after three tries",
    "Declined",
)


class View(Struct, frozen=True, kw_only=True):
    """A saved view of the queue."""

    key: str
    label: str
    count: int
    rows: tuple[Waiting, ...]


async def show_queue(request: Request) -> Response:
    """Show the queue, and the case that is open beside it."""
    context = await _queue(request)
    case_id = request.query_params.get("case", "")
    if case_id:
        request.path_params["case_id"] = case_id
        refused = await open_record(request, "case", case_id)
        if refused is not None:
            return refused
        context |= await _summary(await asked(request))
    return await html(request, "calls/queue.html", context)


async def show_queue_rows(request: Request) -> Response:
    """Answer with the rows of the queue."""
    return await html(request, "calls/_queue.html", await _queue(request))


async def show_summary(request: Request) -> Response:
    """Answer with what a clinician must know of a case before ringing."""
    return await html(request, "calls/_summary.html", await _summary(await asked(request)))


async def take_next(request: Request) -> Response:
    """Take the first case that nobody has. If somebody was quicker, the one after it.

    A guarded case is given to nobody who asked for it to be queued: they take it by its page.
    What the visitor gave back or was refused a short while ago is left to a colleague.
    """
    here, who = platform(request), actor(request)
    free = [r for r in await clinical_queue(here.db, who.org, here.clock()) if not r.taken_id]
    guarded = await here.records.guarded_cases(request, [row.case_id for row in free])
    left = await _left_to_others(request, free)
    for row in free:
        if row.case_id in left:
            continue
        if row.case_id in guarded and await _asked_for_it(request, row.case_id):
            continue
        command = TakeCase(case_id=row.case_id, staff_id=who.staff_id, staff_name=who.name)
        try:
            await here.execute(CASE, row.case_id, command, actor=who)
        except Refused:
            continue
        refused = await open_record(request, "case", row.case_id)
        return refused or see_other(f"/calls/queue?case={row.case_id}")
    return see_other(f"/calls/queue?left={len(left)}" if left else "/calls/queue")


async def _left_to_others(request: Request, free: Sequence[Waiting]) -> frozenset[str]:
    """Return what the visitor gave back or was refused lately, if somebody else is at work."""
    here, who = platform(request), actor(request)
    since = here.clock() - LEFT_FOR
    refused = await here.records.turned_away(request, [row.case_id for row in free], since)
    given_back = [row.case_id for row in free if row.put_back]
    for case_id in given_back:
        back = (await here.state(CASE, case_id)).clinical.given_back
        if any(staff_id == who.staff_id and at > since for staff_id, at in back):
            refused |= {case_id}
    if not refused:
        return refused
    now = f"{ASSESS}@{here.clock().isoformat()}"
    at_work = await here.ask(AT_WORK, org=who.org, key=now)
    return refused if any(each != who.staff_id for each in at_work) else frozenset()


async def _asked_for_it(request: Request, case_id: str) -> bool:
    """Return whether the visitor put it in the queue: nobody opens a guarded case that way."""
    wanted = (await platform(request).state(CASE, case_id)).clinical.wanted
    return wanted is not None and wanted.by_id == actor(request).staff_id


async def take(request: Request) -> Response:
    """Take one case out of the queue."""
    ask = await asked(request)
    command = TakeCase(case_id=ask.case_id, staff_id=ask.who.staff_id, staff_name=ask.who.name)
    return await carry_out(request, ask, command, _back(ask))


async def put_back(request: Request) -> Response:
    """Put a case back, with a reason."""
    ask = await asked(request)
    command = PUTTING_BACK.read(
        await sent_form(request), case_id=ask.case_id, staff_name=ask.who.name
    )
    if isinstance(command, FormErrors):
        return await unreadable(request, command)
    return await carry_out(request, ask, command, _back(ask))


async def tried(request: Request) -> Response:
    """Record a call that reached nobody."""
    ask = await asked(request)
    sent = await sent_form(request)
    command = TRYING.read(
        {"note": sent.get("heard", "")},
        case_id=ask.case_id,
        staff_id=ask.who.staff_id,
        staff_name=ask.who.name,
    )
    if isinstance(command, FormErrors):
        return await unreadable(request, command)
    return await carry_out(request, ask, command, _back(ask))


async def decide(request: Request) -> Response:
    """Record what the clinician advised or arranged; then the case can be closed."""
    ask = await asked(request)
    sent = await sent_form(request)
    command = DECIDING.read(
        sent, case_id=ask.case_id, staff_id=ask.who.staff_id, staff_name=ask.who.name
    )
    if isinstance(command, FormErrors):
        context = await _queue(request) | await _summary(ask)
        context |= {"sent": sent, "errors": command.messages}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await html(request, "calls/queue.html", context, status=status)
    return await carry_out(request, ask, command, f"/calls/{ask.case_id}/close")


async def _queue(request: Request) -> dict[str, Any]:
    here, who = platform(request), actor(request)
    now = here.clock()
    rows = await clinical_queue(here.db, who.org, now)
    tests: dict[str, tuple[str, Callable[[Waiting], bool]]] = {
        "all": ("All", lambda _: True),
        "mine": ("Mine", lambda row: row.taken_id == who.staff_id),
        "over": ("Over target", lambda row: row.due_at <= now),
        "free": ("With nobody", lambda row: not row.taken_id),
    }
    views = []
    for key, (label, test) in tests.items():
        found = tuple(row for row in rows if test(row))
        views.append(View(key=key, label=label, count=len(found), rows=found))
    wanted = request.query_params.get("view", "all")
    chosen = next((view for view in views if view.key == wanted), views[0])
    return {
        "views": views,
        "chosen": chosen,
        "queue": chosen.rows,
        "selected": request.query_params.get("case", ""),
        "may_assess": who.may(ASSESS),
        "left": request.query_params.get("left", "") != "",
        "sent": {},
        "errors": {},
    }


async def _summary(ask: Asked) -> dict[str, Any]:
    return {
        **await about(ask),
        "assessment": await assessment(ask),
        "receipts": receipts(ask.case, ask.who.org_name, ask.here.clock()),
        "outcomes": [(each, each) for each in OUTCOMES],
        "selected": ask.case_id,
        "may_assess": ask.who.may(ASSESS),
        "is_mine": ask.case.clinical.taken_id == ask.who.staff_id,
        "sent": {},
        "errors": {},
    }


def _back(ask: Asked) -> str:
    return f"/calls/queue?case={ask.case_id}"


PAGES: Final = (
    Page("/calls/queue", show_queue, needs=QUEUE),
    Page("/calls/_queue", show_queue_rows, needs=QUEUE),
    Page("/calls/queue/next", take_next, needs=ASSESS, method="POST"),
    Page("/calls/{case_id}/_summary", show_summary, needs=QUEUE, opens="case"),
    Page("/calls/{case_id}/take", take, needs=ASSESS, method="POST", opens="case"),
    Page("/calls/{case_id}/put-back", put_back, needs=ASSESS, method="POST", opens="case"),
    Page("/calls/{case_id}/free", put_back, needs=OVERSEE, method="POST", opens="case"),
    Page("/calls/{case_id}/tried", tried, needs=ASSESS, method="POST", opens="case"),
    Page("/calls/{case_id}/decide", decide, needs=ASSESS, method="POST", opens="case"),
)
WORKSPACES: Final = (
    Workspace(
        href="/calls/queue",
        label="Clinical queue",
        icon="list",
        needs=QUEUE,
        order=20,
        count=CASES_WAITING,
    ),
)
