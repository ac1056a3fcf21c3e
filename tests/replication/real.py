"""Sites with a database, a writer and an exchange of their own, on real sockets with real TLS."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from standfast.app import PROJECTIONS
from standfast.journal.database import connect
from standfast.journal.feed import Feed
from standfast.journal.writer import Draft
from standfast.replication.card import SignedCard, SiteCard, signed_card, stamp
from standfast.replication.details import details_of
from standfast.replication.model import JoinPeer, MakeCard
from standfast.replication.running import Listening, Means, exchanging
from standfast.vault.authority import Kind, certificate_of, issue_server, new_authority
from tests.replication.two import Node, node_of
from tests.replication.world import key_of
from tests.support.database import Database
from tests.support.node import free_port

PATIENCE = 20.0


@cache
def authority(site: str) -> bytes:
    """Return a site's own authority, certificate and key."""
    return new_authority(site, datetime.now(UTC))


def bundle_of(site: str, *, by: str = "", name: str = "") -> bytes:
    """Return a node's certificate, chain and key; *by* another site's authority if it is said."""
    _, bundle = issue_server(
        authority(by or site), [name or site, "127.0.0.1"], datetime.now(UTC), Kind.NODE
    )
    return bundle


def der_of(site: str) -> bytes:
    pem = certificate_of(authority(site))
    return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


@dataclass
class Real:
    """One site that runs: its journal, its exchange, its database."""

    node: Node
    database: Database
    port: int
    bundle: bytes
    numbers: "count[int]"
    feed: Feed
    listening: Listening | None = None
    stack: AsyncExitStack | None = None

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def card(self) -> SignedCard:
        key = key_of(self.name)
        card = SiteCard(
            site=self.name,
            epoch=1,
            number=next(self.numbers),
            made_at=stamp(datetime.now(UTC)),
            signing=key.public,
            earlier=(),
            sealing=bytes(32),
            authority=der_of(self.name),
            addresses=(f"127.0.0.1:{self.port}",),
            organisations=(f"{self.name}-care",),
        )
        return signed_card(card, key.sign)

    async def up(self, **changed: Any) -> "Real":
        """Begin to exchange."""
        assert self.stack is None
        self.stack = AsyncExitStack()
        means = Means(
            **{
                "dsn": self.database.exchange_dsn,
                "site": self.name,
                "bundle": self.bundle,
                "projections": PROJECTIONS,
                "clock": lambda: datetime.now(UTC),
                "random": lambda: 0.5,
                **changed,
            }
        )
        self.listening = await self.stack.enter_async_context(
            exchanging(means, host="127.0.0.1", port=self.port)
        )
        return self

    async def down(self) -> None:
        """Cut the site off: it asks nobody and answers nobody."""
        if self.stack is not None:
            await self.stack.aclose()
            self.stack = None

    async def write(self, events: int, *, at_once: int = 10, begin: int = 0) -> None:
        """Write facts by the product's own writer: *at_once* to a commit."""
        writer = self.node.journal._writer  # noqa: SLF001
        for first in range(begin, begin + events, at_once):
            drafts = [
                Draft(
                    f"directory.need/{self.name}-{number // 5}",
                    "directory.need_stated.v1",
                    b'{"type":"directory.need_stated.v1"}',
                    None,
                    f"{self.name}-care",
                    "amira.khan",
                    datetime.now(UTC),
                )
                for number in range(first, min(first + at_once, begin + events))
            ]
            expected = {
                stream: await self.version(stream)
                for stream in dict.fromkeys(draft.stream for draft in drafts)
            }
            await writer.append(drafts, expected, [])
            self.feed.announce({(f"{self.name}-care", "directory.need")})

    async def version(self, stream: str) -> int:
        return await self.node.journal._pool.fetchval(  # type: ignore[no-any-return]  # noqa: SLF001
            "SELECT coalesce(tenancy.stream_version($1), 0)", stream
        )

    async def holds(self, site: str) -> int:
        """Return how many rows of *site* are here."""
        owner = await connect(self.database.owner_dsn)
        try:
            return int(
                await owner.fetchval(
                    "SELECT count(*) FROM journal WHERE split_part(origin, '.', 1) = $1", site
                )
            )
        finally:
            await owner.close()

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        owner = await connect(self.database.owner_dsn)
        try:
            return [tuple(row) for row in await owner.fetch(sql, *values)]
        finally:
            await owner.close()

    async def superuser(self, server: Any, sql: str) -> None:
        """Do what only somebody with the whole machine can."""
        await asyncio.to_thread(server.administer, sql, self.database.name)


async def until(true: Callable[[], Awaitable[object]], within: float = PATIENCE) -> float:
    """Return how many seconds it took until *true* was."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not await true():
        assert loop.time() - began < within, "it did not come to that"
        await asyncio.sleep(0.02)
    return loop.time() - began


async def join(*sites: Real) -> None:
    """Let each of *sites* exchange with each other: their people have compared the codes."""
    cards = {site.name: site.card for site in sites}
    for site in sites:
        details = details_of(cards[site.name])
        await site.node.decide(
            MakeCard(org=f"{site.name}-care", details=details, by="IT officer")
        )
        site.feed.announce({(f"{site.name}-care", "replication.site")})
    for site in sites:
        for other in sites:
            if other is not site:
                joining = JoinPeer(
                    details=details_of(cards[other.name]), code="CODE", by="IT officer"
                )
                await site.node.decide(joining)
        site.feed.announce({(f"{site.name}-care", "replication.site")})


@asynccontextmanager
async def sites(make: Callable[[], Database], *names: str) -> AsyncIterator[tuple[Real, ...]]:
    """Open sites that do not know each other yet."""
    async with AsyncExitStack() as stack:
        made = []
        for name in names:
            database = make()
            node = await stack.enter_async_context(node_of(database, name))
            node.clock.now = datetime.now(UTC)
            feed = Feed(database.app_dsn)
            real = Real(node, database, free_port(), bundle_of(name), count(3), feed)
            task = asyncio.create_task(real.feed.run())
            stack.callback(task.cancel)
            stack.push_async_callback(real.down)
            made.append(real)
        yield tuple(made)
    gc.collect()  # what was cut off is gone before another test looks


def edited(origin: str, seq: int) -> str:
    """Return what a superuser runs to change one row unseen by the triggers."""
    changed = f"UPDATE journal SET body = 'forged' WHERE origin = '{origin}' AND seq = {seq};"  # noqa: S608
    return (
        "ALTER TABLE journal DISABLE TRIGGER ALL;"
        + changed
        + "ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_rows_stay;"
    )
