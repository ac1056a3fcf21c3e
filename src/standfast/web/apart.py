"""A PDF is read in a process of its own, with limits of time, of memory and of what it writes.

What reads it is C++ on foreign bytes. Should it run wild, it ends alone: no call is lost, no key
is in its memory, and neither time nor memory can be taken from those who work here. It gets the
file on its standard input, and its answer is on its standard output. It is no sandbox: it runs as
the node's own user, and what that user may read or reach, it may.
"""

import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import structlog

from standfast.web.unfit import NotTaken, Unfit

PATIENCE_SECONDS: Final = 60
"""On the clock. A letter takes half of one, and a site may be busy."""

CPU_SECONDS: Final = 20
MEMORY: Final = 1024**3
"""Bytes of addresses: the libraries take a fifth, the largest stream several times its size."""

REFUSES: Final = 3
"""The process ends so where the file is unfit. Why is what it says."""

READER: Final = (sys.executable, "-m", "standfast.web.apart")
_SOURCE: Final = Path(__file__).parent.parent.parent
_log = structlog.get_logger()


def apart(body: bytes) -> bytes:
    """Return the PDF *body* as it may be kept. Raises NotTaken. Slow: not on the event loop."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, and nothing of the file's
            READER,
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(_SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotTaken(Unfit.TOO_MUCH) from error
    if ended.returncode == 0:
        return ended.stdout
    if ended.returncode == REFUSES:
        raise NotTaken(Unfit(ended.stdout.decode("ascii")))
    _log.warning("uploads.reader_ended", code=ended.returncode)
    is_spent = ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    raise NotTaken(Unfit.TOO_MUCH if is_spent else Unfit.DAMAGED)


def bounded() -> None:
    """Let this process have so much time and memory, and write no file, from here on."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _main() -> int:
    bounded()
    from standfast.web.pdf import rewritten  # noqa: PLC0415 - nobody else needs its libraries

    try:
        kept = rewritten(sys.stdin.buffer.read())
    except NotTaken as refused:
        sys.stdout.write(refused.why.value)
        return REFUSES
    sys.stdout.buffer.write(kept)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
