"""The files of a case: seen, attached, opened, withdrawn."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.facts.cases import CASE_SUMMARY
from standfast.files import quarantine
from standfast.files.attaching import NOT_ATTACHED, attach, why
from standfast.files.model import FILES, MOST_FILES, Standing, WithdrawFile
from standfast.files.tables import FileRow, bytes_of, files_of, one_file
from standfast.web.device import Entry
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    open_record,
    platform,
    see_other,
    wants_json,
)
from standfast.web.sending import sent_file
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

READ: Final = "files.read"
ATTACH: Final = "files.attach"
PATH: Final = "/files/cases/{case_id}"

POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""What a file may do once it is open: nothing."""

INLINE: Final = "image/jpeg"
"""All that is ever shown: what we drew, on a page of ours."""

WITHDRAW: Final = Form(
    WithdrawFile, {"reason": "Enter why it is withdrawn, in at least 5 characters"}
)


async def show_files(request: Request) -> Response:
    """Show the files of a case, and the form to attach another."""
    return await _show(request)


async def show_list(request: Request) -> Response:
    """Show the list alone, as it stands now."""
    return await html(request, "files/_list.html", await _given(request))


async def attach_file(request: Request) -> Response:
    """Attach a file to the case, or say what to do instead."""
    here, who = platform(request), actor(request)
    case_id = request.path_params["case_id"]
    try:
        kept = await attach(here, who, case_id, await sent_file(request))
    except NOT_ATTACHED as error:
        return await _not_kept(request, *why(here, error))
    if wants_json(request):
        return JSONResponse({"name": kept.name, "scan": kept.scan}, HTTPStatus.CREATED)
    return see_other(f"/files/cases/{case_id}")


async def open_file(request: Request) -> Response:
    """Answer with the file: a picture on a page of ours, anything else to be saved.

    That it was opened is an entry of its own, beside the case's. What is saved, or asked for by
    something that is no page, leaves; a page of ours tells the ledger when it is printed.
    """
    file = await _file(request)
    if file is None or file.standing is not Standing.KEPT:
        return await not_found(request)
    part = f"file/{file.file_id}"
    refused = await open_record(request, "case", file.case_id, needs=READ, part=part)
    if refused is not None:
        return refused
    if file.media_type != INLINE or "save" in request.query_params:
        return await _leaves(request, file)
    wanted = request.headers.get("accept", "")
    if "text/html" in wanted:
        what, _ = await _traced(request, file)
        return await html(request, "files/picture.html", {"file": file, "what": what})
    if "image/" in wanted:  # what a browser wants for a page that has a picture in it
        return await _shown(request, file, small=False)
    return await _leaves(request, file)


async def show_small(request: Request) -> Response:
    """Answer with the small picture of a file."""
    file = await _file(request)
    if file is None or file.standing is not Standing.KEPT or not file.thumb:
        return await not_found(request)
    return await _shown(request, file, small=True)


async def ask_why(request: Request) -> Response:
    """Show the form to withdraw a file."""
    file = await _file(request)
    if file is None or file.standing not in (Standing.KEPT, Standing.WAITING):
        return await not_found(request)
    return await html(request, "files/withdraw.html", {"file": file, "errors": {}, "sent": {}})


async def withdraw(request: Request) -> Response:
    """Hide a file from everybody, and say why."""
    here, who, file = platform(request), actor(request), await _file(request)
    if file is None:
        return await not_found(request)
    sent = await sent_form(request)
    command = WITHDRAW.read(sent, file_id=file.file_id, by=who.staff_id, by_name=who.name)
    if isinstance(command, FormErrors):
        if wants_json(request):
            error = next(iter(command.messages.values()))
            return JSONResponse({"error": error}, HTTPStatus.UNPROCESSABLE_ENTITY)
        return await html(
            request,
            "files/withdraw.html",
            {"file": file, "errors": command.messages, "sent": sent},
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    await here.execute(FILES, file.case_id, command, actor=who)
    if wants_json(request):
        return JSONResponse({})
    return see_other(f"/files/cases/{file.case_id}")


async def _shown(request: Request, file: FileRow, *, small: bool) -> Response:
    """Answer with a picture, to a page of ours that shows it."""
    body = await bytes_of(platform(request).db, file.file_id, small=small)
    return await not_found(request) if body is None else _answer(body, file, "inline")


async def _leaves(request: Request, file: FileRow) -> Response:
    """Answer with a file to be saved, once it is in the ledger."""
    here = platform(request)
    body = await bytes_of(here.db, file.file_id, small=False)
    if body is None:
        return await not_found(request)
    slip = await here.ledger.slip(request)
    what, about = await _traced(request, file)
    await here.ledger.left(request, slip, what=what, body=body, person_id=about)
    return _answer(body, file, "attachment")


def _answer(body: bytes, file: FileRow, how: str) -> Response:
    return Response(
        body,
        media_type=INLINE if how == "inline" else file.media_type,
        headers={
            "Content-Disposition": disposition(how, file.name),
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "Vary": "Accept",
        },
    )


async def _traced(request: Request, file: FileRow) -> tuple[str, str]:
    """Return what the ledger calls this file, and whom it is about if that is known."""
    what = "A picture" if file.media_type == INLINE else "A letter"
    case = await platform(request).ask(CASE_SUMMARY, org=actor(request).org, key=file.case_id)
    if case is None:
        return f"{what} on a case", ""
    return f"{what} on case {case.reference}", case.patient.person_id or ""


def disposition(how: str, name: str) -> str:
    """Return the header for a file called *name*: in it nothing that somebody typed stands bare.

    RFC 6266: the name once in a form that all understand, and once in full (RFC 8187).
    """
    ending = name.rpartition(".")[2]
    return f"{how}; filename=\"file.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _file(request: Request) -> FileRow | None:
    case_id, file_id = request.path_params["case_id"], request.path_params["file_id"]
    if "\0" in file_id:
        return None
    return await one_file(platform(request).db, actor(request).org, case_id, file_id)


async def _not_kept(request: Request, sentence: str, status: HTTPStatus) -> Response:
    if wants_json(request):
        return JSONResponse({"error": sentence}, status)
    return await _show(request, {"file": sentence}, status)


async def _show(
    request: Request,
    errors: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    given = {**await _given(request), "errors": errors or {}, "most": MOST_FILES}
    return await html(request, "files/files.html", given, status=status)


async def _given(request: Request) -> dict[str, object]:
    here, who = platform(request), actor(request)
    case_id = request.path_params["case_id"]
    return {
        "case_id": case_id,
        "files": await files_of(here.db, who.org, case_id),
        "scanner": bool(here.settings.clamd),
        "may_attach": who.may(ATTACH) and not who.read_only,
    }


PAGES: Final[tuple[Page, ...]] = (
    Page(PATH, show_files, needs=READ, opens="case"),
    Page(f"{PATH}/_list", show_list, needs=READ, opens="case"),
    Page(PATH, attach_file, needs=ATTACH, method="POST", opens="case"),
    Page(f"{PATH}/{{file_id}}", open_file, needs=READ, opens="case"),
    Page(f"{PATH}/{{file_id}}/small", show_small, needs=READ, opens="case"),
    Page(f"{PATH}/{{file_id}}/withdraw", ask_why, needs=ATTACH, opens="case"),
    Page(f"{PATH}/{{file_id}}/withdraw", withdraw, needs=ATTACH, method="POST", opens="case"),
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = ()
TIMERS: Final[tuple[Timer, ...]] = quarantine.TIMERS
