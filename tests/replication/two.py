"""Two sites on databases of their own: one writes by the product's own road, the other takes in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from standfast.app import CONSTRAINTS, PROJECTIONS, REACTIONS
from standfast.journal.database import Pool
from standfast.journal.keys import SiteKey
from standfast.journal.store import Journal
from standfast.journal.writer import Site as WritingSite
from standfast.journal.writer import Writer
from standfast.replication.card import SignedCard
from standfast.replication.courier import Forked
from standfast.replication.details import details_of
from standfast.replication.lending import Lending
from standfast.replication.model import EXCHANGE, JoinPeer, MakeCard, ReplicationCommand
from standfast.replication.proving import Proved, Standing, Wrong, prove
from standfast.replication.shelf import PostgresShelf, open_shelf
from standfast.vault.names import SITE
from tests.replication.world import card_of, key_of
from tests.support.database import Database
from tests.support.sealed import sealing
from tests.support.site import NOON, Clock, Site


@dataclass
class Node:
    """One site as the exchange sees it."""

    name: str
    card: SignedCard
    shelf: PostgresShelf
    lending: Lending
    journal: Journal
    clock: Clock

    async def decide(self, command: ReplicationCommand) -> None:
        """Decide something about this site's exchange, as its IT officer does."""
        await self.journal.execute(
            EXCHANGE, self.name, command, actor="it.officer", now=self.clock()
        )

    async def join(self, *others: "Node") -> None:
        """Exchange with *others*, whose cards two people have compared."""
        for other in others:
            details = details_of(other.card)
            await self.decide(JoinPeer(details=details, code="CODE", by="IT officer"))

    async def pull(self, other: "Node") -> list[Wrong]:
        """Take in all that *other* has and this site wants; return what did not prove."""
        wrong: list[Wrong] = []
        book = await self.shelf.book()
        sites = await other.lending.may_hold(self.name, await other.shelf.book())
        for head in await other.lending.heads(sites):
            card = book.card_of(head.origin.partition(".")[0])
            if card is None or card.site == self.name:
                continue
            while True:
                here = (await self.shelf.standing()).get(head.origin, Standing())
                if here.seq >= head.seq:
                    break
                page = await other.lending.page(head.origin, here.seq, here.hash)
                assert not isinstance(page, Forked)
                proved = prove(head.origin, here, card, page, self.clock())
                if isinstance(proved, Wrong):
                    wrong.append(proved)
                    break
                assert isinstance(proved, Proved)
                await self.shelf.take(proved)
        return wrong


@asynccontextmanager
async def node_of(
    database: Database,
    name: str,
    *,
    organisations: tuple[str, ...] = (),
    site: Site | None = None,
) -> AsyncIterator[Node]:
    """Open a site's exchange on *database*; *site* is a platform that runs there already."""
    clock = site.clock if site else Clock(NOON + timedelta(minutes=1))
    key = SiteKey.of(site.platform.keys.secret(SITE)) if site else key_of(name)
    orgs = organisations or (f"{name}-care",)
    card = card_of(name, number=2, key=key, organisations=orgs)
    pool = Pool(database.exchange_dsn, size=2)
    app_pool = Pool(database.app_dsn, size=2)
    writer = Writer(
        database.app_dsn,
        site=WritingSite(name),
        key=key,
        clock=clock,
        at_once=False,
        sealing=sealing(),
    )
    journal = Journal(
        app_pool,
        writer,
        projections=PROJECTIONS,
        reactions=REACTIONS,
        constraints=CONSTRAINTS,
        changed=lambda _: None,
    )
    async with (
        _running(writer),
        open_shelf(
            database.exchange_dsn,
            site=name,
            projections=PROJECTIONS,
            clock=clock,
            sealing=sealing(),
        ) as shelf,
    ):
        node = Node(name, card, shelf, Lending(pool, shelf), journal, clock)
        org = card.card.organisations[0]
        await node.decide(MakeCard(org=org, details=details_of(card), by="IT officer"))
        try:
            yield node
        finally:
            pool.terminate()
            app_pool.terminate()


@asynccontextmanager
async def _running(writer: Writer) -> AsyncIterator[None]:
    task = asyncio.create_task(writer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
