"""Retention on screen: what is due, what is held and why, and what somebody decided."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Command, Refused
from standfast.records import tables
from standfast.records.keeping import Kept, kept, may_mark, schedule_of, to_review, whole_of
from standfast.records.model import (
    FILE,
    About,
    FileCommand,
    KeepLonger,
    LiftHold,
    MarkForDestruction,
    PlaceHold,
    TakeBackMark,
)
from standfast.records.pages_erasure import all_erased, destroy, what_is_left
from standfast.records.words import STANDINGS
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    Handler,
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)

NEEDS: Final = "records.govern"
WHY: Final = "Enter the reason, in ten characters or more"

HOLD: Final = Form(PlaceHold, {"reason": WHY})
LIFT: Final = Form(LiftHold, {"hold_id": "Choose which hold to lift", "reason": WHY})
KEEP: Final = Form(KeepLonger, {"until": "Enter the day to look at it again", "reason": WHY})
MARK: Final = Form(MarkForDestruction, {"reason": WHY})
TAKE_BACK: Final = Form(TakeBackMark, {"reason": WHY})


async def due_list(request: Request) -> Response:
    """Show what is due for review."""
    return await _list(request, "due", await to_review(platform(request), actor(request).org))


async def holds(request: Request) -> Response:
    """Show what is held, by whom and why."""
    return await _list(
        request, "held", await tables.held(platform(request).db, actor(request).org)
    )


async def marked(request: Request) -> Response:
    """Show what is marked for destruction."""
    return await _list(
        request, "marked", await tables.marked(platform(request).db, actor(request).org)
    )


async def destroyed(request: Request) -> Response:
    """Show what was erased: under which rule, by whom, and nothing of whom it was about."""
    return await _list(request, "erased", await all_erased(request))


async def destroy_file(request: Request) -> Response:
    """Destroy what somebody else has marked."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    refused = await _opened(request, found)
    return refused or await destroy(request, found, await sent_form(request), _show)


async def schedule(request: Request) -> Response:
    """Show every rule, where they come from and who has signed them."""
    return await _list(request, "schedule", ())


async def file(request: Request) -> Response:
    """Show how one record stands, and what may be decided."""
    found = await _find(request)
    if found is None:
        return await _not_by_itself(request, request.path_params["record_id"])
    return await _opened(request, found) or await _show(request, found)


async def _not_by_itself(request: Request, record_id: str) -> Response:
    """Answer for what is no record by itself: it was erased, or is part of somebody's."""
    left = await what_is_left(request, record_id)
    if left is not None:
        return left
    whole = await whole_of(platform(request), actor(request).org, record_id)
    return see_other(f"/records/files/{whole}") if whole else await not_found(request)


async def _list(request: Request, view: str, rows: object) -> Response:
    here = platform(request)
    return await html(
        request,
        "records/retention.html",
        {
            "view": view,
            "rows": rows,
            "schedule": schedule_of(here),
            "may_mark": may_mark(here, schedule_of(here)),
            "standings": STANDINGS,
        },
    )


async def _find(request: Request) -> Kept | None:
    return await kept(platform(request), actor(request).org, request.path_params["record_id"])


async def _opened(request: Request, found: Kept) -> Response | None:
    """Return None once it is on disk who opens the file, else what to answer instead."""
    records, record = platform(request).records, found.record
    return await records.open(request, record.kind, record.record_id, needs=NEEDS, writes=False)


async def _show(
    request: Request,
    found: Kept,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
    doing: str = "",
) -> Response:
    here = platform(request)
    return await html(
        request,
        "records/file.html",
        {
            "kept": found,
            "standing": STANDINGS[found.verdict.standing],
            "schedule": schedule_of(here),
            "may_mark": may_mark(here, schedule_of(here)),
            "errors": errors or {},
            "sent": sent or {},
            "doing": doing,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


def _act(doing: str, form: Form[Any]) -> Handler:
    """Return the handler that carries out what *form* says of one record."""

    async def handler(request: Request) -> Response:
        found = await _find(request)
        if found is None:
            return await not_found(request)
        refused = await _opened(request, found)
        if refused is not None:
            return refused
        who, sent = actor(request), await sent_form(request)
        known = _known(request, found, form.command)
        command = form.read(sent, by=who.staff_id, by_name=who.name, **known)
        if isinstance(command, FormErrors):
            return await _show(request, found, command.messages, sent, doing)
        try:
            await platform(request).execute(
                FILE, _stream_of(found, command), command, actor=who
            )
        except Refused as said:
            return await _show(request, found, {"": refusal(request, said)}, sent, doing)
        return see_other(f"/records/files/{found.record.record_id}")

    return handler


def _stream_of(found: Kept, command: FileCommand) -> str:
    """Return whose keeping is decided: the record's, or of a hold, what it was placed on."""
    if isinstance(command, LiftHold):
        return found.held_as(command.hold_id)
    return found.record.record_id


def _known(request: Request, found: Kept, command: type[Command]) -> dict[str, object]:
    """Return what the program knows of *command* by itself."""
    here = platform(request)
    everything: dict[str, object] = {
        "about": About(
            org=actor(request).org,
            record_id=found.record.record_id,
            person_id=found.record.record_id if found.record.kind == "person" else "",
            title=found.record.title,
        ),
        "hold_id": str(uuid7(here.clock(), here.random(10))),
        "verdict": found.verdict,
        "schedule_version": schedule_of(here).version,
        "may_mark": may_mark(here, schedule_of(here)),
    }
    wanted = set(command.__struct_fields__) - ({"hold_id"} if command is LiftHold else set())
    return {name: value for name, value in everything.items() if name in wanted}


def _post(name: str, form: Form[Any]) -> Page:
    return Page(
        f"/records/files/{{record_id}}/{name}", _act(name, form), needs=NEEDS, method="POST"
    )


RETENTION_PAGES: Final[tuple[Page, ...]] = (
    Page("/records", due_list, needs=NEEDS),
    Page("/records/holds", holds, needs=NEEDS),
    Page("/records/marked", marked, needs=NEEDS),
    Page("/records/erased", destroyed, needs=NEEDS),
    Page("/records/schedule", schedule, needs=NEEDS),
    Page("/records/files/{record_id}", file, needs=NEEDS),
    _post("hold", HOLD),
    _post("lift", LIFT),
    _post("keep", KEEP),
    _post("mark", MARK),
    _post("take-back", TAKE_BACK),
    Page("/records/files/{record_id}/destroy", destroy_file, needs=NEEDS, method="POST"),
)
