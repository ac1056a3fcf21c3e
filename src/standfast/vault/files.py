"""Files that a crash leaves whole: the old content or the new one, never a part of either."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put *content* at *path*, readable by its owner alone, on disk before this returns."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    _write(draft, content)
    draft.replace(path)
    _sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> bytes:
    """Put *content* at *path* unless something is there; return what is there afterwards."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    _write(draft, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another worker was first; what it wrote counts
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return path.read_bytes()


def remove(path: Path) -> None:
    """Take *path* away; what lay there may still be on the disk, and in every backup."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file *path*, so that two programs do not change one thing at a time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
