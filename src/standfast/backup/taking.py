"""Bringing a target up to date: what it does not hold soundly is written to it, proved first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from standfast.backup.segments import (
    MOST_ROWS,
    About,
    File,
    Holds,
    Rows,
    file_packed,
    made,
    rows_packed,
    settings_packed,
)
from standfast.backup.target import Content, Held, Target
from standfast.journal.database import Connection
from standfast.journal.entries import COLUMNS, GENESIS, Entry
from standfast.journal.keys import SiteKey
from standfast.journal.verify import Fault, chained

_LARGEST_COMMIT: Final = 20_000
_ORIGINS: Final = """
      SELECT o.origin, o.public_key AS key,
             (SELECT max(seq) FROM journal AS j
               WHERE j.origin = o.origin AND j.sig IS NOT NULL) AS newest
        FROM journal_origins AS o
       WHERE split_part(o.origin, '.', 1) = $1
    ORDER BY o.origin
"""


class NotProved(Exception):
    """A row of this journal does not follow from what the target holds, or is not signed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.origin} row {fault.seq}: {fault.what}")
        self.fault = fault


class Chain(Struct, frozen=True):
    """One origin of this site: its key, and its newest signed row (0: none)."""

    origin: str
    key: bytes
    newest: int


class Lag(Struct, frozen=True):
    """What a target does not hold yet, and since when the oldest of it is there."""

    rows: int
    files: int
    since: datetime | None


class Taker:
    """Writes what is new of one site to one target, as long as nobody else does."""

    def __init__(
        self,
        target: Target,
        content: Content,
        *,
        site: str,
        epoch: int,
        key: SiteKey,
        clock: Callable[[], datetime],
        after: int = 0,
    ) -> None:
        """*after*: the highest number that was ever written, whatever lies there now."""
        self._target = target
        self._newest = max(content.newest, after)
        self._heads = promised(content.held)
        self._site, self._epoch, self._key, self._clock = site, epoch, key, clock
        self._content = content
        self._held = list(content.held)

    @property
    def content(self) -> Content:
        """All that the target holds by now."""
        return Content(tuple(self._held), self._content.damaged)

    async def take(self, connection: Connection, about: Mapping[str, str]) -> int:
        """Write what is missing; return how many rows. Raises NotProved, OSError.

        *about* is what a new machine is to know of the site. Cut off at any moment, the next
        call goes on where this one stopped.
        """
        self._keep_about(about)
        rows = 0
        for chain in await chains(connection, self._site):
            for first, last in missing(self._held, chain):
                rows += await self._take_rows(connection, chain, first, last)
        await self._take_files(connection)
        return rows

    def _keep_about(self, about: Mapping[str, str]) -> None:
        packed = settings_packed(about)
        told = newest_about(self._held)
        if told is None or told.again().packed != packed:
            self._put(About(), packed)

    async def _take_rows(
        self, connection: Connection, chain: Chain, first: int, last: int
    ) -> int:
        prev, done = self._before(chain.origin, first), 0
        while first <= last:
            entries = await _page(connection, chain.origin, first, last)
            for number, entry in enumerate(entries, start=first):
                fault = chained(entry, number, prev, chain.key)
                if fault is not None:
                    raise NotProved(fault)
                prev = entry.hash
            newest = entries[-1]
            self._put(
                Rows(
                    chain.origin, chain.key, first, newest.seq, newest.hash, newest.recorded_at
                ),
                rows_packed(entries),
            )
            done += len(entries)
            first = newest.seq + 1
        return done

    def _before(self, origin: str, first: int) -> bytes:
        """Return the hash that row *first* must follow: that of the row the target ends with."""
        for each in self._held:
            match each.line.what:
                case Rows(origin=o, last=last, hash=hash_) if (o, last) == (origin, first - 1):
                    return hash_
        return GENESIS

    async def _take_files(self, connection: Connection) -> None:
        for place in await _files_missing(connection, self._held):
            row = await connection.fetchrow(
                """
                SELECT org, contact, sha256, media_type, size, actor, kept_at, key_id, body
                  FROM journal_contents
                 WHERE org = $1 AND contact = $2 AND sha256 = $3
                """,
                *place,
            )
            if row is not None:
                told = dict(row)
                body = told.pop("body")
                self._put(File(**told), file_packed(body))

    def _put(self, what: Holds, packed: bytes) -> None:
        if isinstance(what, Rows):
            self._heads[what.origin] = max(what.last, self._heads.get(what.origin, 0))
        line, content = made(
            what,
            packed,
            site=self._site,
            epoch=self._epoch,
            number=self._newest + 1,
            made_at=self._clock(),
            heads=self._heads,
            key=self._key,
        )
        path = self._target.put(line.number, content)
        self._newest = line.number
        self._held.append(Held(line, path))


