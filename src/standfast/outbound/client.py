"""The client: a checked address, resolved once and connected to as it was checked.

A name is looked up one time, every address it gives is judged, and the connection goes to one
of those: a name server that answers differently the second time is not asked a second time.
TLS still proves the name. Redirects, proxies, cookies and compression are not followed, used,
kept or read.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urljoin

import httpx
import structlog
from msgspec import Struct

from standfast.outbound.allowed import (
    Address,
    NotAllowed,
    Place,
    Target,
    Why,
    find,
    read_list,
)
from standfast.settings import Settings

LARGEST_ANSWER: Final = 1024 * 1024
"""Bytes, unless the caller says fewer."""

PATIENCE: Final = 10.0
"""Seconds for the whole exchange, name look-up to the last byte."""

_ELSEWHERE: Final = frozenset(map(HTTPStatus, (301, 302, 303, 307, 308)))

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a host name; raises OSError."""

_log = structlog.get_logger()


class Unanswered(Exception):
    """The other side could not be reached, or did not answer whole and in time."""


class Fetched(Struct, frozen=True, kw_only=True):
    """What the other side answered, whatever its status."""

    status: HTTPStatus
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask this machine's resolver, off the event loop."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """Makes requests to *places* and to nobody else. Holds no connection open between two.

    (A connection kept for one name must not serve another name at the same address.)
    """

    def __init__(
        self,
        places: tuple[Place, ...],
        *,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self.places = places
        self._resolve = resolve
        self._transport = httpx.AsyncHTTPTransport(
            verify=trust or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=0),
        )

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limit: int = LARGEST_ANSWER,
        patience: float = PATIENCE,
        redirects: int = 0,
    ) -> Fetched:
        """Return what *url* answers. Raises NotAllowed before anything is sent, or Unanswered.

        A redirect is an answer like any other; a GET may follow *redirects* of them, each to
        an address that is on the list itself.
        """
        target = find(url, self.places)
        try:
            async with asyncio.timeout(patience):
                fetched = await self._ask(target, method, body, headers or {}, limit)
                while redirects and method == "GET" and fetched.status in _ELSEWHERE:
                    redirects -= 1
                    url = urljoin(url, fetched.headers.get("location", ""))
                    target = find(url, self.places)
                    fetched = await self._ask(target, method, b"", {}, limit)
        except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            _log.warning(
                "outbound.unanswered", host=target.place.host, error=type(error).__name__
            )
            raise Unanswered(target.place.host) from error
        return fetched

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(
        self, target: Target, method: str, body: bytes, headers: Mapping[str, str], limit: int
    ) -> Fetched:
        """Try the checked addresses one after another; the first that connects is asked."""
        latest: httpx.ConnectError | None = None
        for address in await self._addresses(target.place):
            request = _request(target, address, method, body, headers)
            try:
                answer = await self._transport.handle_async_request(request)
            except httpx.ConnectError as error:
                latest = error
                continue
            try:
                return await _read(answer, limit)
            finally:
                await answer.aclose()
        raise latest or httpx.ConnectError("The name leads nowhere")

    async def _addresses(self, place: Place) -> list[Address]:
        """Look *place* up, once. One address that it may not have condemns them all."""
        bare = place.host.removeprefix("[").removesuffix("]")
        try:
            found = [ipaddress.ip_address(bare)]
        except ValueError:
            found = [
                ipaddress.ip_address(text) for text in await self._resolve(bare, place.port)
            ]
        if not all(place.may_be_at(address) for address in found):
            _log.warning("outbound.wrong_network", host=place.host)
            raise NotAllowed(Why.WRONG_NETWORK)
        return found


def outbound_of(settings: Settings) -> Outbound:
    """Return the client of a node. Raises ValueError for a list that cannot be read."""
    return Outbound(
        read_list(settings.outbound, loopback=settings.demonstration),
        trust=_trust(settings.outbound_ca),
    )


@cache
def _trust(authorities: str) -> ssl.SSLContext:
    """Return whom to believe: those in a file, or this machine's, which take a while to read."""
    return ssl.create_default_context(cafile=authorities or None)


def _request(
    target: Target, address: Address, method: str, body: bytes, headers: Mapping[str, str]
) -> httpx.Request:
    """Return a request to the *address* itself, which TLS and the other side know by its name."""
    place = target.place
    usual = place.port == (443 if place.scheme == "https" else 80)
    named = place.host if usual else f"{place.host}:{place.port}"
    ours = {"host": named, "accept-encoding": "identity", "user-agent": "standfast"}
    given = {name.lower(): value for name, value in headers.items()}
    return httpx.Request(
        method,
        httpx.URL(
            scheme=place.scheme,
            host=str(address),
            port=place.port,
            raw_path=target.path.encode("ascii"),
        ),
        headers={**given, **ours},
        content=body or None,
        extensions={"sni_hostname": place.host.strip("[]"), "timeout": _TIMES},
    )


_TIMES: Final = {"connect": 3.0, "read": PATIENCE, "write": PATIENCE, "pool": PATIENCE}


async def _read(answer: httpx.Response, limit: int) -> Fetched:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise NotAllowed(Why.ENCODED)
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise NotAllowed(Why.TOO_LARGE)
    try:
        status = HTTPStatus(answer.status_code)
    except ValueError as error:
        raise httpx.RemoteProtocolError("Not a status that HTTP knows") from error
    return Fetched(status=status, headers=dict(answer.headers), body=bytes(body))
