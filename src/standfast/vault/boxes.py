"""Sealing bytes with AES-256-GCM, bound to what they are and where they belong."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Box(Struct, frozen=True):
    """What was sealed. Without its key it is noise."""

    nonce: bytes
    body: bytes


class WrongKey(Exception):
    """The box does not open with this key, or is not the box that belongs here."""


def new_key() -> bytes:
    """Return a key that nobody has seen."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, secret: bytes, about: str) -> Box:
    """Return *secret* sealed; it opens only with *key* and the same *about*."""
    nonce = os.urandom(_NONCE_BYTES)
    return Box(nonce, AESGCM(key).encrypt(nonce, secret, about.encode()))


def unseal(key: bytes, box: Box, about: str) -> bytes:
    """Return what is in *box*. Raises :class:`WrongKey`."""
    try:
        return AESGCM(key).decrypt(box.nonce, box.body, about.encode())
    except (InvalidTag, ValueError) as error:
        raise WrongKey(about) from error
