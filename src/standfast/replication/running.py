"""The exchange at work: this site served to its peers, and a puller for each of them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final

import structlog
from msgspec import Struct

from standfast.journal.database import CONNECTION_LOST, Pool
from standfast.journal.sealing import Sealing
from standfast.kernel.rows import Projection
from standfast.outbound.peers import other_site
from standfast.replication.card import NoCard, SiteCard
from standfast.replication.courier import Book, Unreachable
from standfast.replication.hearing import Ear
from standfast.replication.https import HttpsCourier
from standfast.replication.lending import Lending
from standfast.replication.pulling import Puller, Turns
from standfast.replication.serving import Exchange
from standfast.replication.shelf import NotSetUp, PostgresShelf, open_shelf
from standfast.vault.contexts import also_by, answering
from standfast.web.listener import listening

LOOK_SECONDS: Final = 5.0
"""How often it is looked who the peers are, if nothing has moved that says so."""

CARD_SECONDS: Final = 600.0
LEND_CONNECTIONS: Final = 4

_log = structlog.get_logger()


class Means(Struct, frozen=True, kw_only=True):
    """What an exchange works with. *random* returns numbers from 0 to 1."""

    dsn: str
    site: str
    bundle: bytes
    """This site's node certificate, its chain and key, as PEM."""
    projections: Sequence[Projection]
    clock: Callable[[], datetime]
    random: Callable[[], float]
    wait: float = 25.0
    sealing: Sealing | None = None
    """Opens what is sealed and whose key is here, to fold it."""


class Listening(Struct, frozen=True):
    """An exchange that answers, and how it is found out that it cannot go on."""

    port: int
    shelf: PostgresShelf

    async def lost(self) -> None:
        """Return once the database has gone away: whoever runs this begins anew."""
        while not self.shelf.closed:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(1)


class MachineClock:
    """The machine's own clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Running:
    """Who is asked now, and by which puller."""

    def __init__(
        self, means: Means, shelf: PostgresShelf, ear: Ear, tls: ssl.SSLContext
    ) -> None:
        self._means = means
        self._shelf = shelf
        self._ear = ear
        self._tls = tls
        self._turns = Turns()
        self._known: set[bytes] = set()
        self._pulling: dict[str, tuple[SiteCard, asyncio.Task[None]]] = {}

    async def keep(self) -> None:
        """Have a puller at work for each peer, as people decide about them. Never ends."""
        try:
            while True:
                with suppress(NotSetUp, NoCard):
                    book = await self._shelf.book()
                    await self._shelf.believe(book)
                    await self.settle(book)
                await self._ear.moved(LOOK_SECONDS)
                await asyncio.sleep(0.1)
        finally:
            for name in tuple(self._pulling):
                await self._stop(name)

    async def wake(self) -> None:
        """Tell whoever waits for heads that rows were taken in. Never ends."""
        while True:
            await self._shelf.moved.wait()
            self._shelf.moved.clear()
            self._ear.wake()

    async def settle(self, book: Book) -> None:
        """Believe every peer's authority, and ask each that is not cut off."""
        for card in book.peers.values():
            if card.authority not in self._known:
                also_by(self._tls, card.authority)
                self._known.add(card.authority)
        wanted = {name: card for name, card in book.peers.items() if name not in book.cut_off}
        for name, (card, _) in tuple(self._pulling.items()):
            if wanted.get(name) != card:
                await self._stop(name)
        for name, card in wanted.items():
            if name not in self._pulling:
                task = asyncio.create_task(self._pull(card))
                self._pulling[name] = (card, task)

    async def _stop(self, name: str) -> None:
        _, task = self._pulling.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _pull(self, card: SiteCard) -> None:
        site = other_site(
            card.site, card.addresses, authority=card.authority, ours=self._means.bundle
        )
        courier = HttpsCourier(site)
        puller = Puller(
            card.site,
            courier,
            self._shelf,
            MachineClock(self._means.clock),
            turns=self._turns,
            random=self._means.random,
            wait=self._means.wait,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_kept(puller.run))
                tasks.create_task(_kept(lambda: self._renew(card.site, courier)))
        finally:
            await courier.aclose()

    async def _renew(self, peer: str, courier: HttpsCourier) -> None:
        """Look now and then whether the peer has a newer card."""
        while True:
            with suppress(Unreachable, NoCard):
                await self._shelf.renewed(peer, await courier.card())
            await asyncio.sleep(CARD_SECONDS)


@asynccontextmanager
async def exchanging(means: Means, *, host: str, port: int) -> AsyncIterator[Listening]:
    """Exchange journals inside the block. Which *port* 0 is, is left to the machine."""
    ear = Ear(means.dsn)
    pool = Pool(means.dsn, size=LEND_CONNECTIONS)
    async with AsyncExitStack() as stack:
        stack.callback(pool.terminate)
        shelf = await stack.enter_async_context(
            open_shelf(
                means.dsn,
                site=means.site,
                projections=means.projections,
                clock=means.clock,
                busy=ear.busy,
                sealing=means.sealing,
            )
        )
        tls = answering(means.bundle, ())
        app = Exchange(shelf, Lending(pool, shelf), ear).app()
        running = Running(means, shelf, ear, tls)
        with suppress(NotSetUp):
            await running.settle(await shelf.book())
        listens = await stack.enter_async_context(listening(app, host=host, port=port, tls=tls))
        await stack.enter_async_context(_at_work(ear.run, running.keep, running.wake))
        yield Listening(listens, shelf)


@asynccontextmanager
async def _at_work(
    *works: Callable[[], Coroutine[Any, Any, None]],
) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_kept(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do *work* for ever: what breaks is logged and begun again."""
    while True:
        try:
            await work()
        except CONNECTION_LOST as error:
            _log.warning("exchange.waits", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - nothing of another site may end ours
            _log.error("exchange.broke", error=type(error).__name__)
        await asyncio.sleep(1)
