"""Telling whoever is looking that something has changed: here at once, in other workers soon after.

Carries no data, only which kinds of stream of which organisation moved; pages ask again. A
notification inside every commit would halve throughput, so one goes out for many commits.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final, TypeAlias

import msgspec
import structlog

from standfast.journal.database import CONNECTION_LOST, Connection, connect
from standfast.journal.sealing import ERASED

CHANNEL: Final = "standfast"
TICK: Final = 0.05
"""Seconds between notifications to the other workers."""

MOST_TOPICS: Final = 100
"""More than these in one tick are sent as "everything"; a notification holds 8,000 bytes."""

Topic: TypeAlias = tuple[str, str]
"""An organisation and a kind of stream, such as ``("harrowmere-ambulance", "dispatch.incident")``."""

EVERYTHING: Final[Topic] = ("*", "*")

_log = structlog.get_logger()


class Feed:
    """Wakes every open page whose topics moved. Run :meth:`run` for as long as pages are open."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._me = f"{os.getpid()}.{id(self)}"
        self._outgoing: set[Topic] = set()
        self._followers: set[_Follower] = set()
        self._listeners: list[Callable[[Iterable[Topic]], None]] = []
        self.ready = False
        """Whether it hears the other workers now."""

    def announce(self, topics: set[Topic]) -> None:
        """Say that *topics* have moved."""
        self._outgoing |= topics
        self._wake(topics)

    def listen(self, hear: Callable[[Iterable[Topic]], None]) -> None:
        """Have *hear* called with what moved, in the same breath as it is announced or heard."""
        self._listeners.append(hear)

    async def follow(self, wanted: Callable[[Topic], bool]) -> AsyncIterator[set[str]]:
        """Yield the kinds of stream that moved, among the topics *wanted*. Never ends.

        A slow reader gets fewer, larger sets; it never misses that something moved.
        """
        follower = _Follower(wanted)
        self._followers.add(follower)
        try:
            while True:
                yield await follower.next()
        finally:
            self._followers.discard(follower)

    async def run(self) -> None:
        """Listen to the other workers and tell them of ours, through every reconnection."""
        while True:
            connection: Connection | None = None
            try:
                connection = await connect(self._dsn, command_timeout=10)
                await connection.add_listener(CHANNEL, self._hear)
                self.ready = True
                self._wake({EVERYTHING, ("*", ERASED)})  # whatever was missed meanwhile
                while True:
                    await asyncio.sleep(TICK)
                    await self._tell(connection)
            except CONNECTION_LOST as error:
                _log.warning("feed.database_lost", error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                self.ready = False
                if connection is not None:
                    connection.terminate()

    async def _tell(self, connection: Connection) -> None:
        if connection.is_closed():
            raise ConnectionError
        if not self._outgoing:
            return
        topics, self._outgoing = self._outgoing, set()
        if len(topics) > MOST_TOPICS:
            topics = {EVERYTHING, *(each for each in topics if each[1] == ERASED)}
        payload = msgspec.json.encode((self._me, sorted(topics))).decode()
        try:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
        except CONNECTION_LOST:
            self._outgoing |= topics
            raise

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        try:
            sender, topics = msgspec.json.decode(str(payload), type=tuple[str, list[Topic]])
        except msgspec.MsgspecError:  # any role of this database may send on any channel
            _log.warning("feed.not_ours")
            return
        if sender != self._me:
            self._wake(topics)

    def _wake(self, topics: Iterable[Topic]) -> None:
        for hear in self._listeners:
            hear(topics)
        for follower in self._followers:
            follower.hear(topics)


class _Follower:
    """One open page's worth of what has moved since it last looked."""

    def __init__(self, wanted: Callable[[Topic], bool]) -> None:
        self._wanted = wanted
        self._moved: set[str] = set()
        self._woken = asyncio.Event()

    def hear(self, topics: Iterable[Topic]) -> None:
        heard = {topic[1] for topic in topics if topic == EVERYTHING or self._wanted(topic)}
        if heard:
            self._moved |= heard
            self._woken.set()

    async def next(self) -> set[str]:
        await self._woken.wait()
        self._woken.clear()
        moved, self._moved = self._moved, set()
        return moved
