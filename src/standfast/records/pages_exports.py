"""Copies for the people that records are about: asked for, read, released, accounted for."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.kept import PEOPLE_KEPT, KeptRecord
from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.kernel.values import ShortText
from standfast.records import tables, tables_prints
from standfast.records.copy import Copy, made
from standfast.records.gathering import Gathered, gather
from standfast.records.model_copies import CheckExport
from standfast.records.model_export import EXPORT, PRINT, TO_ANSWER, Stage
from standfast.records.redaction import Text, seen, texts
from standfast.records.tables import ExportRow
from standfast.records.typed import ACCOUNT, LOSS, PREPARE, RELEASE, WITHDRAW, with_zone
from standfast.records.words import OUTCOMES, PRINT_OUTCOMES, STAGES
from standfast.web import step_up
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

NEEDS: Final = "records.disclose"
ACT: Final = "records.release"
MOST_TEXTS: Final = 5_000


async def ledger(request: Request) -> Response:
    """Show every copy: who has it, until when, what became of it."""
    here = platform(request)
    return await html(
        request,
        "records/exports.html",
        {
            "exports": await tables.exports(here.db, actor(request).org),
            "prints": await tables_prints.prints(
                here.db, actor(request).org, here.clock().date()
            ),
            "stages": STAGES,
            "outcomes": OUTCOMES,
            "print_outcomes": PRINT_OUTCOMES,
            "today": here.clock().date(),
        },
    )


async def copies(request: Request) -> Response:
    """Show the copies of one person's record, and the form for another."""
    here, person_id = platform(request), request.path_params["person_id"]
    kept = await here.ask(PEOPLE_KEPT, org=actor(request).org, key=person_id)
    return await _copies(request, kept[0]) if kept else await not_found(request)


async def prepare(request: Request) -> Response:
    """Begin a copy."""
    here, who, sent = platform(request), actor(request), await sent_form(request)
    kept = await here.ask(PEOPLE_KEPT, org=who.org, key=sent.get("person_id", ""))
    if not kept:
        return await not_found(request)
    random = here.random(10)
    command = PREPARE.read(
        sent,
        export_id=uuid7(here.clock(), random),
        org=who.org,
        number=f"X-{random.hex()[:8].upper()}",
        person_id=kept[0].record_id,
        title=kept[0].title,
        by=who.staff_id,
        by_name=who.name,
    )
    if isinstance(command, FormErrors):
        return await _copies(request, kept[0], command.messages, sent)
    try:
        await here.execute(EXPORT, command.export_id, command, actor=who)
    except Refused as refused:
        return await _copies(request, kept[0], {"": refusal(request, refused)}, sent)
    return see_other(f"/records/exports/{command.export_id}")


async def export(request: Request) -> Response:
    """Show one copy; before it is released, all that must be read first."""
    found = await _find(request)
    return await not_found(request) if found is None else await _show(request, found)


async def check(request: Request) -> Response:
    """Note that all of it was read, and what stays back."""
    ready = await _ready(request)
    if isinstance(ready, Response):
        return ready
    found, gathered = ready
    to_read, who = texts(gathered), actor(request)
    async with request.form(max_files=0, max_fields=MOST_TEXTS) as form:
        sent = {name: str(value) for name, value in form.items()}
    errors = _unread(sent, to_read)
    if errors:
        return await _show(request, found, errors, sent)
    command = CheckExport(
        withheld=tuple(each.text_id for each in to_read if f"out-{each.text_id}" in sent),
        seen=seen(to_read),
        texts=len(to_read),
        harm_checked_by=sent["harm_checked_by"].strip(),
        by=who.staff_id,
        by_name=who.name,
    )
    return await _carry_out(request, found, command, sent)


async def release(request: Request) -> Response:
    """Hand the copy out: confirmed afresh, written down, and only then sent."""
    ready = await _ready(request)
    if isinstance(ready, Response):
        return ready
    found, gathered = ready
    to_read, sent = texts(gathered), await sent_form(request)
    copy = await _made(request, found, gathered, to_read)
    who = actor(request)
    command = RELEASE.read(
        sent,
        sha256=copy.sha256,
        size=len(copy.content),
        seen=seen(to_read),
        proof_id="",
        by=who.staff_id,
        by_name=who.name,
    )
    if isinstance(command, FormErrors):
        return await _show(request, found, command.messages, sent)
    said = f"{found.number}|{found.person_id}|{seen(to_read)}|{','.join(found.withheld)}"
    content = f"{said}|{command.holder}|{command.way}|{command.expires_on}".encode()
    proof = await step_up.confirmed(request, act=ACT, content=content)
    if proof is None:
        says = f"Release the copy {found.number} of {found.title} to {command.holder}"
        return await step_up.ask(request, act=ACT, content=content, says=says)
    command = msgspec.structs.replace(command, proof_id=proof.proof_id)
    try:
        await platform(request).execute(EXPORT, found.export_id, command, actor=who)
    except Refused as no:
        return await _show(request, found, {"": refusal(request, no)}, sent)
    return Response(
        copy.content,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{found.number}.zip"',
            "Cache-Control": "no-store",
        },
    )


