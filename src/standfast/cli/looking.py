"""What a look at something found: in order, to be watched, or to be mended."""

import subprocess
from collections.abc import Sequence
from enum import StrEnum
from shutil import which

from msgspec import Struct


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Look(Struct, frozen=True):
    """One thing that was looked at; ``do`` says what to do and is empty when all is well."""

    what: str
    state: State
    found: str
    do: str = ""


def fine(what: str, found: str) -> Look:
    """Return that it is in order."""
    return Look(what, State.OK, found)


def watch(what: str, found: str, do: str) -> Look:
    """Return that somebody should look at it."""
    return Look(what, State.WARN, found, do)


def bad(what: str, found: str, do: str) -> Look:
    """Return that it must be mended before live work."""
    return Look(what, State.FAIL, found, do)


def said_by(words: Sequence[str], seconds: float = 10) -> str | None:
    """Return what a program of the system says; None when it is not here or fails."""
    program = which(words[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and paths of ours
            [program, *words[1:]], capture_output=True, text=True, check=False, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
