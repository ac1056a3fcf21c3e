"""A PostgreSQL of our own settings in a folder that is removed afterwards, and our tables in it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from standfast.app import CONSTRAINTS, PROJECTIONS, REACTIONS, SCHEMAS
from standfast.journal.database import connect_pool
from standfast.journal.keys import SiteKey
from standfast.journal.migrate import migrate
from standfast.journal.sealing import Sealing
from standfast.journal.store import Journal
from standfast.journal.writer import LARGEST_BATCH, Site, Writer
from standfast.postgres import EmbeddedPostgres
from standfast.vault.names import SITE
from standfast.vault.vault import Keys, Vault

_FOLDER = tempfile.TemporaryDirectory(prefix="standfast-bench-keys-")
DATA = Path(_FOLDER.name)
"""The folder of a site, with its keys, for a whole run."""

KEYS = Vault(DATA, lambda: datetime.now(UTC), None)
KEY = SiteKey.of(KEYS.secret(SITE))


@contextmanager
def postgres() -> Iterator[EmbeddedPostgres]:
    """Run a PostgreSQL as ``make run`` does: with fsync, and nothing else changed."""
    folder = Path(tempfile.mkdtemp(prefix="standfast-bench-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Database:
    """A database with our tables, as the application and as their owner."""

    server: EmbeddedPostgres
    name: str

    @property
    def app(self) -> str:
        return self.server.dsn("standfast_app", self.name)

    @property
    def owner(self) -> str:
        return self.server.dsn("standfast_owner", self.name)


async def fresh(server: EmbeddedPostgres, name: str) -> Database:
    """Return a new database with our tables, empty."""
    server.administer(
        f"CREATE DATABASE {name} OWNER standfast_owner TEMPLATE standfast STRATEGY file_copy;\n"
        f"GRANT CONNECT ON DATABASE {name} TO standfast_app, standfast_reader;\n"
    )
    database = Database(server, name)
    owner = await asyncpg.connect(database.owner)
    try:
        await migrate(owner, PROJECTIONS, SCHEMAS)
    finally:
        await owner.close()
    return database


@asynccontextmanager
async def journal_at(
    dsn: str,
    *,
    key: SiteKey,
    keys: Keys = KEYS,
    site: str = "bench",
    largest_batch: int = LARGEST_BATCH,
) -> AsyncIterator[Journal]:
    """Run one worker's journal with every projection and reaction of the product."""
    pool = await connect_pool(dsn, size=6)
    sealing = Sealing(keys)
    writer = Writer(
        dsn,
        site=Site(site),
        key=key,
        clock=lambda: datetime.now(UTC),
        largest_batch=largest_batch,
        sealing=sealing,
    )
    running = asyncio.create_task(writer.run())
    try:
        yield Journal(
            pool,
            writer,
            projections=PROJECTIONS,
            reactions=REACTIONS,
            constraints=CONSTRAINTS,
            changed=lambda _: None,
        )
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        pool.terminate()