def _act(form: Form[Any]) -> Handler:
    """Return the handler that carries out what *form* says of one copy."""

    async def handler(request: Request) -> Response:
        found = await _find(request)
        if found is None:
            return await not_found(request)
        who, sent = actor(request), await sent_form(request)
        if form is LOSS and sent.get("known_at"):
            sent["known_at"] = with_zone(sent["known_at"])
        command = form.read(sent, by=who.staff_id, by_name=who.name)
        if isinstance(command, FormErrors):
            return await _show(request, found, command.messages, sent)
        return await _carry_out(request, found, command, sent)

    return handler


async def _carry_out(
    request: Request, found: ExportRow, command: Any, sent: Mapping[str, str]
) -> Response:
    try:
        await platform(request).execute(EXPORT, found.export_id, command, actor=actor(request))
    except Refused as refused:
        return await _show(request, found, {"": refusal(request, refused)}, sent)
    return see_other(f"/records/exports/{found.export_id}")


async def _copies(
    request: Request,
    record: KeptRecord,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here, who = platform(request), actor(request)
    return await html(
        request,
        "records/copies.html",
        {
            "record": record,
            "copies": await tables.copies_of(here.db, who.org, record.record_id),
            "stages": STAGES,
            "answer_in": TO_ANSWER.days,
            "errors": errors or {},
            "sent": sent or {"asked_on": here.clock().date().isoformat()},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


async def _show(
    request: Request,
    found: ExportRow,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here = platform(request)
    given: dict[str, Any] = {
        "export": found,
        "stage": STAGES[found.stage],
        "outcomes": PRINT_OUTCOMES if found.kind == PRINT else OUTCOMES,
        "errors": errors or {},
        "sent": sent or {},
        "today": here.clock().date(),
        "expires": here.clock().date() + timedelta(days=28),
    }
    if found.stage is Stage.PREPARED:
        refused = await _open(request, found)
        if refused is not None:
            return refused
        gathered = await _gathered(request, found)
        if gathered is None:
            return await not_found(request)
        to_read = texts(gathered)
        given |= {
            "texts": to_read,
            "counts": [(name, len(rows)) for name, rows in gathered.rows.items()],
            "entries": len(gathered.entries),
            "elsewhere": gathered.elsewhere,
            "is_checked": await _is_checked(request, found, to_read),
        }
    return await html(
        request,
        "records/export.html",
        given,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


async def _ready(request: Request) -> tuple[ExportRow, Gathered] | Response:
    """Return the copy and all that goes into it, once it is on disk who opens the record."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    refused = await _open(request, found)
    if refused is not None:
        return refused
    gathered = await _gathered(request, found)
    return (found, gathered) if gathered is not None else await not_found(request)


async def _find(request: Request) -> ExportRow | None:
    export_id = request.path_params["export_id"]
    return await tables.export(platform(request).db, actor(request).org, export_id)


async def _open(request: Request, found: ExportRow) -> Response | None:
    """Return None once it is on disk that the record is opened to be copied."""
    records = platform(request).records
    return await records.open(request, "person", found.person_id, needs=NEEDS, writes=False)


async def _gathered(request: Request, found: ExportRow) -> Gathered | None:
    return await gather(platform(request), found.org, found.person_id)


async def _is_checked(request: Request, found: ExportRow, to_read: list[Text]) -> bool:
    state = await platform(request).state(EXPORT, found.export_id)
    return state.checked is not None and state.checked.seen == seen(to_read)


async def _made(
    request: Request, found: ExportRow, gathered: Gathered, to_read: list[Text]
) -> Copy:
    here = platform(request)
    return await made(
        here, gathered, found, org_name=actor(request).org_name, texts=to_read, now=here.clock()
    )


def _unread(sent: Mapping[str, str], to_read: list[Text]) -> dict[str, str]:
    """Return what is missing before anything may be released."""
    errors = {}
    if to_read and sent.get("read") != "yes":
        errors["read"] = f"Read all {len(to_read)} texts, then tick that you have"
    try:
        msgspec.convert(sent.get("harm_checked_by", "").strip(), ShortText)
    except msgspec.ValidationError:
        errors["harm_checked_by"] = (
            "Enter which health professional said that nothing in it would do serious harm"
        )
    return errors


def _post(name: str, handler: Handler) -> Page:
    return Page(f"/records/exports/{{export_id}}/{name}", handler, needs=NEEDS, method="POST")


EXPORT_PAGES: Final[tuple[Page, ...]] = (
    Page("/records/people/{person_id}", copies, needs=NEEDS, opens="person"),
    Page("/records/exports", prepare, needs=NEEDS, method="POST"),
    Page("/records/exports", ledger, needs=NEEDS),
    Page("/records/exports/{export_id}", export, needs=NEEDS),
    _post("check", check),
    _post("release", release),
    _post("withdraw", _act(WITHDRAW)),
    _post("account", _act(ACCOUNT)),
    _post("loss", _act(LOSS)),
)
