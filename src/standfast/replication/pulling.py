"""One puller for each peer: asks for heads, fetches pages, proves them, puts them on disk.

What does not prove stops that peer for that origin and names it; every other peer that has the
origin is asked as before, so the first honest one completes it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

import structlog

from standfast.journal.entries import Entry
from standfast.replication.card import SiteCard, epoch_of, site_of
from standfast.replication.courier import (
    Book,
    Clock,
    Courier,
    Fork,
    Forked,
    Head,
    Shelf,
    Unreachable,
)
from standfast.replication.proving import (
    Proved,
    Standing,
    Why,
    Wrong,
    forks,
    part_before,
    prove,
)

WAIT: Final = 25.0
"""Seconds for which a peer may hold a question for heads open."""

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 60.0
SPREAD: Final = 0.2
AHEAD_AGAIN: Final = timedelta(seconds=60)
AHEAD_ALARM: Final = timedelta(hours=1)
MOST_PAGES: Final = 200
"""Of one origin in a row: then the peer's other origins have their turn."""

_log = structlog.get_logger()


class Turns:
    """One page of an origin at a time, whoever serves it: shared by all pullers of a site."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, origin: str) -> asyncio.Lock:
        return self._locks.setdefault(origin, asyncio.Lock())


class Puller:
    """Brings one peer's rows here. :meth:`run` never ends; tests call :meth:`round`."""

    def __init__(
        self,
        peer: str,
        courier: Courier,
        shelf: Shelf,
        clock: Clock,
        *,
        turns: Turns,
        random: Callable[[], float],
        wait: float = WAIT,
        apart: Callable[..., Awaitable[Proved | Wrong]] = asyncio.to_thread,
    ) -> None:
        """*random* returns numbers from 0 to 1: peers that fail together do not return so.

        *apart* runs the proof elsewhere: two thousand signatures would hold everybody up.
        """
        self._apart = apart
        self.peer = peer
        self._courier = courier
        self._shelf = shelf
        self._clock = clock
        self._turns = turns
        self._random = random
        self._wait = wait
        self._pause = FIRST_PAUSE
        self._passed: dict[str, tuple[int, bytes]] = {}
        """Heads that are not wanted now, as they were told: said to be known, or the peer
        would tell them again at once, for ever."""
        self._said: dict[str, tuple[int, bytes]] = {}
        self._ahead: dict[str, tuple[datetime, datetime]] = {}
        """Origins whose next page is of the future: since when, and when it is asked for again."""

    async def run(self) -> None:
        """Ask again and again, for ever."""
        while True:
            await self._clock.sleep(await self.round())

    async def round(self) -> float:
        """Ask once and take all that there is; return how many seconds to wait."""
        try:
            await self._ask()
        except Unreachable as error:
            await self._shelf.failed(self.peer, str(error))
            pause = self._pause * (1 + SPREAD * (2 * self._random() - 1))
            self._pause = min(LONGEST_PAUSE, 2 * self._pause)
            return pause
        self._pause = FIRST_PAUSE
        return 0.0

    async def _ask(self) -> None:
        book, standing = await self._shelf.book(), await self._shelf.standing()
        self._remember(book, standing)
        known = {origin: (each.seq, each.hash) for origin, each in standing.items()}
        wait = 1.0 if self._ahead else self._wait
        heads = await self._courier.heads({**known, **self._passed}, wait)
        await self._shelf.told(self.peer, heads)
        for head in heads:
            if self._wanted(book, head, standing.get(head.origin, Standing())):
                await self._catch_up(head)
            else:
                self._passed[head.origin] = (head.seq, head.hash)
        here = await self._shelf.standing()
        left = [each for each in heads if each.seq > here.get(each.origin, Standing()).seq]
        await self._shelf.told(self.peer, left)
        await self._say_what_is_held()

    def _remember(self, book: Book, standing: Mapping[str, Standing]) -> None:
        """Forget what was passed over and is wanted now: a cut was lifted, a clock has come."""
        now = self._clock.now()
        for origin, (seq, hash_) in tuple(self._passed.items()):
            head = Head(origin, seq, hash_, b"")
            due = origin not in self._ahead or self._ahead[origin][1] <= now
            if due and self._wanted(book, head, standing.get(origin, Standing())):
                del self._passed[origin]

    def _wanted(self, book: Book, head: Head, here: Standing) -> bool:
        site = site_of(head.origin)
        card = book.card_of(site)
        if card is None or site is None or self.peer not in book.peers:
            return False
        if (self.peer, head.origin) in book.stopped or head.origin in book.forked:
            return False
        if head.seq <= here.seq:  # the same number, another row: the page will prove it
            return head.seq == here.seq and head.hash != here.hash
        cut = book.cut_at(head.origin, site)
        return cut is None or here.seq + 1 < cut

    async def _catch_up(self, head: Head) -> None:
        """Take pages until the origin stands here where *head* says."""
        for _ in range(MOST_PAGES):
            async with self._turns.of(head.origin):
                book = await self._shelf.book()
                here = (await self._shelf.standing()).get(head.origin, Standing())
                if not self._wanted(book, head, here):
                    return
                if not await self._take_page(book, head, here):
                    self._passed[head.origin] = (head.seq, head.hash)
                    return

    async def _take_page(self, book: Book, head: Head, here: Standing) -> bool:
        """Take one page; return whether anything came of it."""
        site = site_of(head.origin)
        card = book.card_of(site)
        assert card is not None and site is not None  # noqa: S101, PT018 - it is wanted
        answer = await self._courier.page(head.origin, here.seq, here.hash)
        if isinstance(answer, Forked):
            await self._weigh_fork(head.origin, here, answer)
            return False
        if not answer:
            raise Unreachable("it promised rows and sent none")
        page = await self._prove(head.origin, here, card, answer)
        if isinstance(page, Wrong):
            await self._name(page)
            return False
        self._ahead.pop(head.origin, None)
        if site == book.own.site and epoch_of(head.origin) == book.own.epoch:
            await self._name(Wrong(head.origin, page.standing.seq, Why.SET_BACK))
            return False
        cut = book.cut_at(head.origin, site)
        kept = page if cut is None else part_before(page, cut)
        if kept is None:
            return False
        await self._shelf.take(kept)
        return kept is page

    async def _prove(
        self, origin: str, here: Standing, card: SiteCard, rows: Sequence[Entry]
    ) -> Proved | Wrong:
        return await self._apart(prove, origin, here, card, rows, self._clock.now())

    async def _name(self, wrong: Wrong) -> None:
        now = self._clock.now()
        if wrong.why is not Why.AHEAD:
            _log.warning(
                "exchange.stopped", peer=self.peer, origin=wrong.origin, why=wrong.why.value
            )
            await self._shelf.name(self.peer, wrong)
            return
        since, _ = self._ahead.get(wrong.origin, (now, now))
        self._ahead[wrong.origin] = (since, now + AHEAD_AGAIN)
        if now - since >= AHEAD_ALARM:
            await self._shelf.name(self.peer, wrong)

    async def _weigh_fork(self, origin: str, here: Standing, answer: Forked) -> None:
        """Keep a fork that is proved; whoever claims one that is not is stopped."""
        ours = await self._shelf.row(origin, here.seq)
        if here.key is not None and ours is not None and forks(here.key, ours, answer.rows):
            _log.warning("exchange.fork_found", peer=self.peer, origin=origin)
            found = Fork(
                origin=origin, seq=here.seq, peer=self.peer, ours=ours, theirs=answer.rows
            )
            await self._shelf.fork(found)
        else:
            await self._name(Wrong(origin, here.seq, Why.BROKEN_LINK))

    async def _say_what_is_held(self) -> None:
        """Tell the peer what is on disk here, whoever it came from, when that has changed."""
        standing = await self._shelf.standing()
        holds = {origin: (each.seq, each.hash) for origin, each in standing.items()}
        if holds != self._said:
            await self._courier.held(holds)
            self._said = holds
