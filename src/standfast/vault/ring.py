"""One secret that is several keys: the newest seals, and the older ones still open.

A journal is never rewritten, so what an old key sealed stays sealed with it. The secret is the
keys one after another, the newest first; a secret of one key is a ring of one.
"""

import hashlib

from standfast.vault.boxes import KEY_BYTES, Box, WrongKey, new_key, seal, unseal


class Ring:
    """The keys in *secret*, each known by an id that says nothing about it."""

    def __init__(self, secret: bytes) -> None:
        if not secret or len(secret) % KEY_BYTES:
            raise WrongKey("a ring of keys")
        keys = [secret[at : at + KEY_BYTES] for at in range(0, len(secret), KEY_BYTES)]
        self._keys = {_id_of(key): key for key in keys}
        self.newest = _id_of(keys[0])

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def seal(self, secret: bytes, about: str) -> tuple[str, Box]:
        """Return *secret* sealed with the newest key, and that key's id."""
        return self.newest, seal(self._keys[self.newest], secret, about)

    def unseal(self, key_id: str, box: Box, about: str) -> bytes:
        """Return what is in *box*. Raises :class:`WrongKey`."""
        if key_id not in self._keys:
            raise WrongKey(about)
        return unseal(self._keys[key_id], box, about)


def with_new_key(secret: bytes) -> bytes:
    """Return the ring *secret* with one more key, which seals from now on."""
    return new_key() + secret


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"standfast home entry key\0" + key).hexdigest()[:16]
