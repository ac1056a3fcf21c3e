"""One PostgreSQL for a whole run of tests, and a new database for each test.

A database is a copy of one that was prepared once, so it costs tens of milliseconds however
much a context's schema grows. ``tests/conftest.py`` hands it out as ``database_factory``.
"""

import asyncio
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg

from standfast.postgres import EmbeddedPostgres

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own there
ENOUGH: Final = 4 * 1024**3
"""Bytes that are free in memory before the tests' databases are kept there."""


def home() -> Path:
    """Return where databases are made and thrown away: in memory, if there is room."""
    roomy = (
        MEMORY.is_dir()
        and os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free > ENOUGH
    )
    return MEMORY if roomy else Path(tempfile.gettempdir())


HOME: Final = home()
PREFIX: Final = "standfast-tests-"

ADMINISTRATOR: Final = "tests_administrator"

Answer = TypeVar("Answer")

QUICK: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_buffers": "16MB",
    "max_wal_size": "512MB",
    "autovacuum": "off",
}
"""Settings for tests alone: what they write need not outlive the machine."""

Prepare = Callable[["Database"], Coroutine[Any, Any, None]]
"""Makes tables (as the owner) and whatever else every copy is to begin with."""


@dataclass(frozen=True)
class Database:
    """A database of a test's own."""

    name: str
    owner_dsn: str
    app_dsn: str
    reader_dsn: str
    exchange_dsn: str


class Administrator:
    """A connection that makes and drops databases, kept for the whole run: psql is slow to start.

    It lives in a thread of its own, so that it can be asked from inside an event loop.
    """

    def __init__(self, server: EmbeddedPostgres) -> None:
        ours = pwd.getpwuid(os.geteuid()).pw_name
        with Path(server.administer("SHOW ident_file")).open("a") as may:
            may.write(f'standfast "{ours}" {ADMINISTRATOR}\n')
        server.administer(
            f"CREATE ROLE {ADMINISTRATOR} SUPERUSER LOGIN; SELECT pg_reload_conf()"
        )
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._runner = asyncio.Runner()
        self._connection = self._await(asyncpg.connect(server.dsn(ADMINISTRATOR, "postgres")))

    def execute(self, *statements: str) -> None:
        """Carry out each of *statements* by itself."""
        for statement in statements:
            self._await(self._connection.execute(statement))

    def close(self) -> None:
        self._await(self._connection.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _await(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self._thread.submit(self._runner.run, work).result()


class Databases:
    """Hands out databases of one server, each a copy of a prepared one."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server
        self._administrator = Administrator(server)
        self._numbers = count(1)
        self._templates: dict[Prepare | None, str] = {None: "standfast"}

    def fresh(self, prepare: Prepare | None = None) -> Database:
        """Return a new database, as *prepare* leaves it (None: empty, with extensions).

        *prepare* runs once in the whole run: give the same function every time.
        """
        if prepare and prepare not in self._templates:
            template = self._copy("standfast", f"template_{len(self._templates)}")
            run_apart(prepare(template))
            self._templates[prepare] = template.name
        return self._copy(self._templates[prepare], f"test_{next(self._numbers)}")

    def drop(self, database: Database) -> None:
        """Drop *database*, whoever is still connected to it."""
        self._administrator.execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    def close(self) -> None:
        self._administrator.close()

    def _copy(self, template: str, name: str) -> Database:
        # A copy has the tables' grants but not the database's own: they are given again.
        self._administrator.execute(
            f"CREATE DATABASE {name} OWNER standfast_owner "
            f"TEMPLATE {template} STRATEGY file_copy",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {name} TO standfast_app, standfast_reader, "
            "standfast_exchange",
        )
        return Database(
            name,
            self.server.dsn("standfast_owner", name),
            self.server.dsn("standfast_app", name),
            self.server.dsn("standfast_reader", name),
            self.server.dsn("standfast_exchange", name),
        )


@contextmanager
def databases() -> Iterator[Databases]:
    """Run one server in a folder of its own, and remove both afterwards."""
    sweep()
    with open_folder(f"{PREFIX}{os.getpid()}-") as folder:
        server = EmbeddedPostgres(folder / "postgres", changed=QUICK)
        server.start()
        try:
            with closing(Databases(server)) as made:
                yield made
        finally:
            server.stop()


@contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    """Make a short-named folder that the server's user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=HOME))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def sweep() -> None:
    """Stop and remove what killed runs of tests have left behind."""
    for folder in HOME.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        with suppress(PermissionError):
            if not Path("/proc", pid).exists():
                EmbeddedPostgres(folder / "postgres").stop()
                shutil.rmtree(folder, ignore_errors=True)


def run_apart(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what *work* ends with, also when the caller is inside an event loop."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
