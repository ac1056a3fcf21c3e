"""What somebody printed: noted as it leaves, and said by them what became of it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from standfast.kernel.messages import Refused
from standfast.kernel.values import Uuid
from standfast.records import tables, tables_prints
from standfast.records.model_copies import PrintNumber
from standfast.records.model_export import PRINT, PRINTED, Stage
from standfast.records.printing import named, put_down
from standfast.records.tables import ExportRow
from standfast.records.typed import ACCOUNT, LOSS, with_zone
from standfast.records.words import NOT_YOURS, PRINT_OUTCOMES, STAGES
from standfast.web.device import believable
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    SIGNED_IN,
    Handler,
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)

NO_PRINT: Final = (
    "That does not say what was printed, so it is in no ledger. Tell your privacy officer."
)


class Told(Struct, frozen=True, kw_only=True):
    """What a browser says of a page that it printed."""

    print_id: Uuid
    number: PrintNumber
    path: Annotated[str, Meta(max_length=500)]
    at: Annotated[datetime, Meta(tz=True)]
    away: bool


async def note(request: Request) -> Response:
    """Put a page that a browser printed in the ledger. Said again, it is there already.

    What is refused is answered in words, and the browser forgets it.
    """
    try:
        told = msgspec.convert(await sent_form(request), Told, strict=False)
    except msgspec.ValidationError:
        return PlainTextResponse(NO_PRINT, HTTPStatus.BAD_REQUEST)
    here, page = platform(request), await named(request, told.path)
    if page is None:
        return _said(NOT_YOURS)
    what, person_id = page
    try:
        await put_down(
            request,
            print_id=told.print_id,
            number=told.number,
            printed_at=believable(told.at, here.clock()),
            what=what,
            person_id=person_id,
            away=told.away,
        )
    except Refused as refused:
        return _said(refusal(request, refused))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _said(sentence: str) -> Response:
    return PlainTextResponse(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)


async def mine(request: Request) -> Response:
    """Show what whoever asks has printed, and what they are to say of it."""
    return await _show(request)


def _act(form: Form[Any]) -> Handler:
    """Return the handler that carries out what *form* says of something of one's own."""

    async def handler(request: Request) -> Response:
        found = await _own(request)
        if found is None:
            return await not_found(request)
        who, sent = actor(request), await sent_form(request)
        if sent.get("known_at"):
            sent["known_at"] = with_zone(sent["known_at"])
        command = form.read(sent, by=who.staff_id, by_name=who.name)
        if isinstance(command, FormErrors):
            return await _show(request, found, command.messages, sent)
        try:
            await platform(request).execute(PRINTED, found.export_id, command, actor=who)
        except Refused as refused:
            return await _show(request, found, {"": refusal(request, refused)}, sent)
        return see_other("/records/prints")

    return handler


async def _own(request: Request) -> ExportRow | None:
    here, who = platform(request), actor(request)
    found = await tables.export(here.db, who.org, request.path_params["print_id"])
    return found if found and (found.kind, found.staff_id) == (PRINT, who.staff_id) else None


async def _show(
    request: Request,
    about: ExportRow | None = None,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here, who = platform(request), actor(request)
    prints = await tables_prints.prints_of(here.db, who.org, who.staff_id)
    return await html(
        request,
        "records/prints.html",
        {
            "held": [each for each in prints if each.stage is Stage.RELEASED],
            "settled": [each for each in prints if each.stage is not Stage.RELEASED],
            "stages": STAGES,
            "outcomes": PRINT_OUTCOMES,
            "today": here.clock().date(),
            "about": about.export_id if about else "",
            "errors": errors or {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


PRINT_PAGES: Final[tuple[Page, ...]] = (
    Page("/records/prints", note, needs=SIGNED_IN, method="POST"),
    Page("/records/prints", mine, needs=SIGNED_IN),
    Page("/records/prints/{print_id}/account", _act(ACCOUNT), needs=SIGNED_IN, method="POST"),
    Page("/records/prints/{print_id}/loss", _act(LOSS), needs=SIGNED_IN, method="POST"),
)
