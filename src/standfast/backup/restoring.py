"""Making a journal again from segments: every row proved before anything is made of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import re2
from msgspec import Struct

from standfast.backup.segments import File, Rows, Unsound
from standfast.backup.taking import promised
from standfast.backup.target import Held
from standfast.journal.database import Connection
from standfast.journal.entries import GENESIS, Entry
from standfast.journal.statements import insert_entries
from standfast.journal.succession import TAG, past_in
from standfast.journal.verify import Fault, chained

_EPOCH: Final = re2.compile(r"[^.]+[.]([1-9][0-9]{0,8})(-[0-9a-f]{8})?[.][0-9]+")


class Chained(Struct, frozen=True):
    """One chain, as far as segments prove it: its newest row, and when that was written."""

    origin: str
    key: bytes
    rows: int
    hash: bytes
    newest_at: datetime | None
    beyond: int
    """The highest row that any segment names: more than ``rows`` where one between is missing."""


class Found(Struct, frozen=True):
    """What the segments of one site prove."""

    chains: tuple[Chained, ...]
    fault: Fault | None

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.chains)

    @property
    def newest_at(self) -> datetime | None:
        """When the newest row of all was written."""
        return max((each.newest_at for each in self.chains if each.newest_at), default=None)


def believed(held: Sequence[Held], key: bytes) -> tuple[Held, ...]:
    """Return those of *held* that *key* has signed, or one that it vouches for as a predecessor.

    The statements of succession are rows in the segments themselves, and prove themselves.
    """
    keys: frozenset[bytes] = frozenset({key})
    looked: set[int] = set()
    said: list[bytes] = []
    while True:
        for number, each in enumerate(held):
            if number not in looked and each.line.signer in keys:
                looked.add(number)
                said.extend(_successions(each))
        grown = past_in(said, key).keys
        if grown == keys:
            return tuple(each for each in held if each.line.signer in keys)
        keys = grown


def newest_signer(held: Iterable[Held]) -> bytes | None:
    """Return who signed the newest segment: the site's key, if nobody has lied."""
    newest = max(held, key=lambda each: each.line.made_at, default=None)
    return None if newest is None else newest.line.signer


def newest_epoch(held: Iterable[Held]) -> int:
    """Return the highest epoch that the segments know of: a restored site takes a higher one."""
    epochs = [0]
    for each in held:
        epochs.append(each.line.epoch)
        if isinstance(each.line.what, Rows):
            origin = _EPOCH.fullmatch(each.line.what.origin)
            epochs.append(int(origin[1]) if origin else 0)
    return max(epochs)


def prove(held: Sequence[Held], progress: Callable[[int], None] = lambda _: None) -> Found:
    """Prove every chain in *held* from its first row, without a database."""
    chains: list[Chained] = []
    fault: Fault | None = None
    done = 0
    for origin in _origins(held):
        chain = _Chain(held, origin)
        for entries in chain.pages():
            done += len(entries)
            progress(done)
        chains.append(chain.standing())
        fault = fault or chain.fault
    return Found(tuple(chains), fault)