def promised(held: Iterable[Held]) -> dict[str, int]:
    """Return how far each chain must be held, by the lines of all that is there."""
    heads: dict[str, int] = {}
    for each in held:
        for origin, last in each.line.heads.items():
            heads[origin] = max(last, heads.get(origin, 0))
    return heads


def newest_about(held: Iterable[Held]) -> Held | None:
    """Return the newest segment that says what the site is called."""
    told = [each for each in held if isinstance(each.line.what, About)]
    return max(told, key=lambda each: each.line.number, default=None)


def missing(held: Iterable[Held], chain: Chain) -> Iterator[tuple[int, int]]:
    """Yield which rows of *chain* no segment of its key holds, from and to."""
    parts = sorted(
        (what.first, what.last)
        for each in held
        if isinstance(what := each.line.what, Rows)
        and (what.origin, what.key) == (chain.origin, chain.key)
    )
    wanted = 1
    for first, last in parts:
        if first > wanted:
            yield wanted, min(first - 1, chain.newest)
        wanted = max(wanted, last + 1)
    if wanted <= chain.newest:
        yield wanted, chain.newest


async def chains(connection: Connection, site: str) -> list[Chain]:
    """Return every chain that *site* has written itself: others' are theirs to back up."""
    found = await connection.fetch(_ORIGINS, site)
    return [Chain(each["origin"], each["key"], each["newest"] or 0) for each in found]


async def lag(connection: Connection, site: str, held: Sequence[Held]) -> Lag:
    """Return what *held* is behind the journal."""
    rows, since = 0, list[datetime]()
    for chain in await chains(connection, site):
        for first, last in missing(held, chain):
            rows += last - first + 1
            since.append(
                await connection.fetchval(
                    "SELECT recorded_at FROM journal WHERE origin = $1 AND seq = $2",
                    chain.origin,
                    first,
                )
            )
    files = len(await _files_missing(connection, held))
    return Lag(rows, files, min(since, default=None))


async def _page(connection: Connection, origin: str, first: int, last: int) -> list[Entry]:
    """Return the next rows from *first* on, up to one that is signed. Raises NotProved."""
    for most in (MOST_ROWS, _LARGEST_COMMIT):
        rows = await connection.fetch(
            f"""
              SELECT {", ".join(COLUMNS)}
                FROM journal
               WHERE origin = $1 AND seq >= $2 AND seq <= $3
            ORDER BY seq
               LIMIT {most}
            """,  # noqa: S608 - our own column names
            origin,
            first,
            last,
        )
        entries = [Entry(**dict(row)) for row in rows]
        while entries and entries[-1].sig is None:
            entries.pop()
        if entries:
            return entries
    raise NotProved(Fault(origin, first, "it is missing, or no signature covers it"))


async def _files_missing(
    connection: Connection, held: Iterable[Held]
) -> list[tuple[str, str, str]]:
    there = {each.line.what.place for each in held if isinstance(each.line.what, File)}
    rows: list[Any] = await connection.fetch(
        "SELECT org, contact, sha256 FROM journal_contents ORDER BY kept_at, sha256"
    )
    return [place for row in rows if (place := tuple(row)) not in there]
