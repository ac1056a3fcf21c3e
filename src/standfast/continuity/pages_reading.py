"""The second reading, what differs, and the clinician's signature."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from standfast.continuity import queries
from standfast.continuity.commands_form import (
    AnyFormCommand,
    ReadSecond,
    SettleSafety,
    SignForm,
)
from standfast.continuity.comparing import differing, said
from standfast.continuity.fields import SAFETY
from standfast.continuity.model_form import FORM, Stage
from standfast.continuity.pages_common import KEY, SIGN, Asked, asked, opened
from standfast.continuity.pages_forms import place_of
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import Page, html, refusal, see_other

LABELS: Final = {
    "allergies": "Allergies",
    "medicines": "Medicines",
    "safeguarding": "Safeguarding",
}
TOO_LONG: Final = "Enter it in fewer words: this is longer than the lines on the paper"
CHOOSE: Final = "Select what stands on the paper, or key it again"
WHAT_DONE: Final = "Enter what you did about it, or that nothing need be done"


async def show_second(request: Request) -> Response:
    """Show the paper and three empty fields: nothing of what the first person keyed."""
    ask = await asked(request)
    return await opened(request, ask, needs=KEY) or await _show(request, ask)


async def read_second(request: Request) -> Response:
    """Take the second reading, and compare."""
    return await _take(request, ReadSecond)


async def settle(request: Request) -> Response:
    """Take what somebody says stands on the paper."""
    return await _take(request, SettleSafety)


async def show_signature(request: Request) -> Response:
    """Show what was keyed to the clinician who signs it."""
    ask = await asked(request)
    return await opened(request, ask, needs=SIGN) or await _show_signature(request, ask)


async def sign(request: Request) -> Response:
    """Sign a form."""
    ask, sent = await asked(request), await sent_form(request)
    refused = await opened(request, ask, needs=SIGN)
    if refused is not None:
        return refused
    try:
        command = msgspec.convert({**ask.about, "note": sent.get("note", "").strip()}, SignForm)
    except msgspec.ValidationError:
        return await _show_signature(request, ask, {"note": WHAT_DONE})
    try:
        await ask.here.execute(FORM, ask.issued.form_id, command, actor=ask.who)
    except Refused as no:
        return await _show_signature(request, ask, {"": refusal(request, no)})
    return see_other("/continuity/signing")


async def _take(request: Request, command: type[ReadSecond] | type[SettleSafety]) -> Response:
    ask, sent = await asked(request), await sent_form(request)
    refused = await opened(request, ask, needs=KEY)
    if refused is not None:
        return refused
    again = {name: sent.get(f"{name}-again", "").strip() for name in SAFETY}
    if command is SettleSafety and any(name not in sent and not again[name] for name in SAFETY):
        return await _show(request, ask, {"": CHOOSE}, sent)
    read = {name: again[name] or sent.get(name, "") for name in SAFETY}
    try:
        asked_for: AnyFormCommand = msgspec.convert(
            {**ask.about, **read, "code": ask.issued.code}, command
        )
    except msgspec.ValidationError:
        return await _show(request, ask, {"": TOO_LONG}, sent)
    try:
        await ask.here.execute(FORM, ask.issued.form_id, asked_for, actor=ask.who)
    except Refused as no:
        return await _show(request, ask, {"": refusal(request, no)}, sent)
    form = await ask.here.state(FORM, ask.issued.form_id)
    differs = form.stage is Stage.DIFFERS
    return see_other(f"{place_of(ask)}/second" if differs else "/continuity/")


async def _show(
    request: Request,
    ask: Asked,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    form = ask.form
    differs = form.stage is Stage.DIFFERS and form.second is not None
    readings, who = form.readings, ask.who.staff_id
    given: dict[str, Any] = {
        **ask.shown,
        "labels": LABELS,
        "pictures": await queries.pictures(ask.here.db, ask.who.org, ask.issued.form_id),
        "first": msgspec.to_builtins(form.first) if differs else {},
        "second": msgspec.to_builtins(form.second.read) if differs and form.second else {},
        "differing": differing(form.first, form.second.read) if differs and form.second else (),
        "others": said(readings, form.words.values()) if differs and readings else {},
        "is_third": readings is not None and readings.side(who) == who,
        "own": ask.who.staff_id in form.first_readers,
        "sent": sent or {},
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    template = "settle.html" if differs else "second.html"
    return await html(request, f"continuity/{template}", given, status=status)


async def _show_signature(
    request: Request, ask: Asked, errors: Mapping[str, str] | None = None
) -> Response:
    form, settled = ask.form, ask.form.settled
    second = form.second.read if form.second else form.first
    given = {
        **ask.shown,
        "labels": LABELS,
        "pictures": await queries.pictures(ask.here.db, ask.who.org, ask.issued.form_id),
        "safety": msgspec.to_builtins(settled.safety) if settled else {},
        "first": msgspec.to_builtins(form.first),
        "second": msgspec.to_builtins(second),
        "differing": differing(form.first, second),
        "settled_by": (settled.settled_by or (settled.by_name,)) if settled else (),
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "continuity/sign.html", given, status=status)


_FORM: Final = "/continuity/forms/{form_id}"
READING_PAGES: Final[tuple[Page, ...]] = (
    Page(f"{_FORM}/second", show_second, needs=KEY),
    Page(f"{_FORM}/second", read_second, needs=KEY, method="POST"),
    Page(f"{_FORM}/settle", settle, needs=KEY, method="POST"),
    Page(f"{_FORM}/sign", show_signature, needs=SIGN),
    Page(f"{_FORM}/sign", sign, needs=SIGN, method="POST"),
)
