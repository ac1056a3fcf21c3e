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
from standfast.vault.names import SITE
from standfast.vault.trouble import VaultTrouble
from standfast.web.openapi import HEALTH, described
from standfast.web.pages import ANYONE, SIGNED_IN, Page, actor, platform
from standfast.web.platform import Platform

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


async def readyz(request: Request) -> Response:
    """Answer 200 when this worker can take work on, 503 with what it lacks when it cannot.

    Health says "do not kill me", readiness "send me work": a worker that is starting, or whose
    database only reads, is healthy and not ready.
    """
    here = platform(request)
    parts = {
        "database": await _writable(request),
        "journal": here.journal.ready,
        "feed": here.feed.ready,
        "keys": _keys_open(here),
    }
    fine = all(parts.values())
    return JSONResponse(
        {"ready": fine, **parts},
        HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Cache-Control": "no-store"},
    )


async def _writable(request: Request) -> bool:
    """Return whether the database takes writes: no standby, and no disk that is full."""
    try:
        async with asyncio.timeout(2):
            return not await platform(request).all_orgs.fetch_value(
                "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
            )
    except CONNECTION_LOST:
        return False


def _keys_open(here: Platform) -> bool:
    try:
        return bool(here.keys.secret(SITE))
    except VaultTrouble:
        return False


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
    Page("/readyz", readyz, needs=ANYONE),
    described(Page("/healthz", healthz, needs=ANYONE), HEALTH),
)
