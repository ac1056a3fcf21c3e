"""What is written together or not at all, and every way in which it may not be written."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from standfast.journal.contents import Content
from standfast.journal.folding import RowChange


class Conflict(Exception):
    """Somebody wrote to the stream first. Read it again, then decide again."""


class Unavailable(Exception):
    """The database cannot be reached. Nothing of this append was written."""


class NoRoom(Unavailable):
    """The disk has no room for this file. Everything else goes on, and nothing of it was kept."""


class OutcomeUnknown(Unavailable):
    """The database went away while this was being committed: it may be on disk, or not."""


class NotSealed(RuntimeError):
    """A fact about a person came to a writer that has no keys. A fault of ours."""


class ConstraintHit(Exception):
    """What the rows would say cannot be true beside what is there. ``name`` is the constraint's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Draft:
    """An event that is about to become an entry. *record*: whose key seals it; None: it is open."""

    stream: str
    tag: str
    body: bytes
    subject: str | None
    org: str
    actor: str
    occurred_at: datetime
    record: str | None = None


@dataclass(frozen=True)
class Erasing:
    """What goes with a commit: the keys that the word in *stream* names.

    *versions* are the streams that they sealed, each as far as it was read; *since* is how far
    each chain stood before that: what those keys sealed later was not looked at.
    """

    stream: str
    versions: dict[str, int]
    since: dict[str, int]


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
    erasing: Erasing | None = None
    taken: Sequence[str] = ()
    """Streams that only other sites have begun: ours from here on, and theirs is left out."""
