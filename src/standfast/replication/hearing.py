"""Hearing that something was written at this site, so that peers who wait are answered at once."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
import structlog

from standfast.journal.database import CONNECTION_LOST, Connection, connect
from standfast.journal.feed import CHANNEL, Topic

BUSY_SECONDS: Final = 0.25
"""For so long after a commit of its own the node is thought to be at work."""

OURS: Final = "exchange."
"""How the exchange's own notices begin: they are no work of the node's."""

_log = structlog.get_logger()


class Ear:
    """Listens to what the node's workers tell one another."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._waiting: set[asyncio.Event] = set()
        self._heard_at = -1e9
        self._listeners: list[Callable[[], None]] = []

    def busy(self) -> bool:
        """Return whether the node's own writers were at work a moment ago."""
        return asyncio.get_running_loop().time() - self._heard_at < BUSY_SECONDS

    def wake(self) -> None:
        """Wake whoever waits: rows have moved."""
        for event in tuple(self._waiting):
            event.set()

    async def moved(self, within: float) -> bool:
        """Return whether something moved *within* so many seconds."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(within):
                await event.wait()
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._waiting.discard(event)

    async def run(self) -> None:
        """Listen, through every reconnection. Never ends."""
        while True:
            connection: Connection | None = None
            try:
                connection = await connect(self._dsn, command_timeout=10)
                await connection.add_listener(CHANNEL, self._hear)
                self.wake()  # whatever was missed while nobody listened
                while not connection.is_closed():
                    await asyncio.sleep(1)
                    await connection.fetchval("SELECT 1")
            except CONNECTION_LOST as error:
                _log.warning("exchange.database_lost", error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                if connection is not None:
                    connection.terminate()

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        try:
            sender, _ = msgspec.json.decode(str(payload), type=tuple[str, list[Topic]])
        except msgspec.MsgspecError:  # any role of this database may send on any channel
            return
        if not sender.startswith(OURS):
            self._heard_at = asyncio.get_running_loop().time()
        self.wake()
