"""Group commit: one writer in each process gathers the appends that wait and commits them together.

Throughput rises with load while latency stays near one fsync. An append is answered only when
its commit is on disk. The writer holds a lane of its own, so no two processes share a chain.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from standfast.journal.committing import chained, write
from standfast.journal.contents import Content
from standfast.journal.database import CONNECTION_LOST, Connection, connect
from standfast.journal.entries import Entry
from standfast.journal.folding import RowChange
from standfast.journal.keys import SiteKey
from standfast.journal.lanes import Lane, take_lane
from standfast.journal.sealing import DataKey, Erased, Record, Sealing
from standfast.journal.sealing_schema import IS_LIVE, ONE_EACH
from standfast.journal.units import (
    Conflict,
    ConstraintHit,
    Draft,
    Erasing,
    NoRoom,
    NotSealed,
    OutcomeUnknown,
    Unavailable,
    Unit,
)
from standfast.kernel.clock import Hlc
from standfast.observability.figures import COMMIT_SECONDS, COMMITS, FACTS, WAITING

__all__ = [
    "Conflict",
    "ConstraintHit",
    "Draft",
    "NoRoom",
    "NotSealed",
    "OutcomeUnknown",
    "Site",
    "Unavailable",
    "Writer",
]

LARGEST_BATCH: Final = 500
"""Units in one commit: beyond this a commit takes longer without costing less per unit."""

PATIENCE: Final = 8.0
"""Seconds for which an append waits for a lost database before it is told so."""

_log = structlog.get_logger()


_SPOILED: Final = (
    Conflict,
    Erased,
    NotSealed,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DeadlockDetectedError,
)
"""One unit among several may have caused it: the others deserve a commit of their own."""


@dataclass(frozen=True)
class Site:
    """Which site writes. A restored site takes a new epoch, so that no chain forks."""

    name: str
    epoch: int = 1


class Writer:
    """The one task that writes. Start it with :meth:`run`, hand it units with :meth:`append`."""

    def __init__(
        self,
        dsn: str,
        *,
        site: Site,
        key: SiteKey,
        clock: Callable[[], datetime],
        patience: float = PATIENCE,
        largest_batch: int = LARGEST_BATCH,
        at_once: bool = True,
        sealing: Sealing | None = None,
    ) -> None:
        """*at_once*: take a lane at the start, and not when there is something to write.

        *sealing* has the keys of records; without it nothing about a person is written.
        """
        self._dsn = dsn
        self._site = site
        self._key = key
        self._clock = clock
        self._patience = patience
        self._largest_batch = largest_batch
        self._at_once = at_once
        self.sealing = sealing
        self._hlc = Hlc()
        self._waiting: list[Unit] = []
        self._wake = asyncio.Event()
        self._connection: Connection | None = None
        self._lane: Lane | None = None

    def beside(self) -> "Writer":
        """Return another, which takes a lane of its own once it has something to write."""
        return Writer(
            self._dsn,
            site=self._site,
            key=self._key,
            clock=self._clock,
            at_once=False,
            sealing=self.sealing,
        )

    async def append(
        self,
        drafts: Sequence[Draft],
        expected: dict[str, int],
        changes: Sequence[RowChange],
        contents: Sequence[Content] = (),
        erasing: Erasing | None = None,
        *,
        taken: Sequence[str] = (),
    ) -> int:
        """Return when all of it is on disk, with the timestamp of its newest entry.

        Raises :class:`Conflict`, :class:`ConstraintHit` or :class:`Unavailable`; then none is.
        """
        done = asyncio.get_running_loop().create_future()
        unit = Unit(drafts, expected, changes, done, contents, erasing, taken)
        self._waiting.append(unit)
        WAITING.set(len(self._waiting))
        self._wake.set()
        return await unit.done

    async def run(self) -> None:
        """Commit what waits, for ever. Cancel it to stop; what is being committed is finished.

        Its lane is taken at once: whoever changes the site's key sees that it is at work.
        """
        try:
            if self._at_once:
                with suppress(*CONNECTION_LOST):
                    await self._ready()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await _to_its_end(self._commit(self._gather()))
        finally:
            self._let_go()

    def _gather(self) -> list[Unit]:
        """Take units that touch no stream twice; the others wait for the next commit.

        One with a file is taken when it is the first, and then alone.
        """
        taken: list[Unit] = []
        left: list[Unit] = []
        streams: set[str] = set()
        for unit in self._waiting:
            apart = bool(taken) and bool(unit.contents or taken[0].contents)
            full = apart or len(taken) >= self._largest_batch
            if not full and streams.isdisjoint(unit.expected):
                taken.append(unit)
                streams.update(unit.expected)
            else:
                left.append(unit)
        self._waiting = left
        WAITING.set(len(left))
        return taken

    async def _commit(self, units: list[Unit]) -> None:
        """Commit *units* together; when one of them spoils it, commit each by itself."""
        try:
            hlc = await self._try_commit(units)
        except _SPOILED as error:
            await self._commit_apart(units, error)
        except Exception as error:  # noqa: BLE001 - every waiting caller is told, whatever it was
            for unit in units:
                _fail(unit, _told(error))
        else:
            for unit in units:
                if not unit.done.done():
                    unit.done.set_result(hlc)

    async def _commit_apart(self, units: list[Unit], error: Exception) -> None:
        """Find the unit that spoiled the commit: the others go through without it."""
        if len(units) == 1:
            _fail(units[0], _told(error))
            return
        for unit in units:
            await self._commit([unit])

    async def _try_commit(self, units: list[Unit]) -> int:
        """Commit once; return the newest timestamp.

        After a lost connection it finds out first whether the commit had come through.
        """
        deadline = asyncio.get_running_loop().time() + self._patience
        attempted: list[Entry] = []
        while True:
            try:
                connection, lane = await self._ready()
                if attempted and await _is_on_disk(connection, attempted[-1]):
                    return lane.hlc
                known, made = self._keys_for(units)
                attempted = self._chain(units, lane, known | made)
                with COMMIT_SECONDS.time():
                    written = await self._write(connection, attempted, units, known, made)
                if not written:
                    attempted = []
                    continue
            except CONNECTION_LOST as error:
                _log.warning("journal.database_lost", error=type(error).__name__)
                self._let_go()
                if units[0].contents and isinstance(error, asyncpg.DiskFullError):
                    raise NoRoom from error
                if asyncio.get_running_loop().time() > deadline:
                    raise (OutcomeUnknown if attempted else Unavailable) from error
                await asyncio.sleep(0.2)
            else:
                COMMITS.inc()
                FACTS.inc(len(attempted))
                self._lane = lane.advanced(attempted[-1])
                return attempted[-1].hlc

    def _keys_for(
        self, units: list[Unit]
    ) -> tuple[dict[Record, DataKey], dict[Record, DataKey]]:
        """Return the keys that seal *units*: those that are remembered, and new ones."""
        wanted = {
            (draft.org, draft.record)
            for unit in units
            for draft in unit.drafts
            if draft.record is not None
        }
        if not wanted:
            return {}, {}
        if self.sealing is None:
            raise NotSealed(units[0].drafts[0].stream)
        known = self.sealing.known(wanted)
        return known, self.sealing.made(wanted - known.keys())

    async def _write(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        units: Sequence[Unit],
        known: Mapping[Record, DataKey],
        made: Mapping[Record, DataKey],
    ) -> bool:
        """Write *entries* with the keys that were made for them.

        False, and nothing is written: another process has made or destroyed one of the keys
        since, and what it did is known now. Raises :class:`Erased`.
        """
        if self.sealing is None or not (known or made):
            await write(connection, entries, units, None, {})
            return True
        try:
            new_keys = self.sealing.wrapped(made.values())
            await write(connection, entries, units, new_keys, {**known, **made})
        except asyncpg.IntegrityConstraintViolationError as error:
            if error.constraint_name not in (ONE_EACH, IS_LIVE):
                raise
            await self.sealing.learn(connection, [*known, *made])
            return False
        self.sealing.keep(made.values())
        return True

    def _chain(
        self, units: list[Unit], lane: Lane, keys: Mapping[Record, DataKey]
    ) -> list[Entry]:
        """Return the entries of *units*, sealed, numbered, chained, and the last one signed."""
        drafts = [draft for unit in units for draft in unit.drafts]
        entries = chained(drafts, lane, keys, now=self._clock(), tick=self._hlc.tick)
        entries[-1] = msgspec.structs.replace(entries[-1], sig=self._key.sign(entries[-1].hash))
        return entries

    @property
    def ready(self) -> bool:
        """Whether it holds a lane, on a connection that lives."""
        return (
            self._lane is not None
            and self._connection is not None
            and not self._connection.is_closed()
        )

    def follow(self, hlc: int) -> None:
        """Learn the latest timestamp of a stream that is about to be written."""
        self._hlc.follow(hlc)

    async def _ready(self) -> tuple[Connection, Lane]:
        """Return a connection that holds a lane, made anew if the last one was lost."""
        if self._connection is None or self._connection.is_closed() or self._lane is None:
            self._let_go()
            connection = await connect(self._dsn, command_timeout=10)
            try:
                lane = await take_lane(
                    connection,
                    site=self._site.name,
                    epoch=self._site.epoch,
                    public_key=self._key.public,
                    now=self._clock(),
                    mine=None if self._lane is None else self._lane.number,
                )
            except BaseException:
                connection.terminate()
                raise
            self._connection, self._lane = connection, lane  # ready only now
            self._hlc.follow(lane.hlc)
        return self._connection, self._lane

    def _let_go(self) -> None:
        """Close the connection. The lane's number is kept: it is ours to take again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Run *work*; a cancellation meanwhile takes effect when it is done."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _is_on_disk(connection: Connection, entry: Entry) -> bool:
    """Return whether *entry* was committed before the connection was lost."""
    found = await connection.fetchval(
        "SELECT hash FROM journal WHERE origin = $1 AND seq = $2", entry.origin, entry.seq
    )
    return bool(found == entry.hash)


def _told(error: Exception) -> Exception:
    """Return *error* in the journal's own words."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return ConstraintHit(error.constraint_name or "")
    if isinstance(error, asyncpg.InsufficientResourcesError):  # such as a full disk
        return Unavailable(type(error).__name__)
    return error


def _fail(unit: Unit, error: Exception) -> None:
    if not unit.done.done():
        unit.done.set_exception(error)
