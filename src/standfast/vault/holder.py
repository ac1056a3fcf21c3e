"""Handing opened keys to the worker processes of one node: never by disk, never by environment.

The process that opened the keys answers on an abstract Unix socket, and only to its own
descendants of its own user. A worker never gets what no page needs: the wrapping key, or the
key that signs certificates.
"""

import os
import secrets
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from standfast.vault.names import SECRETS, kind_of
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Keys, Vault

_PEER: Final = struct.Struct("3i")
_LONGEST_NAME: Final = 64
_SECONDS: Final = 10

LATELY: Final = timedelta(seconds=5)
"""How long a worker believes what it was told of a secret that others change."""

_FINE: Final = b"+"
_REFUSED: Final = b"-"


class HeldKeys:
    """The keys as a worker has them: fetched from the holder once, and remembered."""

    def __init__(self, address: str, clock: Callable[[], datetime] | None = None) -> None:
        self._address = address
        self._clock = clock
        self._known: dict[str, bytes] = {}
        self._asked: dict[str, tuple[datetime, VaultTrouble | None]] = {}

    def secret(self, name: str) -> bytes:
        """Return the secret *name*. Raises :class:`VaultTrouble`."""
        if name not in self._known:
            self._known[name] = _fetch(self._address, name)
        return self._known[name]

    def anew(self, name: str) -> bytes:
        """Return the secret *name* as the holder has it now, else as it is remembered."""
        try:
            self._known[name] = _fetch(self._address, name)
        except VaultTrouble:
            if name not in self._known:
                raise
        return self._known[name]

    def lately(self, name: str) -> bytes:
        """Return the secret *name*, asked for no more often than every :data:`LATELY`.

        That there is none is remembered as long. Raises :class:`VaultTrouble`.
        """
        now = self._clock() if self._clock else None
        asked_at, trouble = self._asked.get(name, (None, None))
        if now is None or asked_at is None or not timedelta() <= now - asked_at < LATELY:
            trouble = self._told(name)
            if now is not None:
                self._asked[name] = now, trouble
        if trouble is not None:
            raise trouble
        return self._known[name]

    def _told(self, name: str) -> VaultTrouble | None:
        try:
            self.anew(name)
        except VaultTrouble as trouble:
            return trouble
        return None


def keys_of(data: Path, *, holder: str, clock: Callable[[], datetime]) -> Keys:
    """Return the keys of this process: the holder's, or without one those in *data*."""
    return HeldKeys(holder, clock) if holder else Vault.open(data, clock=clock)


@contextmanager
def holding(vault: Vault) -> Iterator[str]:
    """Answer our own workers from *vault* inside the block; yields the holder's address."""
    address = f"standfast-keys-{secrets.token_hex(16)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"\0{address}")
        listener.listen(64)
        threading.Thread(target=_answer, args=(listener, vault), daemon=True).start()
        try:
            yield address
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _answer(listener: socket.socket, vault: Vault) -> None:
    remembered = {
        name: found
        for name, kind in SECRETS.items()
        if kind.for_pages and (found := vault.find(name)) is not None
    }
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(_SECONDS)
            connection.sendall(_answered(connection, vault, remembered))


def _answered(connection: socket.socket, vault: Vault, remembered: dict[str, bytes]) -> bytes:
    name = connection.recv(_LONGEST_NAME).decode("ascii", "replace").strip()
    if not _is_ours(connection):
        return _REFUSED + b"This process is not one of the node's workers."
    try:
        if not kind_of(name).for_pages:
            return _REFUSED + b"No page needs that key."
        remembered[name] = vault.secret(name)
    except (VaultTrouble, OSError) as trouble:
        if name not in remembered:  # the file was sealed anew: what we hold is still right
            return _REFUSED + str(trouble).encode()
    return _FINE + remembered[name]


def _is_ours(connection: socket.socket) -> bool:
    """Return whether a descendant of this process asks, and runs as the same user."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    pid, uid, _ = _PEER.unpack(told)
    if uid != os.getuid():
        return False
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = _parent_of(pid)
    return False


def _parent_of(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return int(told.rpartition(")")[2].split()[1])


def _fetch(address: str, name: str) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_SECONDS)
        try:
            asking.connect(f"\0{address}")
            asking.sendall(name.encode("ascii") + b"\n")
            said = b"".join(iter(lambda: asking.recv(65536), b""))
        except OSError as error:
            raise VaultTrouble(
                "The node that holds the keys has ended: start it again."
            ) from error
    if said[:1] != _FINE:
        raise VaultTrouble(said[1:].decode("utf-8", "replace") or "The keys were not given.")
    return said[1:]
