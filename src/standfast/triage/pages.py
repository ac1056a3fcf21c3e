"""Triage on screen: content for devices, protocols to read, answers taken in from devices."""

from functools import cache
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.triage.check import check
from standfast.triage.content import compiled_json, current, written
from standfast.triage.model import ASSESSMENT, AnswerQuestion, WithdrawAnswers
from standfast.triage.reading import ReadProtocol, read_all
from standfast.triage.tables import answers, assessment_of
from standfast.web.device import Entry
from standfast.web.pages import Page, actor, html, not_found, platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

USE: Final = "triage.use"
READ: Final = "triage.read"


async def content(request: Request) -> Response:
    """Answer with all protocols for the device's engine; 304 when it has this version."""
    tag = f'"{current().version}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(compiled_json(), media_type="application/json", headers=headers)


async def list_protocols(request: Request) -> Response:
    """Show every protocol, the dispositions they lead to, and what the checker says."""
    return await html(
        request,
        "triage/protocols.html",
        {
            "protocols": _readable(),
            "dispositions": list(current().dispositions.values()),
            "complaints": _complaints(),
            "version": current().version,
            "watermark": current().watermark,
        },
    )


async def read_protocol(request: Request) -> Response:
    """Show one protocol as a person reads it."""
    name = request.path_params["protocol"]
    found = next((item for item in _readable() if item.id == name), None)
    if found is None:
        return await not_found(request)
    context = {"protocol": found, "version": current().version}
    return await html(request, "triage/protocol.html", context)


async def show_answers(request: Request) -> Response:
    """Show what was asked and answered in one case, and what it came to."""
    db, org = platform(request).db, actor(request).org
    case_id = request.path_params["case_id"]
    assessment = await assessment_of(db, org, case_id)
    if assessment is None:
        return await not_found(request)
    given = await answers(db, org, case_id)
    context = {"assessment": assessment, "answers": given}
    return await html(request, "triage/_answers.html", context)


@cache
def _readable() -> tuple[ReadProtocol, ...]:
    return read_all(written(), current())


@cache
def _complaints() -> tuple[str, ...]:
    return tuple(check(written()))


PAGES: Final = (
    Page("/triage/content.json", content, needs=USE),
    Page("/triage/protocols", list_protocols, needs=READ),
    Page("/triage/protocols/{protocol}", read_protocol, needs=READ),
    Page("/triage/cases/{case_id}/_answers", show_answers, needs=READ, opens="case"),
)
ENTRIES: Final = (
    Entry(kind="triage.answer", needs=USE, decider=ASSESSMENT, command=AnswerQuestion),
    Entry(kind="triage.withdraw", needs=USE, decider=ASSESSMENT, command=WithdrawAnswers),
)
WORKSPACES: Final[tuple[Workspace, ...]] = ()
TIMERS: Final[tuple[Timer, ...]] = ()
