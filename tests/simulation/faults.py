"""Faults that are planted in the product, each of which some invariant must find."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

from standfast.journal import absorb, writer
from standfast.journal.foreign import Belief
from standfast.kernel.clock import Hlc, _physical
from standfast.replication import kept, lending, proving, pulling, shelf
from tests.simulation.database import Database
from tests.simulation.invariants import Broken
from tests.simulation.world import run

MOST_SEEDS: Final = 60


class WallClock(Hlc):
    """No hybrid clock: what the wall says."""

    def tick(self, now: Any) -> int:
        return _physical(now)

    def follow(self, timestamp: int) -> None:
        """Learn nothing."""


async def _nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


def _put(target: Any, name: str, value: Any = None) -> Callable[[], Any]:
    return lambda: patch.object(target, name, value)


def _by_arrival(rows: Any, key: Any = None) -> list[Any]:
    """Leave *rows* as they came, where they should be in canonical order."""
    named = key is not None and "order" in key.__code__.co_names
    return list(rows) if named else sorted(rows, key=key)


def _unlinked(self: Any, origin: str, after: int, _: bytes) -> Any:
    """Ask for the rows after a number, whatever row that is here."""
    rows = self._rows
    return _following(rows, origin, after)


async def _following(rows: Any, origin: str, after: int) -> Any:
    return await rows(origin, after + 1, 100, 1_000_000)


async def _lose(self: Any, page: Any) -> int:
    """Say that the page is on disk, and let it go."""
    del self
    return len(page.entries)


FAULTS: Final[dict[str, tuple[Callable[[], Any], ...]]] = {
    "epoch used again": (),
    "hash not checked": (_put(proving, "digest", lambda entry: entry.hash),),
    "signature not checked": (_put(proving, "signed", lambda *_: True),),
    "link not checked": (_put(proving, "_link", lambda *_: None),),
    "organisation not checked": (_put(proving, "_unfit", lambda *_: None),),
    "future not refused": (
        _put(proving, "_ahead", lambda *_: None),
        _put(absorb, "not_ahead", lambda *_: None),
    ),
    "wall clock": (_put(writer, "Hlc", WallClock),),
    "folded as it came": (_put(absorb, "sorted", _by_arrival),),
    "stop never set": (_put(kept.Kept, "name", _nothing),),
    "stop never lifted": (_put(kept.Kept, "_forget_what_is_settled", _nothing),),
    "fork accepted": (_put(pulling.Puller, "_weigh_fork", _nothing),),
    "fork not looked for": (_put(lending.Lending, "page", _unlinked),),
    "cut forgotten": (_put(Belief, "is_cut", lambda *_: False),),
    "cut never lifted": (_put(shelf.PostgresShelf, "_judge_again", _nothing),),
    "said to be held, and not kept": (_put(shelf.PostgresShelf, "take", _lose),),
    "acknowledged before it is on disk": (_put(Database, "late", value=True),),
    "head kept before its page": (_put(Database, "torn", value=True),),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Have the fault *name* in the product, inside the block."""
    with ExitStack() as stack:
        for plant in FAULTS[name]:
            change = plant()
            if change.attribute == "sorted":
                change.create = True
            stack.enter_context(change)
        yield


def found_by(name: str, seeds: int = MOST_SEEDS) -> tuple[int, str] | None:
    """Return at which seed the fault is found, and by what; None: it is not."""
    with planted(name):
        for seed in range(1, seeds + 1):
            try:
                asyncio.run(run(seed, reuse_epoch=name == "epoch used again"))
            except Broken as broken:
                return seed, broken.what
            except Exception as error:  # noqa: BLE001 - a fault may break the product outright
                return seed, f"it breaks: {type(error).__name__}"
    return None
