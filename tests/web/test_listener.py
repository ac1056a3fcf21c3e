"""The API's own HTTP server: what travels, byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from standfast.web import listener
from standfast.web.listener import listening

pytestmark = pytest.mark.anyio


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was sent; leave what goes to /unread alone."""
    request = Request(scope, receive)
    body = b"" if scope["path"] == "/unread" else await request.body()
    said = f"{request.method} {request.url.path} {request.url.query} {len(body)}"
    status = 413 if scope["path"] == "/unread" else 200
    await PlainTextResponse(said, status)(scope, receive, send)


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with listening(echo, host="127.0.0.1", port=0, tls=None) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line[15:])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ),
        0,
    )
    return int(head.split()[1]), await reader.readexactly(length)


async def test_requests_are_answered_one_after_another_on_one_connection() -> None:
    async with connection() as (reader, writer):
        for number in range(3):
            writer.write(
                b"POST /a%%20b?q=%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                % number
            )
            assert await answer(reader) == (200, f"POST /a b q={number} 3".encode())


async def test_requests_that_were_sent_ahead_are_answered_in_order() -> None:
    async with connection() as (reader, writer):
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(3)))

        assert [(await answer(reader))[1] for _ in range(3)] == [
            f"GET /{n}  0".encode() for n in range(3)
        ]


async def test_a_body_in_chunks_is_read_whole() -> None:
    async with connection() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

        assert await answer(reader) == (200, b"POST /  5")


async def test_whoever_waits_to_be_told_to_go_on_is_told() -> None:
    async with connection() as (reader, writer):
        writer.write(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"ab")

        assert await answer(reader) == (200, b"POST /  2")


INSIDE = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_body_that_is_not_wanted_is_never_taken_for_the_next_request() -> None:
    """Request smuggling; and whoever was refused goes on with the same connection."""
    async with connection() as (reader, writer):
        head = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(INSIDE) + INSIDE)
        writer.write(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")

        assert (await answer(reader))[0] == 413
        assert await answer(reader) == (200, b"GET /next  0")


@pytest.mark.parametrize("says", [b"Content-Length: 9999999", b"Transfer-Encoding: chunked"])
async def test_a_large_body_that_is_not_wanted_ends_the_connection(says: bytes) -> None:
    async with connection() as (reader, writer):
        writer.write(b"POST /unread HTTP/1.1\r\nHost: x\r\n" + says + b"\r\n\r\n" + INSIDE)

        assert (await answer(reader))[0] == 413
        writer.write_eof()
        assert await reader.read() == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"rubbish\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\x00c\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
async def test_what_is_no_http_is_refused_and_the_connection_ends(sent: bytes) -> None:
    async with connection() as (reader, writer):
        writer.write(sent)
        writer.write_eof()

        said = await reader.read()

        assert said == b"" or said.split()[1].startswith((b"4", b"5"))
        assert b"GET" not in said


async def test_whoever_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand open connections that never ask must not keep others out."""
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0.05)
    async with connection() as (reader, writer):
        writer.write(b"GET / HT")

        assert await reader.read() == b""


async def test_only_so_many_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MOST_CONNECTIONS", 1)
    async with listening(echo, host="127.0.0.1", port=0, tls=None) as port:
        first = await asyncio.open_connection("127.0.0.1", port)
        first[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await answer(first[0]))[0] == 200
        second = await asyncio.open_connection("127.0.0.1", port)

        assert await second[0].read() == b""
        for _, writer in (first, second):
            writer.close()


@pytest.mark.parametrize("target", [b"http://evil.example/a", b"*", b"evil.example:443"])
async def test_a_target_that_names_a_host_of_its_own_is_refused(target: bytes) -> None:
    async with connection() as (reader, writer):
        writer.write(b"OPTIONS %b HTTP/1.1\r\nHost: x\r\n\r\n" % target)

        assert (await answer(reader))[0] == 400
