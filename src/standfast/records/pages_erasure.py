"""Destroying a record: a second person looks at what goes, confirms it, and its keys are no more."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.journal.units import Conflict, Erasing
from standfast.kernel.messages import Refused
from standfast.records.erasing import KINDS, going
from standfast.records.keeping import Kept
from standfast.records.model import FILE, About, ConfirmDestruction
from standfast.records.model_erasure import Refusal, SealedUnder
from standfast.records.tables_erasure import ErasedRow, erased, erased_one
from standfast.web import step_up
from standfast.web.pages import actor, html, platform, refusal, see_other

ACT: Final = "records.destroy"
UNSURE: Final = (
    "Tick that you have looked at this record and that it is to be destroyed for good"
)
NOT_YET: Final = (
    "Only the record of a person or of a case can be destroyed so far. Keep it longer."
)
MOVED: Final = "Something was added to this record a moment ago. Look at it again, then decide."

Show = Callable[..., Awaitable[Response]]


async def destroy(request: Request, found: Kept, sent: dict[str, str], show: Show) -> Response:
    """Destroy what somebody else has marked: confirmed afresh, and all in one commit."""
    here, who, record = platform(request), actor(request), found.record
    if record.kind not in KINDS:
        return await show(request, found, {"": NOT_YET}, sent, "destroy")
    if sent.get("sure") != "yes":
        return await show(request, found, {"sure": UNSURE}, sent, "destroy")
    sealed, erasing = await going(here, who.org, found)
    content = f"{record.record_id}|{','.join(sealed.keys)}".encode()
    proof = await step_up.confirmed(request, act=ACT, content=content)
    if proof is None:
        says = f"Destroy the record of {record.title} for good: {sealed.facts} facts"
        return await step_up.ask(request, act=ACT, content=content, says=says)
    wrong = await _destroyed(request, found, sealed, erasing)
    if wrong:
        return await show(request, found, {"": wrong}, sent, "destroy")
    return see_other(f"/records/files/{record.record_id}")


async def _destroyed(
    request: Request, found: Kept, sealed: SealedUnder, erasing: Erasing
) -> str:
    """Destroy what is *sealed*; return why nothing was, or an empty text."""
    who, record = actor(request), found.record
    command = ConfirmDestruction(
        about=About(
            org=who.org,
            record_id=record.record_id,
            person_id=record.record_id if record.kind == "person" else "",
            title=record.title,
        ),
        verdict=found.verdict,
        kind=record.kind,
        sealed=sealed,
        by=who.staff_id,
        by_name=who.name,
    )
    try:
        done = await platform(request).execute(
            FILE, record.record_id, command, actor=who, erasing=erasing
        )
    except Refused as said:
        return refusal(request, said)
    except Conflict:
        return MOVED
    return "" if done else refusal(request, Refused(Refusal.NOT_DESTROYED))


async def what_is_left(request: Request, record_id: str) -> Response | None:
    """Say that a record was erased, and under which rule; None: nothing of that id was."""
    left = await erased_one(platform(request).db, actor(request).org, record_id)
    if left is None:
        return None
    return await html(request, "records/erased.html", {"left": left}, status=HTTPStatus.GONE)


async def all_erased(request: Request) -> list[ErasedRow]:
    """Return what this organisation has erased, newest first."""
    return await erased(platform(request).db, actor(request).org)
