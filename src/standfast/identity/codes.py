"""One-time codes that are said aloud: short, unmistakable, and kept only as a slow hash."""

import asyncio
import hashlib
from datetime import datetime
from typing import Final

from standfast.facts.passkeys import SpokenCode

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misheard."""

LENGTH: Final = 8
"""Forty bits: with five tries a guess is one in two hundred thousand million."""

_MISHEARD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

# scrypt's cost: 8 MB and a few hundredths of a second for each guess at a stolen hash.
_COST: Final = {"n": 2**13, "r": 8, "p": 1, "dklen": 32}


def spoken(random: bytes) -> str:
    """Return a code such as ``7F3K-2M9Q`` from five *random* bytes."""
    rest, letters = int.from_bytes(random[:5], "big"), ""
    for _ in range(LENGTH):
        rest, index = divmod(rest, len(LETTERS))
        letters += LETTERS[index]
    return f"{letters[:4]}-{letters[4:]}"


async def kept(code: str, salt: bytes, expires_at: datetime) -> SpokenCode:
    """Return what is kept of *code*."""
    code_hash = await hashed(code, salt.hex())
    return SpokenCode(code_hash=code_hash, salt=salt.hex(), expires_at=expires_at)


async def hashed(typed: str, salt: str) -> str:
    """Return the hash of what somebody typed, in hex; beside the event loop, for it is slow."""
    plain = typed.upper().translate(_MISHEARD)[: 4 * LENGTH].encode()
    hash_ = await asyncio.to_thread(hashlib.scrypt, plain, salt=bytes.fromhex(salt), **_COST)
    return hash_.hex()
