"""A folder that segments are added to and never taken from, in whatever way the machine can.

No name is ever used twice, nothing is opened for writing that is there already, and a segment is
on disk before anybody is told. What makes it write-once for an attacker is the target's own
machine: this one does what it may.
"""

import fcntl
import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from standfast.backup.segments import Line, Segment, Unsound, read

_NAME: Final = re.compile(r"(\d{9})-([0-9a-f]{16})\.segment")
_PER_FOLDER: Final = 10_000
_GET_FLAGS, _SET_FLAGS, IMMUTABLE = 0x80086601, 0x40086602, 0x10
"""Of Linux's file systems, as ``chattr +i`` sets them."""


class Unreachable(OSError):
    """The target is not there, or takes nothing more."""


class Damaged(Struct, frozen=True):
    """A file that should be a segment and is not sound."""

    name: str
    number: int
    what: str


class Held(Struct, frozen=True):
    """A sound segment's line, and the file it is in."""

    line: Line
    path: Path

    def again(self) -> Segment:
        """Return it, read and looked at anew. Raises :class:`Unsound`."""
        return read(self.path.read_bytes())


class Content(Struct, frozen=True):
    """All that a target holds of one site."""

    held: tuple[Held, ...]
    damaged: tuple[Damaged, ...]

    @property
    def newest(self) -> int:
        """The highest number that was ever used, sound or not."""
        return max((0, *(each.line.number for each in self.held), *self._damaged()))

    @property
    def torn(self) -> bool:
        """Whether the newest of all is damaged: what it held nothing after it says."""
        sound = max((each.line.number for each in self.held), default=0)
        return max(self._damaged(), default=0) > sound

    @property
    def gone(self) -> int:
        """How many numbers below the newest have no file."""
        return self.newest - len({each.line.number for each in self.held} | {*self._damaged()})

    def _damaged(self) -> Iterator[int]:
        return (each.number for each in self.damaged)


class Target:
    """The segments of one *site* in *folder*, which must be there already: it may be a mount."""

    def __init__(self, folder: Path, site: str) -> None:
        self.folder = folder
        self._home = folder / site

    def content(self, progress: Callable[[int], None] = lambda _: None) -> Content:
        """Read every byte of every segment and return the lines of those that are sound."""
        if not self.folder.is_dir():
            raise Unreachable(f"{self.folder} is not there: is it mounted?")
        held: list[Held] = []
        damaged: list[Damaged] = []
        for count, path in enumerate(sorted(self._home.glob("*/*.segment")), start=1):
            found = _NAME.fullmatch(path.name)
            number = int(found[1]) if found else 0
            try:
                held.append(Held(_named_right(path, number), path))
            except (Unsound, OSError) as error:
                damaged.append(Damaged(path.name, number, _said(error)))
            progress(count)
        return Content(tuple(held), tuple(damaged))

    def put(self, number: int, content: bytes) -> Path:
        """Write *content* under *number*; it is on disk when this returns."""
        if not self.folder.is_dir():
            raise Unreachable(f"{self.folder} is not there: is it mounted?")
        name = f"{number:09d}-{hashlib.sha256(content).hexdigest()[:16]}.segment"
        path = self._home / f"{number // _PER_FOLDER:05d}" / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            _fill(descriptor, content)
        except OSError:
            with suppress(OSError):  # a part of a segment is none: it was told to nobody
                path.unlink()
            raise
        for folder in (path.parent, self._home, self.folder):
            _sync(folder)
        return path


def _fill(descriptor: int, content: bytes) -> None:
    """Write all of *content*, have it on disk, and let nobody change it, as far as we may."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        with suppress(OSError):  # the node's own user may not, nor may every file system
            set_immutable(file.fileno(), on=True)


def set_immutable(descriptor: int, *, on: bool) -> None:
    """Do what ``chattr +i`` does, or ``-i``. Raises OSError for whoever may not."""
    flags = struct.unpack("l", fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8)))[0]
    wanted = flags | IMMUTABLE if on else flags & ~IMMUTABLE
    fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("l", wanted))


def _named_right(path: Path, number: int) -> Line:
    """Return the line of the segment at *path*, whose name says its number and its digest."""
    content = path.read_bytes()
    if not path.stem.endswith(hashlib.sha256(content).hexdigest()[:16]):
        raise Unsound("its bytes are not what its name says")
    line = read(content).line
    if line.number != number:
        raise Unsound("its number is not the one in its name")
    return line


def _said(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
