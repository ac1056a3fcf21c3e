"""Triage on screen: content for devices, protocols to read, answers taken in from devices."""

from functools import cache
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.kernel.messages import Refused
from standfast.triage.check import check
from standfast.triage.content import compiled_json, current, written
from standfast.triage.model import ASSESSMENT, AnswerQuestion, Refusal, WithdrawAnswers
from standfast.triage.reading import ReadProtocol, read_all
from standfast.triage.tables import answers, assessment_of
from standfast.web.device import Entry
from standfast.web.pages import Page, actor, html, not_found, platform, problem
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

USE: Final = "triage.use"
READ: Final = "triage.read"
CASE: Final = "calls.case"
"""An answer may come before its case, but not for another organisation's, nor for no case."""


async def content(request: Request) -> Response:
    """Answer with all protocols for the device's engine; 304 when it has this version.

    The reference content is for the demonstration alone: a live site gets none of it.
    """
    if not platform(request).settings.has_triage_content:
        return _none_installed(request)
    tag = f'"{current().version}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(compiled_json(), media_type="application/json", headers=headers)


async def list_protocols(request: Request) -> Response:
    """Show every protocol, the dispositions they lead to, and what the checker says."""
    if not platform(request).settings.has_triage_content:
        return await problem(request, HTTPStatus.NOT_FOUND, _sentence(request))
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
    if not platform(request).settings.has_triage_content:
        return await problem(request, HTTPStatus.NOT_FOUND, _sentence(request))
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


async def _only_installed(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Let an answer through where there is content to answer; a device may hold old content."""
    if not platform(request).settings.has_triage_content:
        raise Refused(Refusal.NO_CONTENT)
    return body


def _none_installed(request: Request) -> Response:
    return JSONResponse({"error": _sentence(request)}, HTTPStatus.NOT_FOUND)


def _sentence(request: Request) -> str:
    return platform(request).sentence(Refusal.NO_CONTENT)


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
    Entry(
        kind="triage.answer",
        needs=USE,
        decider=ASSESSMENT,
        command=AnswerQuestion,
        begins=CASE,
        complete=_only_installed,
    ),
    Entry(
        kind="triage.withdraw",
        needs=USE,
        decider=ASSESSMENT,
        command=WithdrawAnswers,
        begins=CASE,
    ),
)
WORKSPACES: Final[tuple[Workspace, ...]] = ()
TIMERS: Final[tuple[Timer, ...]] = ()
