"""A full disk: nothing acknowledged is lost, the writer is told, and it heals when there is room."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from standfast.journal.database import CONNECTION_LOST, connect
from standfast.journal.verify import verify
from standfast.journal.writer import Unavailable
from standfast.postgres import EmbeddedPostgres, PostgresTrouble
from tests.journal.counting import TILL, make_tills
from tests.journal.test_store import KEY, add, opened
from tests.support.database import Database, open_folder, run_apart

pytestmark = pytest.mark.slow

ROOM = "160m"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Make a file system of its own that is soon full."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    with open_folder("standfast-full-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=711", "tmpfs", str(folder)],
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            pytest.skip("this machine lets nobody mount a small file system")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_nothing_and_heals_when_there_is_room(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk / "postgres")
    server.start()
    try:
        database = Database(
            "standfast",
            server.owner_dsn,
            server.app_dsn,
            server.reader_dsn,
            server.exchange_dsn,
        )
        run_apart(make_tills(database))
        asyncio.run(_write_until_full_and_after(server, database, small_disk / "ballast"))
    finally:
        with suppress(PostgresTrouble):
            server.stop()


async def _write_until_full_and_after(
    server: EmbeddedPostgres, database: Database, ballast: Path
) -> None:
    acknowledged = 0
    async with opened(database) as (journal, _):
        await add(journal, "before", 1)
        _fill(ballast)
        refused = False
        while not refused:
            try:
                await asyncio.gather(
                    *(add(journal, f"till{acknowledged}-{n}", 1) for n in range(50))
                )
                acknowledged += 50
            except (Unavailable, *CONNECTION_LOST, asyncpg.InsufficientResourcesError):
                refused = True
        ballast.unlink()
    server.ensure_running()
    async with opened(database) as (journal, db):
        await add(journal, "after", 1)
        kept = await db.fetch_value("SELECT count(*) FROM test_tills")
        assert kept >= acknowledged + 2
        assert (await journal.state(TILL, "before")).total == 1
    owner = await connect(database.owner_dsn)
    assert (await verify(owner, site_key=KEY.public)).fault is None
    await owner.close()


def _fill(ballast: Path) -> None:
    """Leave no room at all."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 1_000_000)
