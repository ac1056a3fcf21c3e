"""Which server process, if any, works on a cluster: read from the machine, never remembered.

Two signs are kept apart. ``postmaster.pid`` names a process, and may be stale: the number
can belong to another program by now, or to a zombie that nobody has buried. A lock
(``flock``) that every process of the server inherits says whether *any* of them still lives,
the orphans of a killed postmaster included. The machine lets go of it by itself.
"""

import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from standfast.postgres.accounts import Account

_STATUS_LINE: Final = 7
"""Of ``postmaster.pid``, counted from nought: starting, ready, stopping or standby."""


@dataclass(frozen=True)
class Postmaster:
    """A living server: its process, and whether it is starting, ready or stopping."""

    pid: int
    status: str

    @property
    def ready(self) -> bool:
        """Whether it takes connections."""
        return self.status == "ready"


def find(cluster: Path) -> Postmaster | None:
    """Return the living server of *cluster*."""
    lines = _pid_file(cluster)
    if not lines or not _works_on(int(lines[0]), cluster):
        return None
    status = lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "starting"
    return Postmaster(int(lines[0]), status)


def take_lock(file: Path, server: Account) -> int | None:
    """Return a descriptor of the cluster's lock, to be handed to a new server; None: in use."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.fchown(handle, server.uid, server.gid)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def in_use(file: Path) -> bool:
    """Tell whether any process of a server still holds the cluster's lock."""
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def bury(cluster: Path, socket: Path) -> bool:
    """Remove the marks of a server that no longer lives; tell whether one stood in the way.

    PostgreSQL removes its own, except when their number is alive again as something else or
    as a zombie: then it refuses to start. Call it only while holding the cluster's lock.
    """
    for mark in socket.glob(".s.PGSQL.*.lock"):
        mark.unlink()
    lines = _pid_file(cluster)
    stale = bool(lines) and not _works_on(int(lines[0]), cluster) and _exists(int(lines[0]))
    if stale:
        (cluster / "postmaster.pid").unlink()
    return stale


def _pid_file(cluster: Path) -> list[str]:
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return lines if lines and lines[0].isdecimal() else []


def _works_on(pid: int, cluster: Path) -> bool:
    """Tell a server by its working folder, which is its cluster; a zombie has none."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True
