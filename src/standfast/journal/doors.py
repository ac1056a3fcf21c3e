"""Tokens that a door of this site makes for whoever it lets in, and PostgreSQL proves.

Half of a token is random; the other half is HMAC-SHA-256 over it and over what it opens, by a
key that follows from the site's own. The rows of sessions and access tokens hold the hash of the
whole. So neither reading those rows nor writing them, nor adding to the journal, makes a token:
``identity_open`` and ``clients_open`` ask for both halves to fit (docs/adr/0018).
"""

import hashlib
import hmac
from typing import Final

from standfast.journal.database import connect

DOORS: Final = "doors"
"""The purpose that the site's key is derived for."""

_HALF: Final = 32
"""Hex digits: 128 bits."""


def door_token(key: bytes, random: bytes, *about: str) -> str:
    """Return a token from 16 *random* bytes, for what *about* names: its ids, in their order."""
    said = random.hex()
    proof = hmac.new(key, "/".join((*about, said)).encode(), hashlib.sha256).hexdigest()
    return said + proof[:_HALF]


async def tell_door_key(owner_url: str, key: bytes) -> None:
    """Let PostgreSQL prove what is made with *key*; told by the owner, at each start."""
    owner = await connect(owner_url)
    try:
        await owner.execute("SELECT tenancy.open_door($1)", key)
    finally:
        await owner.close()


async def forget_door_keys(owner_url: str) -> None:
    """Let no token count that was made before now: the site's key is another."""
    owner = await connect(owner_url)
    try:
        await owner.execute("DELETE FROM tenancy.doors")
    finally:
        await owner.close()
