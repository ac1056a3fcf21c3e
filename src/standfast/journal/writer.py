"""Group commit: one writer in each process gathers the appends that wait and commits them together.

Throughput rises with load while latency stays near one fsync. An append is answered only when
its commit is on disk. The writer holds a lane of its own, so no two processes share a chain.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from standfast.journal.contents import Content, keep
from standfast.journal.database import CONNECTION_LOST, Connection, connect
from standfast.journal.entries import Entry, digest
from standfast.journal.folding import RowChange
from standfast.journal.keys import SiteKey
from standfast.journal.lanes import Lane, take_lane
from standfast.journal.statements import apply_changes, write_entries
from standfast.kernel.clock import Hlc
from standfast.observability.figures import COMMIT_SECONDS, COMMITS, FACTS, WAITING

LARGEST_BATCH: Final = 500
"""Units in one commit: beyond this a commit takes longer without costing less per unit."""

PATIENCE: Final = 8.0
"""Seconds for which an append waits for a lost database before it is told so."""

_log = structlog.get_logger()


class Conflict(Exception):
    """Somebody wrote to the stream first. Read it again, then decide again."""


class Unavailable(Exception):
    """The database cannot be reached. Nothing of this append was written."""


class NoRoom(Unavailable):
    """The disk has no room for this file. Everything else goes on, and nothing of it was kept."""


class OutcomeUnknown(Unavailable):
    """The database went away while this was being committed: it may be on disk, or not."""


class ConstraintHit(Exception):
    """What the rows would say cannot be true beside what is there. ``name`` is the constraint's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_SPOILED: Final = (
    Conflict,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DeadlockDetectedError,
)
"""One unit among several may have caused it: the others deserve a commit of their own."""


@dataclass(frozen=True)
class Site:
    """Which site writes. A restored site takes a new epoch, so that no chain forks."""

    name: str
    epoch: int = 1


@dataclass(frozen=True)
class Draft:
    """An event that is about to become an entry."""

    stream: str
    tag: str
    body: bytes
    subject: str | None
    org: str
    actor: str
    occurred_at: datetime


@dataclass(frozen=True)
class Unit:
    """What is written together or not at all: events, the versions they expect, and their rows.

    *contents* are the bytes of files that the first event names. A unit with any has a commit
    of its own, so that a file never makes anything else wait for its disk, or fail with it.
    """

    drafts: Sequence[Draft]
    expected: dict[str, int]
    changes: Sequence[RowChange]
    done: "asyncio.Future[int]" = field(compare=False)
    contents: Sequence[Content] = ()


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
    ) -> None:
        """*at_once*: take a lane at the start, and not when there is something to write."""
        self._dsn = dsn
        self._site = site
        self._key = key
        self._clock = clock
        self._patience = patience
        self._largest_batch = largest_batch
        self._at_once = at_once
        self._hlc = Hlc()
        self._waiting: list[Unit] = []
        self._wake = asyncio.Event()
        self._connection: Connection | None = None
        self._lane: Lane | None = None

    async def append(
        self,
        drafts: Sequence[Draft],
        expected: dict[str, int],
        changes: Sequence[RowChange],
        contents: Sequence[Content] = (),
    ) -> int:
        """Return when all of it is on disk, with the timestamp of its newest entry.

        Raises :class:`Conflict`, :class:`ConstraintHit` or :class:`Unavailable`; then none is.
        """
        done = asyncio.get_running_loop().create_future()
        unit = Unit(drafts, expected, changes, done, contents)
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
                attempted = self._chain(units, lane)
                with COMMIT_SECONDS.time():
                    await _write(connection, attempted, units)
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

    def _chain(self, units: list[Unit], lane: Lane) -> list[Entry]:
        """Return the entries of *units*, numbered, chained, and the last one signed."""
        now = self._clock()
        seq, prev = lane.seq, lane.head
        entries: list[Entry] = []
        for draft in (draft for unit in units for draft in unit.drafts):
            seq += 1
            entry = Entry(
                origin=lane.origin,
                seq=seq,
                stream=draft.stream,
                type=draft.tag,
                subject=draft.subject,
                org=draft.org,
                actor=draft.actor,
                hlc=self._hlc.tick(now),
                occurred_at=draft.occurred_at,
                recorded_at=now,
                key_id=None,
                body=draft.body,
                prev=prev,
                hash=b"",
                sig=None,
            )
            prev = digest(entry)
            entries.append(msgspec.structs.replace(entry, hash=prev))
        entries[-1] = msgspec.structs.replace(entries[-1], sig=self._key.sign(prev))
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


async def _write(
    connection: Connection, entries: Sequence[Entry], units: Sequence[Unit]
) -> None:
    """Write journal, versions and rows in one transaction. Raises :class:`Conflict`."""
    async with connection.transaction():
        moved = await write_entries(connection, entries)
        for content in units[0].contents:  # such a unit is alone
            draft = units[0].drafts[0]
            await keep(
                connection,
                content,
                org=draft.org,
                contact=draft.stream.partition("/")[2],
                actor=draft.actor,
                at=entries[0].recorded_at,
            )
        for unit in units:
            for stream, version in unit.expected.items():
                if moved[stream] != version:
                    raise Conflict(stream)
        await apply_changes(connection, [change for unit in units for change in unit.changes])


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
