"""What the tests do with a server: fill it, look into it, and kill it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from standfast.postgres import EmbeddedPostgres

SMALL: Final = {"shared_buffers": "128MB", "wal_buffers": "16MB"}
"""Settings for a machine that runs other tests beside; nothing that makes data less safe."""

_UP: Final = """
import signal, sys
from pathlib import Path
from standfast.postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).start()
print("ready", flush=True)
signal.pause()
"""


def server(folder: Path, **choices: Any) -> EmbeddedPostgres:
    """Return the server of *folder*, not yet started."""
    return EmbeddedPostgres(folder / "postgres", changed=SMALL, **choices)


@contextmanager
def started(folder: Path, **choices: Any) -> Iterator[EmbeddedPostgres]:
    """Run the server of *folder*; stop it if the test has not."""
    postgres = server(folder, **choices)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


def ask(dsn: str, sql: str) -> Any:
    """Run *sql* on a connection of its own and return its first value."""

    async def once() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(once())


def keep(postgres: EmbeddedPostgres, name: str) -> None:
    """Commit one person called *name*."""
    ask(postgres.owner_dsn, "CREATE TABLE IF NOT EXISTS people (name text NOT NULL UNIQUE)")
    ask(postgres.owner_dsn, f"INSERT INTO people (name) VALUES ('{name}')")  # noqa: S608


def kept(postgres: EmbeddedPostgres) -> list[str]:
    """Return everybody who was kept."""
    names: list[str] = ask(
        postgres.owner_dsn, "SELECT array_agg(name ORDER BY name) FROM people"
    )
    return names


def kill(pid: int | None) -> None:
    """End a process as a power cut would."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@contextmanager
def somebody_else_up(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the server of *folder* from another process, as another ``standfast up`` would."""
    command = [sys.executable, "-c", _UP, str(folder / "postgres")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()
