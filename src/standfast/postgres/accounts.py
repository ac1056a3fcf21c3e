"""Which operating-system user PostgreSQL runs as: never root, whoever we are.

Nothing else here starts another program: :meth:`Account.run` is the one place.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from standfast.postgres.trouble import PostgresTrouble, Say

PREFERRED: Final = ("postgres", "standfast")
"""Whom root hands over to: the system's own PostgreSQL user, else one that we make."""

_TOLERATED: Final = ("PATH", "TMPDIR")
"""No PGPORT or LD_PRELOAD of somebody's shell reaches the server."""


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]
    umask: int


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    def run(
        self, command: Sequence[str | Path], *, sent: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* to its end as this user, with *sent* on its standard input."""
        return subprocess.run(  # noqa: S603 - our own arguments, never a shell
            [str(part) for part in command],
            **self._identity(),
            input=sent,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
        )

    def start(
        self, command: Sequence[str | Path], *, log: Path, held: int
    ) -> subprocess.Popen[bytes]:
        """Start *command* as this user, out of reach of the terminal's Ctrl-C.

        Its output goes to *log*; *held* is a file descriptor that it keeps open.
        """
        with open(log, "ab", opener=_private) as output:
            return subprocess.Popen(  # noqa: S603 - our own arguments, never a shell
                [str(part) for part in command],
                **self._identity(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=_environment(),
                pass_fds=[held],
                start_new_session=True,
            )

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user may pass through every folder down to *folder*."""
        return self.run(["test", "-x", folder]).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Tell whether *program* starts at all for this user."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except OSError:
            return False

    def own(self, folder: Path) -> None:
        """Make *folder* if need be, for this user's eyes only.

        One that somebody else made is refused: in /tmp it may be a trap.
        """
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {self.uid, os.geteuid()}:
            raise PostgresTrouble(f"{folder} was made by somebody else. Remove it.")
        os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        folder.chmod(0o700)

    def _identity(self) -> _Identity:
        if os.geteuid() != 0:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}


def ourselves() -> Account:
    """Return the user this process runs as."""
    return _account(os.geteuid())


def server_account(cluster: Path, say: Say) -> Account:
    """Return the user that PostgreSQL runs as for *cluster*, which may not exist yet.

    A cluster stays with the user who made it. Raises :class:`PostgresTrouble` when that is
    neither us nor within our power.
    """
    if os.geteuid() == 0:
        owner = cluster.stat().st_uid if cluster.exists() else 0
        return _account(owner) if owner else _unprivileged(say)
    us = ourselves()
    if cluster.exists() and cluster.stat().st_uid != us.uid:
        owner_name = _account(cluster.stat().st_uid).name
        raise PostgresTrouble(
            f"The data in {cluster} belongs to the user {owner_name} and this is {us.name}. "
            f"Start it as {owner_name} or as root, or choose another folder with --data."
        )
    return us


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresTrouble(
            f"User number {uid} has no name on this machine, and PostgreSQL needs one. "
            "Run standfast as a named user."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _unprivileged(say: Say) -> Account:
    for name in PREFERRED:
        try:
            return _account(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    return _new_user(PREFERRED[-1], say)


def _new_user(name: str, say: Say) -> Account:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    sentence = (
        "PostgreSQL does not run as root and this machine has no user for it. "
        f"Make one ('useradd --system {name}'), or run standfast as an ordinary user."
    )
    if useradd is None:
        raise PostgresTrouble(sentence)
    say(f"PostgreSQL does not run as root: making the system user '{name}' for it.")
    home = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")
    made = _account(0).run([useradd, "--system", "--user-group", *home, name])
    if made.returncode != 0:
        raise PostgresTrouble(f"{sentence} (useradd said: {made.stderr.strip()})")
    return _account(pwd.getpwnam(name).pw_uid)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _TOLERATED if name in os.environ}
    return {"PATH": "/usr/bin:/bin", **kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
