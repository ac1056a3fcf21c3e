"""The names this node answers to. A request for any other name is not for us.

What a page trusts about itself (where a form came from, which passkey is ours) hangs on the
name that a browser believes it speaks to. So a name is what the operator configured, or it is
refused before any page sees it: no proxy's header says otherwise.
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Scope

from standfast.settings import Settings

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""What load balancers ask at a bare address. It tells nothing of anybody."""

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""By these names, at any port, a demonstration is tried on the machine itself."""

_USUAL: Final = {"https": ":443", "http": ":80"}

NO_NAME: Final = "A request says once, in its Host header, which address it is for.\n"

ANOTHER: Final = (
    "This service does not answer at that address. Open {origin} instead. If a proxy stands "
    "between, let it pass on the Host header that it was given; another name that is right "
    "belongs into STANDFAST_HOSTS.\n"
)


class Hosts(Struct, frozen=True):
    """Which names are ours. ``anywhere``: whatever the port. ``https``: they are read over it."""

    origin: str
    named: frozenset[str]
    anywhere: frozenset[str] = frozenset()
    https: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Hosts":
        """Return the names that *settings* give."""
        told = settings.hosts.replace(",", " ").lower().split()
        named = {_as_sent(each) for each in (settings.origin, settings.api_url) if each}
        anywhere = {each.removesuffix(":*") for each in told if each.endswith(":*")}
        return cls(
            settings.origin,
            frozenset({*named, *told}),
            frozenset(anywhere | (LOCAL if settings.demonstration else set())),
            https=settings.tls or settings.secure_cookies,
        )

    def refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """Return what to answer when this request is not for us; None: it is."""
        if scope["path"] in HEALTH:
            return None
        said = headers.getlist("host")
        if len(said) != 1 or not said[0]:
            return PlainTextResponse(NO_NAME, HTTPStatus.BAD_REQUEST)
        if self._is_ours(said[0].lower()):
            return None
        words = ANOTHER.format(origin=self.origin)
        return PlainTextResponse(words, HTTPStatus.MISDIRECTED_REQUEST)

    def _is_ours(self, host: str) -> bool:
        if host in self.named:
            return True
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        name, port = (name, port) if name else (port, "")
        return name in self.anywhere and (port == "" or (port.isascii() and port.isdigit()))


def _as_sent(address: str) -> str:
    """Return what a browser sends as Host when it opens *address*."""
    parts = urlsplit(address.lower())
    return parts.netloc.removesuffix(_USUAL.get(parts.scheme, "\0"))
