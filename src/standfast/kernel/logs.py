"""How a log line is written: one JSON object, ids only, and nothing that a reader would obey.

A line that somebody else can shape forges others (a line break), repaints a terminal (ESC) or
turns its words round (bidirectional controls). So control characters are written out, long
values are cut, and what other libraries say is kept without the values they say it of.
"""

import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TypeAlias

import structlog

LONGEST: Final = 500
"""Characters of one value. A longer one is not an id, a place or the name of a fault."""

DEEPEST: Final = 4

Lines: TypeAlias = MutableMapping[str, Any]

_OBEYED: Final = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x00AD,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xD800, 0xE000),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
    )
} | {code: f"\\U{code:08x}" for code in range(0xE0000, 0xE0080)}
"""Controls of terminals, of lines and of the direction of writing; what has no width; tags."""


def configure_logs() -> None:
    """Have everything that this process says go through here."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            harmless,
            structlog.processors.JSONRenderer(),
        ]
    )
    logging.basicConfig(handlers=[Others()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    threading.excepthook = lambda told: _broke("thread.broke", told.exc_value)


def harmless(_logger: Any, _method: str, line: Lines) -> Lines:
    """Write out in every value, and every name, what a reader would obey."""
    return {plain(str(name)): _plain_value(value, 0) for name, value in line.items()}


def plain(text: str) -> str:
    r"""Return *text* cut to its longest, its controls written out as ``\u001b``."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return cut.translate(_OBEYED)


def where(trace: TracebackType | None) -> list[str]:
    """Return the innermost places of a traceback: files and lines, never what they held."""
    return [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(trace)[-4:]]


class Others(logging.Handler):
    """What other libraries log: who, how bad and the unfilled sentence, never its values."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = (
            {"error": type(error).__name__, "where": where(error.__traceback__)}
            if error
            else {}
        )
        sentence = record.msg if record.args and isinstance(record.msg, str) else ""
        structlog.get_logger().log(
            record.levelno,
            "library.said",
            library=record.name,
            place=f"{record.module}:{record.lineno}",
            sentence=sentence,
            **told,
        )


def _plain_value(value: Any, depth: int) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping() if depth < DEEPEST:
            return {
                plain(str(name)): _plain_value(each, depth + 1) for name, each in value.items()
            }
        case list() | tuple() | set() | frozenset() if depth < DEEPEST:
            return [_plain_value(each, depth + 1) for each in value]
        case _:
            return plain(str(value))


def _ended(_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _broke("process.broke", error.with_traceback(trace))


def _broke(event: str, error: BaseException | None) -> None:
    structlog.get_logger().error(
        event, error=type(error).__name__, where=where(error.__traceback__ if error else None)
    )