async def pour(
    owner: Connection,
    held: Sequence[Held],
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Found:
    """Put every row of *held* that proves into the journal, and the files; inside a transaction.

    A chain ends before its first row that is missing or wrong: it is the fault that is returned.
    """
    chains: list[Chained] = []
    fault: Fault | None = None
    done = 0
    for origin in _origins(held):
        chain = _Chain(held, origin)
        if chain.key:
            await owner.execute(
                "INSERT INTO journal_origins (origin, public_key, first_at) VALUES ($1, $2, $3)",
                origin,
                chain.key,
                now,
            )
        for entries in chain.pages():
            await insert_entries(owner, entries)
            done += len(entries)
            progress(done)
        chains.append(chain.standing())
        fault = fault or chain.fault
    await _pour_files(owner, held)
    return Found(tuple(chains), fault)


class _Chain:
    """One origin, put together of whichever segments hold it."""

    def __init__(self, held: Sequence[Held], origin: str) -> None:
        parts = [each for each in held if _rows_of(each, origin)]
        self._parts = sorted(parts, key=lambda each: (_rows(each).first, -_rows(each).last))
        self._promised = promised(held).get(origin, 0)
        self.key = _rows(self._parts[0]).key if parts else b""
        self.origin = origin
        self.fault: Fault | None = None
        self._newest: Entry | None = None
        self._split = self._disagree()

    def pages(self) -> Iterator[list[Entry]]:
        """Yield the rows that prove, in order. What goes wrong is ``fault`` afterwards."""
        for each in self._parts:
            what, wanted = _rows(each), self._wanted
            if what.last < wanted:
                continue
            if what.first > wanted or (self._split and wanted <= self._split.seq <= what.last):
                break
            entries, fault = self._sound(each)
            if fault is not None:
                self.fault = self.fault or fault
                continue
            self._newest = entries[-1]
            yield entries
        if self._split is not None:
            self.fault = self._split
        elif self._wanted > self._beyond:
            self.fault = None  # another segment held what one did not prove
        elif self.fault is None:
            self.fault = Fault(self.origin, self._wanted, "no segment holds it")

    def standing(self) -> Chained:
        """Return how far it came."""
        newest = self._newest
        return Chained(
            origin=self.origin,
            key=self.key,
            rows=self._wanted - 1,
            hash=GENESIS if newest is None else newest.hash,
            newest_at=None if newest is None else newest.recorded_at,
            beyond=self._beyond,
        )

    @property
    def _wanted(self) -> int:
        return 1 if self._newest is None else self._newest.seq + 1

    @property
    def _beyond(self) -> int:
        return max((self._promised, *(_rows(each).last for each in self._parts)))

    def _disagree(self) -> Fault | None:
        """Return the first row of which two segments say different things: one is a rewriting."""
        ends: dict[int, bytes] = {}
        for what in sorted(map(_rows, self._parts), key=lambda each: each.last):
            if ends.setdefault(what.last, what.hash) != what.hash or what.key != self.key:
                return Fault(self.origin, what.last, "two segments hold different rows of it")
        return None

    def _sound(self, part: Held) -> tuple[list[Entry], Fault | None]:
        """Return the rows of *part* from the wanted one on, if all of them prove."""
        seq, prev = self._wanted - 1, GENESIS if self._newest is None else self._newest.hash
        try:
            entries = part.again().entries()
        except (Unsound, OSError) as error:
            return [], Fault(self.origin, seq + 1, f"its segment is damaged ({error})")
        new = entries[seq + 1 - _rows(part).first :]
        for entry in new:
            fault = chained(entry, seq + 1, prev, self.key)
            if entry.origin != self.origin:
                fault = Fault(self.origin, seq + 1, "it is of another chain")
            if fault is not None:
                return [], fault
            seq, prev = entry.seq, entry.hash
        if not new or new[-1].sig is None or seq != _rows(part).last:
            return [], Fault(self.origin, seq + 1, "its segment ends before it says")
        return new, None


async def _pour_files(owner: Connection, held: Iterable[Held]) -> None:
    """Put the files back; what they are is proved against the facts that name them."""
    for each in held:
        what = each.line.what
        if isinstance(what, File):
            await owner.execute(
                """
                INSERT INTO journal_contents
                       (org, contact, sha256, media_type, size, actor, kept_at, key_id, body)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    ON CONFLICT (org, contact, sha256) DO NOTHING
                """,
                what.org,
                what.contact,
                what.sha256,
                what.media_type,
                what.size,
                what.actor,
                what.kept_at,
                what.key_id,
                each.again().unpacked(),
            )


def _successions(each: Held) -> list[bytes]:
    if not isinstance(each.line.what, Rows):
        return []
    try:
        return [entry.body for entry in each.again().entries() if entry.type == TAG]
    except (Unsound, OSError):
        return []


def _origins(held: Iterable[Held]) -> list[str]:
    return sorted(promised(held))


def _rows(each: Held) -> Rows:
    what = each.line.what
    assert isinstance(what, Rows)  # noqa: S101 - chosen so
    return what


def _rows_of(each: Held, origin: str) -> bool:
    return isinstance(each.line.what, Rows) and each.line.what.origin == origin
