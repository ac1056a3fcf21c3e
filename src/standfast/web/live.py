"""Telling open pages that something has changed, by one event stream for each browser."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from standfast.journal.database import CONNECTION_LOST
from standfast.journal.feed import Topic
from standfast.web.pages import ANYONE, SIGNED_IN, Page, actor, platform

HEARTBEAT: Final = 5.0
"""Seconds of silence after which a comment is sent, so that a dead line is noticed."""

LEAST_GAP: Final = 0.1
"""Seconds between two messages to one browser: a burst becomes one."""


async def live(request: Request) -> Response:
    """Stream the kinds of stream that moved in the visitor's organisation."""
    org = actor(request).org

    def ours(topic: Topic) -> bool:
        return topic[0] == org

    return StreamingResponse(
        _frames(platform(request).feed.follow(ours)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def healthz(request: Request) -> Response:
    """Answer 200 when this node can do its work, 503 with the reason when it cannot."""
    if not await _healthy(request):
        return JSONResponse(
            {"status": "database lost"},
            HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Cache-Control": "no-store"},
        )
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def _healthy(request: Request) -> bool:
    """Return whether the database answers within two seconds."""
    try:
        async with asyncio.timeout(2):
            await platform(request).public.fetch_value("SELECT 1")
    except CONNECTION_LOST:
        return False
    return True


async def _frames(moves: AsyncIterator[set[str]]) -> AsyncIterator[bytes]:
    """Yield a frame for each move, and a comment now and then."""
    yield b"retry: 1000\n\n"
    waiting: asyncio.Task[set[str]] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(moves))
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT)
            if not done:
                yield b": still here\n\n"
                continue
            topics, waiting = sorted(waiting.result()), None
            yield b"data: " + msgspec.json.encode({"topics": topics}) + b"\n\n"
            await asyncio.sleep(LEAST_GAP)
    finally:
        if waiting is not None:
            waiting.cancel()


PAGES: Final = (
    Page("/live", live, needs=SIGNED_IN, while_locked=True),
    Page("/healthz", healthz, needs=ANYONE),
)
