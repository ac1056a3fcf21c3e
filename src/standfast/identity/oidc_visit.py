"""What a browser carries to the sign-in service and back: small cookies, none trusted unread.

They are Lax, because the way back is by way of another site; the session's own cookie stays Strict.
"""

import hmac
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.identity.oidc_roles import Choice
from standfast.vault.names import OIDC_CLIENT
from standfast.web.platform import Platform


class Chooser(Struct, frozen=True, kw_only=True):
    """Somebody who proved who they are and has yet to say as what they come in."""

    choices: list[Choice]
    subject: str
    sid: str
    expires: float


def carried(request: Request, here: Platform, name: str) -> str:
    """Return what the browser brought back under *name*; empty if nothing."""
    return request.cookies.get(_named(here, name), "")


def keep(here: Platform, response: Response, name: str, value: str, life: timedelta) -> None:
    """Give the browser something to bring back."""
    response.set_cookie(
        _named(here, name),
        value,
        max_age=int(life.total_seconds()),
        path="/",
        secure=here.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def drop(here: Platform, response: Response, name: str) -> None:
    """Take it away again."""
    response.delete_cookie(
        _named(here, name),
        path="/",
        secure=here.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def sealed(here: Platform, chooser: Chooser) -> str:
    """Return *chooser* so that only this site can have written it."""
    return seal(here, msgspec.json.encode(chooser), "choice")


def opened(here: Platform, text: str, now: datetime) -> Chooser | None:
    """Return what this site sealed; None for anything else, and for what has run out."""
    raw = unsealed(here, text, "choice")
    if raw is None:
        return None
    chooser = msgspec.json.decode(raw, type=Chooser)
    return chooser if now.timestamp() < chooser.expires else None


def seal(here: Platform, body: bytes, name: str) -> str:
    """Return *body*, for the cookie *name*, so that only this site can have written it."""
    return f"{body.hex()}.{_seal(here, body, name)}"


def unsealed(here: Platform, text: str, name: str) -> bytes | None:
    """Return what this site sealed for the cookie *name*; None for anything else."""
    body, _, said = text.partition(".")
    try:
        raw = bytes.fromhex(body)
    except ValueError:
        return None
    return raw if hmac.compare_digest(said.encode(), _seal(here, raw, name).encode()) else None


def _seal(here: Platform, body: bytes, name: str) -> str:
    said = f"standfast oidc {name}".encode()
    key = hmac.digest(here.keys.secret(OIDC_CLIENT), said, "sha256")
    return hmac.digest(key, body, "sha256").hex()


def _named(here: Platform, name: str) -> str:
    prefix = "__Host-" if here.settings.secure_cookies else ""
    return f"{prefix}standfast-oidc-{name}"
