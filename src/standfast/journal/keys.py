"""The key that a site signs its commits with."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SiteKey:
    """An Ed25519 key pair. The private half never leaves this object."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "SiteKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, secret: bytes) -> "SiteKey":
        """Return the key whose private half is *secret*: 32 bytes, from the site's vault."""
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    @classmethod
    def at(cls, path: Path) -> "SiteKey":
        """Return the key kept at *path*, made on first use and readable by its owner alone."""
        if not path.exists():
            _write_once(path, Ed25519PrivateKey.generate().private_bytes_raw())
        return cls(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))

    def sign(self, hash_: bytes) -> bytes:
        return self._private.sign(hash_)

    def derived(self, purpose: str) -> bytes:
        """Return 32 secret bytes for one purpose: the same in every worker, for no other use."""
        info = f"standfast {purpose}".encode()
        return HKDF(hashes.SHA256(), 32, None, info).derive(self._private.private_bytes_raw())


def signed(public_key: bytes, signature: bytes, hash_: bytes) -> bool:
    """Return whether *signature* over *hash_* was made with the private half of *public_key*."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, hash_)
    except (InvalidSignature, ValueError):
        return False
    return True


def _write_once(path: Path, secret: bytes) -> None:
    """Write *secret* so that a crash leaves either no file or the whole of it."""
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another worker was first; its key is the site's
    finally:
        draft.unlink()
