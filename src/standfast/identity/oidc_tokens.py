"""What a sign-in service signed: believed only if every single thing about it is right. Pure.

OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6, RFC 8725. The algorithm is the one that the
site's settings name, never one that the token names; keys come from the service's own list and
never from the token.
"""

import hmac
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

LEEWAY: Final = timedelta(seconds=30)
"""How far the two clocks may be apart."""

OLDEST: Final = timedelta(minutes=5)
"""An ID or logout token that was made longer ago than this has been lying about."""

ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512"})
"""What the site may pin. None of them is a shared secret, and none is ``none``."""

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LONGEST: Final = 255
"""Characters of a subject (OpenID Connect Core 2)."""


class Why(StrEnum):
    """Why a token is not believed. Logged and counted; the person gets a plain sentence."""

    SIGNATURE = "signature"
    UNKNOWN_KEY = "unknown_key"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    FROM_THE_FUTURE = "from_the_future"
    TOO_OLD = "too_old"
    NONCE = "nonce"
    SUBJECT = "subject"
    ASSURANCE = "assurance"
    STALE = "stale"
    SHAPE = "shape"
    STATE = "state"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class Untrusted(Exception):
    """What came from the sign-in service, or in its name, is not believed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Expected(Struct, frozen=True, kw_only=True):
    """What an ID token must say to be the answer to what was asked."""

    issuer: str
    client_id: str
    nonce: str
    acr: Collection[str]
    """Any one of these is enough."""
    max_age: timedelta
    """How long ago they may have proven who they are."""


class Goodbye(Struct, frozen=True, kw_only=True):
    """A logout token that is believed: whose session, or which."""

    jti: str
    subject: str
    sid: str
    issued_at: datetime


def signed_claims(token: str, keys: KeySet, algorithm: str) -> Mapping[str, Any]:
    """Return what *token* says, if one of *keys* signed it with *algorithm*. Raises Untrusted."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"STANDFAST_OIDC_ALGORITHM cannot be {algorithm}")
    try:
        return jwt.decode(token, keys, algorithms=[algorithm]).claims
    except JoseError as error:
        unknown = error.error == "invalid_key_id"
        raise Untrusted(Why.UNKNOWN_KEY if unknown else Why.SIGNATURE) from error
    except (ValueError, TypeError, KeyError) as error:
        raise Untrusted(Why.SHAPE) from error


def check_identity(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    """Raise Untrusted unless *claims* are those of an ID token that answers *expected*."""
    _check_issued(claims, expected.issuer, expected.client_id, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), expected.nonce.encode()
    ):
        raise Untrusted(Why.NONCE)
    if "events" in claims:  # a logout token in the place of an ID token
        raise Untrusted(Why.SHAPE)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST:
        raise Untrusted(Why.SUBJECT)
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in expected.acr:
        raise Untrusted(Why.ASSURANCE)
    proven_at = _instant(claims, "auth_time")
    if proven_at is None or proven_at > now + LEEWAY:
        raise Untrusted(Why.STALE)
    if now - proven_at > expected.max_age + LEEWAY:
        raise Untrusted(Why.STALE)


def check_goodbye(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, now: datetime
) -> Goodbye:
    """Return what a logout token says. Raises Untrusted."""
    issued_at = _check_issued(claims, issuer, client_id, now)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Untrusted(Why.SHAPE)
    if "nonce" in claims:  # an ID token in the place of a logout token
        raise Untrusted(Why.SHAPE)
    jti, subject, sid = (_text(claims, name) for name in ("jti", "sub", "sid"))
    if not jti or not (subject or sid):
        raise Untrusted(Why.SHAPE)
    return Goodbye(jti=jti, subject=subject, sid=sid, issued_at=issued_at)


def _check_issued(
    claims: Mapping[str, Any], issuer: str, client_id: str, now: datetime
) -> datetime:
    """Check who made a token, for whom and when; return when."""
    if claims.get("iss") != issuer:
        raise Untrusted(Why.ISSUER)
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise Untrusted(Why.AUDIENCE)
    party = claims.get("azp")
    if party != client_id and (party is not None or len(named) > 1):
        raise Untrusted(Why.AUDIENCE)
    expires_at, issued_at = _instant(claims, "exp"), _instant(claims, "iat")
    if expires_at is None or issued_at is None:
        raise Untrusted(Why.SHAPE)
    if now >= expires_at + LEEWAY:
        raise Untrusted(Why.EXPIRED)
    not_before = _instant(claims, "nbf") if "nbf" in claims else issued_at
    if not_before is None or max(issued_at, not_before) > now + LEEWAY:
        raise Untrusted(Why.FROM_THE_FUTURE)
    if now - issued_at > OLDEST:
        raise Untrusted(Why.TOO_OLD)
    return issued_at


def _instant(claims: Mapping[str, Any], name: str) -> datetime | None:
    """Return a NumericDate; None if it is missing or is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Untrusted(Why.SHAPE)
    return value
