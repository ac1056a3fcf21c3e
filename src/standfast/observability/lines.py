"""How much is logged, and where to: JSON lines on standard error, or in a file of the site's."""

import logging
import sys
from pathlib import Path
from typing import Final, TextIO

import structlog

LEVELS: Final = ("debug", "info", "warning", "error")


def write_lines(*, level: str, file: str) -> None:
    """Write lines of *level* and above to *file*; an empty one means standard error.

    A file is opened for appending and one line is one write, so several workers share it.
    Raises ValueError for a level that there is not.
    """
    if level not in LEVELS:
        raise ValueError(f"STANDFAST_LOG_LEVEL is one of {', '.join(LEVELS)}, not {level!r}")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(_opened(file)),
        cache_logger_on_first_use=False,
    )


def _opened(file: str) -> TextIO:
    return Path(file).open("a", buffering=1, encoding="utf-8") if file else sys.stderr
