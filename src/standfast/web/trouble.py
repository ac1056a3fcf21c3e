"""What a person sees when something went wrong: what it means, and what to do next."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from standfast.journal.database import CONNECTION_LOST
from standfast.journal.writer import Conflict, Unavailable
from standfast.kernel.messages import Refused
from standfast.web.pages import problem, refusal, wants_json
from standfast.web.security import TooLarge

_log = structlog.get_logger()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101
    return await _say(request, HTTPStatus.CONFLICT, refusal(request, error))


async def _conflict(request: Request, _: Exception) -> Response:
    return await _say(
        request,
        HTTPStatus.CONFLICT,
        "Somebody else changed this at the same moment. Go back, look again, then repeat it.",
    )


async def _database_lost(request: Request, error: Exception) -> Response:
    _log.error("web.database_lost", path=request.url.path, error=type(error).__name__)
    return await _say(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database cannot be reached. Nothing was saved by this step. It is being restarted: "
        "wait a few seconds, then go back and send it again.",
    )


async def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return await _say(request, HTTPStatus(error.status_code), None)


async def _broken(request: Request, error: Exception) -> Response:
    reference = uuid4().hex[:8]
    _log.exception("web.broken", path=request.url.path, reference=reference, exc_info=error)
    return await _say(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"This step failed and was not saved. Tell IT the reference {reference}.",
    )


async def _say(request: Request, status: HTTPStatus, sentence: str | None) -> Response:
    if wants_json(request):
        return JSONResponse({"error": sentence or status.phrase}, status)
    try:
        return await problem(request, status, sentence)
    except CONNECTION_LOST:  # the page around it needs the database too
        return PlainTextResponse(sentence or status.phrase, status)


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    Refused: _refused,
    Conflict: _conflict,
    Unavailable: _database_lost,
    **dict.fromkeys(CONNECTION_LOST, _database_lost),
    TooLarge: _too_large,
    HTTPException: _http,
    Exception: _broken,
}
