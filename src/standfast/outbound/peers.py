"""Requests to other sites' exchanges: whom two people have compared, and nobody else.

The addresses come from the cards that people accepted, and the certificate must be given by the
authority in the very card: no name server, proxy or public authority has a say in who it is.
"""

import asyncio
import ssl
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import httpx
from msgspec import Struct

from standfast.vault.contexts import asking, introducing, issued_to

CONNECT_SECONDS: Final = 5.0
_LIMITS: Final = httpx.Limits(max_connections=4, max_keepalive_connections=4)


class Silent(Exception):
    """The other site could not be reached, is another, or did not answer whole and in time."""


class Answer(Struct, frozen=True):
    """What the other site answered."""

    status: HTTPStatus
    body: bytes


class OtherSite:
    """One other site at the *addresses* of its card. Keeps its connections open."""

    def __init__(
        self, addresses: Sequence[str], tls: ssl.SSLContext, *, site: str, authority: bytes
    ) -> None:
        self._addresses = list(addresses)
        self._site = site
        self._authority = authority
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls, trust_env=False, limits=_LIMITS, http2=False
        )

    async def ask(
        self, method: str, path: str, *, body: bytes = b"", patience: float, limit: int
    ) -> Answer:
        """Return what the site answers, at the first of its addresses that does.

        Raises :class:`Silent`, which says how.
        """
        how = "it has no address"
        for address in tuple(self._addresses):
            try:
                async with asyncio.timeout(patience):
                    request = _request(method, f"https://{address}{path}", body, patience)
                    answer = await self._ask(request, limit)
            except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
                how = _how(error)
                continue
            self._addresses.remove(address)
            self._addresses.insert(0, address)  # the one that answers is asked first
            return answer
        raise Silent(how)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _ask(self, request: httpx.Request, limit: int) -> Answer:
        answer = await self._transport.handle_async_request(request)
        try:
            self._is_it(answer)
            return Answer(HTTPStatus(answer.status_code), await _read(answer, limit))
        except ValueError as error:  # not a status that HTTP knows
            raise Silent("it does not speak the protocol") from error
        finally:
            await answer.aclose()

    def _is_it(self, answer: httpx.Response) -> None:
        """Look at who answered before a byte of it is read."""
        if not self._authority:
            return
        shown = answer.extensions["network_stream"].get_extra_info("ssl_object")
        der = shown.getpeercert(binary_form=True) if shown is not None else None
        if der is None or issued_to(der, self._authority) != self._site:
            raise Silent("its certificate is not that of its card")


def other_site(
    site: str, addresses: Sequence[str], *, authority: bytes, ours: bytes
) -> OtherSite:
    """Return a site whose card was accepted; *ours* is what we show it (certificate and key)."""
    return OtherSite(addresses, asking(ours, authority), site=site, authority=authority)


def stranger(address: str) -> OtherSite:
    """Return whoever is at an address that an officer has typed: only its card is asked for."""
    return OtherSite([address], introducing(), site="", authority=b"")


def _request(method: str, url: str, body: bytes, patience: float) -> httpx.Request:
    times = {"connect": CONNECT_SECONDS, "read": patience, "write": patience, "pool": patience}
    return httpx.Request(
        method,
        url,
        headers={"content-type": "application/msgpack", "accept-encoding": "identity"},
        content=body or None,
        extensions={"timeout": times},
    )


async def _read(answer: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise Silent("its answer has no end")
    return bytes(body)


def _how(error: Exception) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it did not answer in time"
    if "CERTIFICATE" in str(error).upper():
        return "its certificate is not that of its card"
    if isinstance(error, httpx.ConnectError):
        return "nothing answers at its address"
    return "the line broke off"
