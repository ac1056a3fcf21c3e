"""A line, figures and a span for each request: which route, what came of it, how long it took.

The route's name and never its address: an address holds ids. No header, no body, no person.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from standfast.observability.figures import LATENCY, REQUESTS, STREAMS
from standfast.observability.tracing import span

ROUTE: Final = "standfast.route"
"""Where in the scope a page says its name: ``GET /calls/{case_id}``."""

NOBODYS: Final = "none"
STREAM: Final = "GET /live"
UNTOLD: Final = frozenset({"GET /healthz", "GET /readyz", "GET /static/{version}/{path:path}"})
"""Counted, and not worth a line each."""

_log = structlog.get_logger()


class Watched:
    """Gives each request an id and, when it is answered, one line."""

    def __init__(self, app: ASGIApp, *, random: Callable[[int], bytes]) -> None:
        self._app = app
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value
        request_id = self._random(8).hex()
        is_stream = scope["path"] == "/live"

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-standfast-request", request_id.encode()),
                ]
            await send(message)

        if is_stream:
            STREAMS.inc()
        try:
            with bound_contextvars(request=request_id), span("request"):
                await self._app(scope, receive, noted)
        finally:
            if is_stream:
                STREAMS.dec()
            _tell(scope, status, time.perf_counter() - began, request_id)


def _tell(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    route = scope.get(ROUTE, NOBODYS)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(route, method, str(status)).inc()
    if route != STREAM:
        LATENCY.labels(route).observe(seconds)
    if route not in UNTOLD:
        _log.info(
            "web.request",
            request=request_id,
            route=route,
            method=method,
            status=status,
            ms=round(seconds * 1000, 1),
        )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
"""A label is one of few: nobody fills our memory by inventing methods."""
