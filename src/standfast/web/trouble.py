"""What a person sees when something went wrong: what it means, and what to do next."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from minijinja import TemplateError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.journal.database import CONNECTION_LOST
from standfast.journal.tenant import NotEntitled
from standfast.journal.writer import Conflict, OutcomeUnknown, Unavailable
from standfast.kernel.logs import where
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
    _log.error("web.database_lost", **_place(request.scope), error=type(error).__name__)
    return await _say(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database cannot be reached. Nothing was saved by this step. It is being restarted: "
        "wait a few seconds, then go back and send it again.",
    )


async def _not_entitled(request: Request, _: Exception) -> Response:
    _log.error("web.not_entitled", path=request.url.path)
    return await _say(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not take your sign-in any more. Nothing is shown, and nothing was "
        "saved by this step. Sign out, sign in again, then repeat it.",
    )


async def _outcome_unknown(request: Request, _: Exception) -> Response:
    return await _say(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database went away while this was being saved. It may have been saved, or not: "
        "wait a few seconds, look, and only then repeat it.",
    )


async def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return await _say(request, HTTPStatus(error.status_code), None)


def _place(scope: Scope) -> dict[str, object]:
    """Return which page it was, and the ids in its address: never what somebody typed there."""
    ids = [each for each in scope.get("path_params", {}).values() if _is_id(each)]
    return {"page": getattr(scope.get("page"), "name", "none"), "ids": ids}


def _is_id(text: object) -> bool:
    try:
        return str(UUID(str(text))) == text
    except ValueError:
        return False


class LastResort:
    """Answers for a page that broke, and logs where: never what it held.

    A traceback prints values, and a template's error lists its variables; either may be a
    patient. So nothing that broke goes further up than this.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody is waiting
            reference = uuid4().hex[:8]
            _log.error(
                "web.broken",
                **_place(scope),
                reference=reference,
                error=type(error).__name__,
                where=where(error.__traceback__),
            )
            if not started and scope["type"] == "http":
                answer = await _broken(Request(scope), reference)
                await answer(scope, receive, send)


async def _broken(request: Request, reference: str) -> Response:
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
    except (*CONNECTION_LOST, NotEntitled, TemplateError):  # the page around it is broken too
        return PlainTextResponse(sentence or status.phrase, status)


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    Refused: _refused,
    Conflict: _conflict,
    Unavailable: _database_lost,
    OutcomeUnknown: _outcome_unknown,
    NotEntitled: _not_entitled,
    **dict.fromkeys(CONNECTION_LOST, _database_lost),
    TooLarge: _too_large,
    HTTPException: _http,
}
