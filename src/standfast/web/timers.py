"""What must happen because time has passed: looked at every few seconds, decided by the rules.

Every worker looks; the journal lets one of them write, and refuses the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from standfast.journal.database import CONNECTION_LOST
from standfast.journal.writer import Conflict, Unavailable
from standfast.kernel.messages import Refused
from standfast.observability.figures import TIMERS

if TYPE_CHECKING:
    from standfast.web.platform import Platform

_log = structlog.get_logger()


class Timer(Struct, frozen=True):
    """Every ``seconds``, ``look`` finds what is due and carries out what follows from it."""

    name: str
    seconds: float
    look: "Callable[[Platform, datetime], Awaitable[None]]"


async def run_timer(timer: Timer, platform: "Platform") -> None:
    """Look again and again, through lost databases and lost races. Never ends."""
    while True:
        try:
            await timer.look(platform, platform.clock())
            TIMERS.labels(timer.name, "looked").inc()
        except (Refused, Conflict):
            pass  # another worker was first
        except (*CONNECTION_LOST, Unavailable) as error:
            _log.warning("timer.waits", timer=timer.name, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - somebody's NOT SENT hangs on the next look
            TIMERS.labels(timer.name, "broke").inc()
            _log.error("timer.broke", timer=timer.name, error=type(error).__name__)
        await asyncio.sleep(timer.seconds)
