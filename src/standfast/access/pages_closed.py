"""The page between somebody and a closed record: it asks for a reason or a proof, and leads back."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.access.asking import Act, Answer
from standfast.access.closed import (
    PLACE,
    ask_proof,
    can_prove,
    closed_page,
    local,
    proven,
)
from standfast.access.record import look_up, weigh_for
from standfast.access.words import RECORDS
from standfast.web.forms import sent_form
from standfast.web.pages import SIGNED_IN, Page, actor, not_found, platform, see_other


async def show_closed(request: Request) -> Response:
    """Ask for what opens a record; lead back at once when nothing is missing."""
    query = request.query_params
    return await _open(request, *(query.get(name, "") for name in _FIELDS))


async def confirm(request: Request) -> Response:
    """Take the proof in, and lead back to what was asked for."""
    sent = await sent_form(request)
    return await _open(request, *(sent.get(name, "") for name in _FIELDS))


async def _open(request: Request, kind: str, record_id: str, back: str) -> Response:
    here, who = platform(request), actor(request)
    record = await look_up(here, who, kind, record_id) if kind in RECORDS else None
    if record is None:
        return await not_found(request)
    back = local(back)
    decision = weigh_for(here, who, record, Act.READ).decision
    if can_prove(decision, who) and not await proven(request, record):
        return await ask_proof(request, record, back=back)
    if decision.answer in (Answer.ALLOW, Answer.STEP_UP):
        return see_other(back)
    return await closed_page(request, record, decision, back=back)


_FIELDS: Final = ("kind", "record_id", "back")

PAGES: Final = (
    Page(PLACE, show_closed, needs=SIGNED_IN),
    Page(PLACE, confirm, needs=SIGNED_IN, method="POST"),
)
