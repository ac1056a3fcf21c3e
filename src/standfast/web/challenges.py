"""Challenges that a passkey answers: issued without keeping anything, good once and not for long.

A nonce is random, says when it was made, and is sealed with a secret of this site for one
purpose and one binding (whose session, which act). So any worker can tell that this site made
it, for this, and how long ago; nobody can make one. That it is answered once is a fact in the
journal, kept by whoever takes the answer.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from standfast.web.platform import Platform

RANDOM: Final = 16
"""Bytes. WebAuthn asks for at least 16 that nobody can guess."""

STAMP: Final = 8
SEAL: Final = 32
MEETING_CLOCKS: Final = timedelta(seconds=2)
"""How far ahead of ours another worker's clock may be."""


def issue(here: Platform, *, purpose: str, bound: str) -> str:
    """Return a new nonce, in hex, for *purpose* and nobody but *bound*."""
    at = int(here.clock().timestamp() * 1000)
    open_part = here.random(RANDOM) + at.to_bytes(STAMP, "big")
    return (open_part + _seal(here, open_part, purpose, bound)).hex()


def issued_at(here: Platform, nonce: str, *, purpose: str, bound: str) -> datetime | None:
    """Return when this site made *nonce* for *purpose* and *bound*; None if it did not."""
    try:
        whole = bytes.fromhex(nonce)
    except ValueError:
        return None
    open_part, seal = whole[: RANDOM + STAMP], whole[RANDOM + STAMP :]
    if len(seal) != SEAL:
        return None
    if not hmac.compare_digest(seal, _seal(here, open_part, purpose, bound)):
        return None
    at = int.from_bytes(open_part[RANDOM:], "big")
    return datetime.fromtimestamp(at / 1000, UTC)


def is_fresh(made: datetime | None, now: datetime, life: timedelta) -> bool:
    """Return whether a nonce made at *made* may still be answered at *now*."""
    return made is not None and made - MEETING_CLOCKS <= now <= made + life


def challenge(nonce: str, content: bytes) -> bytes:
    """Return what the passkey signs: SHA-256(nonce, then SHA-256(content))."""
    return hashlib.sha256(bytes.fromhex(nonce) + hashlib.sha256(content).digest()).digest()


def name_of(nonce: str) -> str:
    """Return the id under which the answer to *nonce* is kept, once."""
    return hashlib.sha256(bytes.fromhex(nonce)).hexdigest()[:32]


def _seal(here: Platform, open_part: bytes, purpose: str, bound: str) -> bytes:
    said = b"\0".join((open_part, purpose.encode(), bound.encode()))
    return hmac.digest(here.secret("challenges"), said, "sha256")
