"""An HTTP/1.1 server for machines, which tells a page whose TLS certificate it was.

The pages' own server does not: it checks a client's certificate and keeps it to itself. This
one hands it on as the ASGI extension ``tls`` says. It is small because it may be: no WebSocket,
no HTTP/2, nothing that streams; h11 reads and writes what travels.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import h11
from starlette.types import ASGIApp, Message, Scope

from standfast.vault.contexts import in_memory
from standfast.web.security import LARGEST_BODY

IDLE_SECONDS: Final = 30
"""How long a connection may wait for its next request, or for a part of one."""

HANDSHAKE_SECONDS: Final = 5
LINGER_SECONDS: Final = 1
MOST_CONNECTIONS: Final = 512
_CHUNK: Final = 16_384
_TLS_1_3: Final = 0x0304


def server_context(bundle: bytes, client_ca: Path | None) -> ssl.SSLContext:
    """Return how the API is spoken to: TLS 1.3; with *client_ca* only by whom it certified.

    *bundle* (PEM) holds the certificate, its chain and its key: in memory, and in no file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    show(context, bundle)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def show(context: ssl.SSLContext, bundle: bytes) -> None:
    """Let whoever connects from now on be shown the certificate in *bundle*."""
    with in_memory(bundle) as path:
        context.load_cert_chain(path)


@asynccontextmanager
async def listening(
    app: ASGIApp, *, host: str, port: int, tls: ssl.SSLContext | None
) -> AsyncIterator[int]:
    """Serve *app* inside the block; yield the port, which *port* 0 leaves to the machine."""
    tasks: set[asyncio.Task[None]] = set()
    over = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - somebody runs this
        tasks.add(task)
        try:
            if over.is_set():
                writer.transport.abort()
            elif len(tasks) <= MOST_CONNECTIONS:
                await _Connection(app, reader, writer).serve()
        except asyncio.CancelledError:  # the listener ends: nobody waits for a farewell
            writer.transport.abort()
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(
        connected,
        host,
        port,
        ssl=tls,
        ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
        backlog=1024,
    )
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        over.set()
        await _end(server, tasks)


async def _end(server: asyncio.Server, tasks: set[asyncio.Task[None]]) -> None:
    """Take no more connections, end those there are, and let go of half-made ones."""
    server.close()
    for task in tuple(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(TimeoutError):  # whoever is in the middle of a handshake
        async with asyncio.timeout(LINGER_SECONDS):
            await server.wait_closed()


class _Connection:
    """One connection: its requests, one after another."""

    def __init__(
        self, app: ASGIApp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._app = app
        self._reader = reader
        self._writer = writer
        self._wire = h11.Connection(h11.SERVER)
        self._is_small = True
        peer = writer.get_extra_info("peername") or ("", 0)
        here = writer.get_extra_info("sockname") or ("", 0)
        self._about = {
            "client": (peer[0], peer[1]),
            "server": (here[0], here[1]),
            "extensions": _extensions(writer),
            "scheme": "https" if writer.get_extra_info("ssl_object") else "http",
        }

    async def serve(self) -> None:
        """Answer until either side has had enough."""
        with suppress(ConnectionError, TimeoutError, ssl.SSLError, h11.LocalProtocolError):
            while True:
                try:
                    event = await self._event()
                except h11.RemoteProtocolError as error:
                    await self._refuse(HTTPStatus(error.error_status_hint))
                    return
                if not isinstance(event, h11.Request):
                    return
                if not event.target.startswith(b"/"):  # a proxy's form: it names a host twice
                    await self._refuse(HTTPStatus.BAD_REQUEST)
                    return
                await self._answer(event)
                if not await self._taken_whole() or self._wire.our_state is not h11.DONE:
                    return
                self._wire.start_next_cycle()

    async def _taken_whole(self) -> bool:
        """Take what is still on its way of a body that no page wanted, and throw it away.

        Whoever is refused may so go on with the same connection. One that says no length, or a
        large one, is given a moment, lest a reset lose them our answer, and is then cut off.
        """
        async with asyncio.timeout(LINGER_SECONDS):
            if self._wire.our_state is h11.MUST_CLOSE:
                while await self._reader.read(_CHUNK):
                    pass
                return False
            while self._wire.their_state is h11.SEND_BODY:
                await self._event()
        return self._wire.their_state is h11.DONE

    async def _event(self) -> Any:
        """Return what they say next."""
        while True:
            event = self._wire.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._wire.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            async with asyncio.timeout(IDLE_SECONDS):
                self._wire.receive_data(await self._reader.read(_CHUNK))

    async def _answer(self, request: h11.Request) -> None:
        self._is_small = _is_small(request)
        path, _, query = request.target.partition(b"?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "path": _unquoted(path),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name, value) for name, value in request.headers],
            **self._about,
        }
        await self._app(scope, self._receive, self._said)

    async def _receive(self) -> Message:
        if self._wire.their_state is not h11.SEND_BODY:
            await asyncio.Event().wait()  # nothing more comes; whoever waits is ended with us
        try:
            event = await self._event()
        except h11.RemoteProtocolError:
            return {"type": "http.disconnect"}
        if isinstance(event, h11.Data):
            return {"type": "http.request", "body": bytes(event.data), "more_body": True}
        if isinstance(event, h11.EndOfMessage):
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    async def _said(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"]]
            if self._wire.their_state is h11.SEND_BODY and not self._is_small:
                headers.append((b"connection", b"close"))
            await self._send(h11.Response(status_code=int(message["status"]), headers=headers))
            return
        await self._send(h11.Data(data=message.get("body", b"")))
        if not message.get("more_body", False):
            await self._send(h11.EndOfMessage())

    async def _refuse(self, status: HTTPStatus) -> None:
        if self._wire.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            await self._send(h11.Response(status_code=int(status), headers=headers))
            await self._send(h11.EndOfMessage())

    async def _send(self, event: Any) -> None:
        data = self._wire.send(event)
        if data:
            self._writer.write(data)
            async with asyncio.timeout(IDLE_SECONDS):
                await self._writer.drain()


def _extensions(writer: asyncio.StreamWriter) -> dict[str, Any]:
    """Return the ASGI extension ``tls``, where there is TLS."""
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return {}
    shown = tls.getpeercert(binary_form=True)
    chain = [ssl.DER_cert_to_PEM_cert(shown)] if shown else []
    return {
        "tls": {
            "server_cert": None,
            "client_cert_chain": chain,
            "client_cert_name": None,
            "client_cert_error": None,
            "tls_version": _TLS_1_3,
            "cipher_suite": None,
        }
    }


def _is_small(request: h11.Request) -> bool:
    """Return whether the request's body is one to take in, wanted or not."""
    said = dict(request.headers)
    if b"transfer-encoding" in said:
        return False
    return int(said.get(b"content-length", b"0")) <= LARGEST_BODY


def _unquoted(path: bytes) -> str:
    return unquote_to_bytes(path).decode("utf-8", "replace")
