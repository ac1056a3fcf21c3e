"""Which names a node answers to, and that nothing but the Host header says which was meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from standfast.settings import Settings
from standfast.web.hosts import Hosts
from standfast.web.security import Guard

pytestmark = pytest.mark.anyio

LIVE = {"origin": "https://desk.example:8443", "api_url": "https://api.example"}


async def seen(request: Request) -> PlainTextResponse:
    """Answer with what a page would believe of its own address."""
    return PlainTextResponse(str(request.base_url))


async def stream(_: Request) -> StreamingResponse:
    async def frames() -> AsyncIterator[bytes]:
        yield b"data: x\n\n"

    return StreamingResponse(frames(), media_type="text/event-stream")


def browser(**settings: Any) -> httpx.AsyncClient:
    """Return somebody who asks a site with these *settings*."""
    given = Settings(database_url="", reader_url="", data=Path(), **settings)
    paths = {"/": seen, "/healthz": seen, "/readyz": seen, "/live": stream, "/bars/x": seen}
    app = Starlette(
        routes=[Route(path, page, methods=["GET", "POST"]) for path, page in paths.items()],
        middleware=[Middleware(Guard, hosts=Hosts.of(given))],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example")


@pytest.mark.parametrize(
    "host",
    ["desk.example:8443", "DESK.example:8443", "api.example", "old.example", "10.0.0.7:9"],
)
async def test_a_name_that_was_configured_is_answered(host: str) -> None:
    async with browser(**LIVE, hosts="old.example, 10.0.0.7:*") as asks:
        assert (await asks.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "desk.example",  # another port is another origin
        "desk.example:8444",
        "desk.example:8443.evil.example",
        "evil.example:8443",
        "desk.example:8443@evil.example",
        "desk.example.:8443",
        "localhost",
        "127.0.0.1:8443",
        "169.254.169.254",
    ],
)
async def test_any_other_name_is_refused_on_every_road_and_told_where_to_go(host: str) -> None:
    async with browser(**LIVE) as asks:
        for path, method in (
            ("/", "GET"),
            ("/", "POST"),
            ("/live", "GET"),
            ("/bars/x", "POST"),
        ):
            answer = await asks.request(method, path, headers={"host": host})

            assert answer.status_code == 421, (path, method)
            assert "https://desk.example:8443" in answer.text
            assert "evil" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_proxys_header_makes_another_name_ours_or_ours_another() -> None:
    async with browser(**LIVE) as asks:
        for name in ("x-forwarded-host", "forwarded", "x-host", "x-original-host"):
            ours = {"host": "desk.example:8443", name: "evil.example"}
            theirs = {"host": "evil.example", name: "desk.example:8443"}
            answer = await asks.get("/", headers=ours)

            assert answer.text == "http://desk.example:8443/"
            assert (await asks.get("/", headers=theirs)).status_code == 421


async def test_a_request_says_once_whom_it_is_for() -> None:
    async with browser(**LIVE) as asks:
        twice = [("host", "desk.example:8443"), ("host", "evil.example")]

        assert (await asks.get("/", headers=twice)).status_code == 400
        assert (await asks.get("/", headers={"host": ""})).status_code == 400


async def test_a_load_balancer_asks_for_health_by_whatever_name() -> None:
    async with browser(**LIVE) as asks:
        for path in ("/healthz", "/readyz"):
            answer = await asks.get(path, headers={"host": "10.1.2.3:9999"})
            assert answer.status_code == 200


async def test_a_demonstration_is_tried_on_the_machine_itself_and_live_work_is_not() -> None:
    hosts = ("localhost:9000", "127.0.0.1:8111", "[::1]:8111", "[::1]", "localhost")
    async with browser(demonstration=True) as asks:
        for host in hosts:
            assert (await asks.get("/", headers={"host": host})).status_code == 200, host
        for host in ("localhost.evil.example:8111", "127.0.0.1:x", "localhost:", "x:y:z"):
            answer = await asks.get("/", headers={"host": host})
            assert answer.status_code == (200 if host == "localhost:" else 421), host
    async with browser(**LIVE) as asks:
        for host in hosts:
            assert (await asks.get("/", headers={"host": host})).status_code == 421, host
