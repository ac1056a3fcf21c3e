"""A client's proof of who it is: a signed assertion (RFC 7523, private_key_jwt). Pure.

What the assertion says about how to check it counts for nothing: the algorithm and the keys are
those that were registered. Before the signature is known to be good every failure that depends
on who calls has the same words, so that nobody learns who is registered here.
"""

import binascii
import math
import warnings
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any, Final

import re2
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from standfast.clients.keys import public_key
from standfast.facts.clients import Algorithm, ClientKey
from standfast.web.hostile import Hostile, read_json

LONGEST: Final = 8_000
LIFE: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=30)
LONGEST_JTI: Final = 200

_HEADER: Final = frozenset({"alg", "kid", "typ"})
_TYPES: Final = (None, "JWT", "jwt", "client-authentication+jwt")
_COMPACT: Final = re2.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class BadAssertion(Exception):
    """The assertion proves nothing. Its words are for the client's programmer."""


class Claimed(Struct, frozen=True, kw_only=True):
    """What an assertion says, before anything of it is believed."""

    text: str
    client_id: str
    kid: str
    algorithm: str
    claims: dict[str, Any]


class Proven(Struct, frozen=True, kw_only=True):
    """An assertion that is what it says."""

    client_id: str
    kid: str
    jti: str


def read_claimed(text: str) -> Claimed:
    """Return what *text* claims. Raises BadAssertion; proves nothing yet."""
    if len(text) > LONGEST:
        raise BadAssertion("The assertion is longer than 8,000 characters")
    if not text.isascii() or not _COMPACT.fullmatch(text):
        raise BadAssertion("The assertion is no signed JWT in compact form")
    header, claims, _ = (_part(part) for part in (*text.split(".")[:2], "e30"))
    strange = sorted(header.keys() - _HEADER)
    if strange:
        raise BadAssertion(
            f"The header may hold alg, kid and typ alone, and holds {_named(strange)}: keys "
            "are those that were registered here, never those that an assertion brings"
        )
    if header.get("typ") not in _TYPES:
        raise BadAssertion("The header's typ must be JWT")
    kid, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(kid, str) or not kid:
        raise BadAssertion("The header must name the key: kid")
    if not isinstance(algorithm, str) or algorithm not in set(Algorithm):
        raise BadAssertion(f"The header's alg must be one of {', '.join(Algorithm)}")
    client_id = claims.get("iss")
    if not isinstance(client_id, str) or claims.get("sub") != client_id:
        raise BadAssertion("iss and sub must both be your client id")
    return Claimed(text=text, client_id=client_id, kid=kid, algorithm=algorithm, claims=claims)


def prove(
    claimed: Claimed,
    *,
    algorithm: Algorithm,
    keys: tuple[ClientKey, ...],
    audience: str,
    now: datetime,
) -> Proven:
    """Return what *claimed* proves about the client with these *keys*. Raises BadAssertion.

    *algorithm* and *keys* are what was registered: the keys that are good at *now*.
    """
    key = next((key for key in keys if key.kid == claimed.kid), None)
    if key is None or claimed.algorithm != algorithm.value:
        raise BadAssertion(NOT_KNOWN)
    try:
        with warnings.catch_warnings():
            # RFC 9864 renames EdDSA to Ed25519; clients still say EdDSA, and mean it.
            warnings.filterwarnings("ignore", message="EdDSA is deprecated")
            jws.deserialize_compact(
                claimed.text.encode(), public_key(key), algorithms=[algorithm.value]
            )
    except (JoseError, ValueError) as error:
        raise BadAssertion(NOT_KNOWN) from error
    _check_audience(claimed.claims.get("aud"), audience)
    _check_times(claimed.claims, now)
    jti = claimed.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise BadAssertion("jti must be a text of 1 to 200 characters, another for each")
    return Proven(client_id=claimed.client_id, kid=key.kid, jti=jti)


def _part(part: str) -> dict[str, Any]:
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = read_json(decoded, limit=LONGEST, depth=4)
    except (Hostile, binascii.Error, ValueError) as error:
        raise BadAssertion("The assertion's parts are not JSON in base64url") from error
    if not isinstance(value, dict):
        raise BadAssertion("The assertion's parts must be JSON objects")
    return value


def _check_audience(said: object, audience: str) -> None:
    """One audience and no other: what was meant for somebody else as well could be theirs."""
    if said not in (audience, [audience]):
        raise BadAssertion(f"aud must be {audience}, and nothing else")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    at, life, skew = now.timestamp(), LIFE.total_seconds(), SKEW.total_seconds()
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    begins = _time(claims, "nbf")
    if expires is None:
        raise BadAssertion("exp is missing: say when the assertion ends")
    if expires <= at - skew:
        raise BadAssertion("The assertion has expired: make a new one for each request")
    since = at if issued is None else issued
    if expires - since > life or expires - at > life + skew:
        raise BadAssertion("exp is more than five minutes ahead")
    if issued is not None and issued > at + skew:
        raise BadAssertion("iat is in the future: set your clock")
    if begins is not None and begins > at + skew:
        raise BadAssertion("nbf is in the future: set your clock")


def _time(claims: dict[str, Any], name: str) -> float | None:
    """Return a time as seconds since 1970; None: it was not said."""
    value = claims.get(name)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise BadAssertion(f"{name} must be a number: seconds since 1970")
    return float(value)


def _named(names: list[str]) -> str:
    """Return header names that are safe to repeat."""
    plain = [name for name in names if name.isascii() and name.isalnum()]
    return ", ".join(plain[:5]) or "others"


NOT_KNOWN: Final = (
    "No client here has this id, key, algorithm and signature together. Look at iss, kid and alg, "
    "and at the key that was registered"
)
