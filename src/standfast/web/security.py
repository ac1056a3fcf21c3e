"""What every request must pass and every answer must carry, before any page sees it.

One plain ASGI layer: which name it asks for, the size of a body, where a form comes from, and
the headers that tell the browser what it may load.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.web.hosts import Hosts
from standfast.web.uploads import LARGEST

LARGEST_BODY: Final = 1024 * 1024
"""Bytes. The largest message in ``shared/examples`` is 160 kB."""

FILE_PATHS: Final = "/files/"
"""Where files are sent, which alone may be larger."""

LARGEST_FILE_BODY: Final = LARGEST + 64 * 1024
"""Bytes: a file, and the form around it."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

REPORTS: Final = "/policy-reports"
"""Where browsers tell of what the policy stopped."""

MACHINE_PATHS: Final = ("/bars/", "/oauth/", "/telephony/", "/sign-in/service/logout")
"""Where machines call, which carry a key or a signature and no browser's cookie."""


POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types standfast",
        f"report-uri {REPORTS}",
    )
)
"""What a page may load and run: our own files. Nothing stands in a page itself, so no nonce.

HTML becomes elements in one place (``static/dom.js``, the Trusted Types policy ``standfast``).
"""

SAFETY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"server", b"standfast"),
)
"""What every answer says. No page says otherwise."""


HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
"""Said over HTTPS: for two years this browser comes no other way, nor below (ASVS 3.4.1)."""


class Guard:
    """Refuses what is not for us, too large or from another site; adds headers of safety."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts) -> None:
        """Over HTTPS nothing that came otherwise is ours."""
        self._app = app
        https = hosts.https
        self._hosts = hosts
        self._schemes = ("https",) if https else ("https", "http")
        self._always = (*SAFETY, HTTPS_ONLY) if https else SAFETY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = (
            self._hosts.refusal(scope, headers)
            or _too_large(scope, headers)
            or self._from_elsewhere(scope, headers)
        )
        send = _with_headers(send, scope["path"], self._always)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, _at_most(receive, _largest(scope)), send)

    def _from_elsewhere(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """Refuse what another site's page sent, or nobody says who (docs/adr/0013).

        A browser says it in ``Sec-Fetch-Site``, which no page can set; over plain HTTP, and
        when it is old, only in ``Origin``. What says neither comes from no page of ours.
        """
        if scope["method"] in SAFE_METHODS or scope["path"].startswith(MACHINE_PATHS):
            return None
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        host = headers.get("host", "")
        ours = origin in [f"{scheme}://{host}" for scheme in self._schemes]
        if site is not None:
            allowed = site in ("same-origin", "none") and (ours or origin in (None, "null"))
        else:
            allowed = ours
        if allowed:
            return None
        return PlainTextResponse("This form came from another site", HTTPStatus.FORBIDDEN)


class TooLarge(Exception):
    """A body grew past the limit while it was being read."""


def _largest(scope: Scope) -> int:
    """Return how many bytes the body may have."""
    return LARGEST_FILE_BODY if scope["path"].startswith(FILE_PATHS) else LARGEST_BODY


def _too_large(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    length = headers.get("content-length", "0")
    if scope["path"].startswith("/bars/"):  # interop.door says it in FHIR, as early
        return None
    if length.isdigit() and int(length) <= _largest(scope):
        return None
    return PlainTextResponse("Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _at_most(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return counted


def _with_headers(send: Send, path: str, always: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *always]
            if not _has(headers, b"content-security-policy"):
                headers.append((b"content-security-policy", POLICY.encode()))
            if not path.startswith("/static/") and not _has(headers, b"cache-control"):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await send(message)

    return guarded


def _has(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bool:
    return any(name == wanted for name, _ in headers)
