"""What every request must pass and every answer must carry, before any page sees it.

One plain ASGI layer: the size of a body, where a form comes from, and the headers that tell
the browser what it may load.
"""

import base64
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 1024 * 1024
"""Bytes. The largest message in ``shared/examples`` is 160 kB."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

MACHINE_PATHS: Final = ("/bars/", "/oauth/", "/telephony/")
"""Where machines call, which carry a key or a signature and no browser's cookie."""


SAFETY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
"""What every answer says. No page says otherwise."""


HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=63072000")
"""Said over HTTPS: for two years this browser comes no other way (ASVS 3.4.1)."""


class Guard:
    """Refuses what is too large or comes from another site; adds the headers of safety."""

    def __init__(
        self, app: ASGIApp, *, random: Callable[[int], bytes], https: bool = False
    ) -> None:
        self._app = app
        self._random = random
        self._always = (*SAFETY, HTTPS_ONLY) if https else SAFETY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = base64.b64encode(self._random(16)).decode()
        scope.setdefault("state", {})["nonce"] = nonce
        headers = Headers(scope=scope)
        refused = _too_large(scope, headers) or _from_elsewhere(scope, headers)
        send = _with_headers(send, nonce, scope["path"], self._always)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, _at_most(receive), send)


class TooLarge(Exception):
    """A body grew past the limit while it was being read."""


def _too_large(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    length = headers.get("content-length", "0")
    if scope["path"].startswith("/bars/"):  # interop.door says it in FHIR, as early
        return None
    if length.isdigit() and int(length) <= LARGEST_BODY:
        return None
    return PlainTextResponse("Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _from_elsewhere(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    """Refuse a form that another site's page sent (OWASP: Fetch Metadata, then Origin)."""
    if scope["method"] in SAFE_METHODS or scope["path"].startswith(MACHINE_PATHS):
        return None
    site = headers.get("sec-fetch-site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        origin = headers.get("origin")
        allowed = origin is None or origin.partition("://")[2] == headers.get("host")
    if allowed:
        return None
    return PlainTextResponse("This form came from another site", HTTPStatus.FORBIDDEN)


def _at_most(receive: Receive) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise TooLarge
        return message

    return counted


def _with_headers(
    send: Send, nonce: str, path: str, always: tuple[tuple[bytes, bytes], ...]
) -> Send:
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *always]
            headers.append((b"content-security-policy", policy.encode()))
            if not path.startswith("/static/") and not _has_cache_control(headers):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await send(message)

    return guarded


def _has_cache_control(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"cache-control" for name, _ in headers)
