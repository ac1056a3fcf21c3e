"""Starts PostgreSQL, waits as long as it needs, watches it, and stops it.

Nothing is remembered between runs but what lies in the folder, so that a node which was
killed at any moment is found as it is: still running (adopted), half made (made again),
crashed (PostgreSQL recovers, however long that takes) or stopped.
"""

import asyncio
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from standfast.postgres import cluster as clusters
from standfast.postgres import postmaster as postmasters
from standfast.postgres import roles, settings
from standfast.postgres.accounts import Account, ourselves, server_account
from standfast.postgres.binaries import (
    SHARED,
    Binaries,
    choose,
    find_binaries,
    made_runnable,
)
from standfast.postgres.cluster import DATABASE
from standfast.postgres.trouble import PostgresTrouble, Say, nothing

LONGEST_SOCKET: Final = 107
"""Bytes in the path of a Unix socket, set by the kernel (``sun_path``)."""

_SHORT: Final = Path("/tmp")  # noqa: S108 - a folder of another's making is refused
"""The same for every process, whatever its TMPDIR: others find the socket by its name."""

PATIENCE_SECONDS: Final = 120
"""After which a stop no longer waits for an orderly end: the next start recovers."""

_TELL_AFTER_SECONDS: Final = 5
_POLL_SECONDS: Final = 0.02
_WATCH_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 5
_LOG_MOST_BYTES: Final = 10_000_000


class EmbeddedPostgres:
    """The PostgreSQL of one site, in the folder *data*, which is its own.

    *changed* are settings of PostgreSQL that differ from ours (tests turn fsync off).
    """

    def __init__(
        self,
        data: Path,
        *,
        wheel_only: bool = False,
        changed: Mapping[str, str] | None = None,
    ) -> None:
        self._named = data.absolute()
        self._wheel_only = wheel_only
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: int | None = None

    def start(self, say: Say = nothing) -> None:
        """Make the cluster if there is none, and return when it takes connections.

        A server that an earlier, killed run left behind is adopted. Raises
        :class:`PostgresTrouble` with a sentence on what to do.
        """
        try:
            self._start(say)
        except OSError as error:
            self._let_go()
            raise PostgresTrouble(
                f"PostgreSQL could not be started in {self._named}: {error.strerror} "
                f"({error.filename}). Mend that, or choose another folder with --data."
            ) from error
        except BaseException:
            self._let_go()
            raise

    def stop(self, say: Say = nothing) -> None:
        """Stop the server in good order and return when the last of it is gone."""
        if server := postmasters.find(self._cluster):
            self._signal(server.pid, signal.SIGINT)
            deadline = time.monotonic() + PATIENCE_SECONDS
            self._wait(self._over(server.pid, deadline), say, "PostgreSQL is still stopping")
        self._let_go()

    def running(self) -> bool:
        """Tell whether the server takes connections, whoever started it."""
        server = postmasters.find(self._cluster)
        return server is not None and server.ready

    def ensure_running(self, say: Say = nothing) -> bool:
        """Start the server again if it has died; tell whether that was so."""
        if postmasters.find(self._cluster):
            return False
        say("PostgreSQL has stopped by itself: starting it again.")
        self.start(say)
        return True

    @contextmanager
    def serving(self, say: Say = nothing) -> Iterator[None]:
        """Have the server running inside the block; leave it as it was found."""
        if self.running():
            yield
            return
        self.start(say)
        try:
            yield
        finally:
            self.stop(say)

    @property
    def owner_dsn(self) -> str:
        """Where and as whom to connect to make and change tables."""
        return self.dsn(settings.OWNER)

    @property
    def app_dsn(self) -> str:
        """Where and as whom the program connects for everything else."""
        return self.dsn(settings.APP)

    @property
    def reader_dsn(self) -> str:
        """Where and as whom pages read."""
        return self.dsn(settings.READER)

    @property
    def exchange_dsn(self) -> str:
        """Where and as whom the exchange with other sites reads and adds rows."""
        return self.dsn(settings.EXCHANGE)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Return the address of *database* for *role*, as asyncpg and libpq read it."""
        return f"postgresql://{role}@/{database}?host={self.socket}&port={settings.PORT}"

    @property
    def pid(self) -> int | None:
        """The number of the server's first process, while it lives."""
        server = postmasters.find(self._cluster)
        return server.pid if server else None

    @property
    def log(self) -> Path:
        """The server's log. It holds no statement and no value of one."""
        return self._home / "postgres.log"

    @property
    def socket(self) -> Path:
        """The folder of the server's socket; a short one elsewhere if ours is too long."""
        near = self._home / "socket"
        if len(os.fsencode(near / f".s.PGSQL.{settings.PORT}")) <= LONGEST_SOCKET:
            return near
        digest = hashlib.sha256(os.fsencode(self._home)).hexdigest()[:16]
        return _SHORT / f"standfast-{digest}"

    def administer(self, sql: str, database: str = "postgres") -> str:
        """Run *sql* as PostgreSQL's superuser and return what it printed.

        For repair, and for tests. Only the server's own user may do it, and root.
        """
        server = server_account(self._cluster, nothing)
        program = self._binaries(server, nothing).program("psql")
        place = ("-h", str(self.socket), "-p", str(settings.PORT), "-U", "postgres")
        strict = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        done = server.run([program, *strict, *place, "-d", database], sent=sql)
        if done.returncode != 0:
            raise PostgresTrouble(done.stderr.strip())
        return done.stdout.strip()

    @property
    def _home(self) -> Path:
        return self._named.resolve()

    @property
    def _cluster(self) -> Path:
        return self._home / "cluster"

    @property
    def _lock(self) -> Path:
        return self._home / "cluster.lock"

    def _start(self, say: Say) -> None:
        major = clusters.written_by(self._cluster)
        server = server_account(self._cluster, say)
        self._settle(server, say)
        self._be_the_only_one()
        earlier = postmasters.find(self._cluster)
        if earlier and earlier.status != "stopping":
            self._adopt(earlier.pid, server, say)
            return
        binaries = self._binaries(server, say)
        if major is None:
            say(f"Making the database (PostgreSQL {binaries.major}, in {self._home}).")
            clusters.create(self._cluster, binaries, server)
        self._write_settings(server)
        self._launch(binaries, server, say)
        self._wait(self._ready, say, "PostgreSQL is putting its data in order after a crash")
        self.administer(roles.everything(DATABASE))

    def _adopt(self, pid: int, server: Account, say: Say) -> None:
        say("PostgreSQL is still running from before: carrying on with it.")
        self._write_settings(server)  # whoever started it, we may connect
        self._signal(pid, signal.SIGHUP)
        self._wait(self._ready, say, "PostgreSQL is still starting")
        self.administer(roles.everything(DATABASE))

    def _settle(self, server: Account, say: Say) -> None:
        """Make our folder, where *server* can reach it."""
        if not self._home.exists():
            self._home.mkdir(parents=True)
            self._home.chmod(0o700 if server == ourselves() else 0o711)
        if not server.can_enter(self._home):
            if any(self._home.iterdir()):
                raise PostgresTrouble(
                    f"PostgreSQL runs as the user {server.name}, who may not enter "
                    f"{self._home}. Make the folders above it passable ('chmod o+x')."
                )
            self._move_to_shared(say)
        server.own(self.socket)

    def _move_to_shared(self, say: Say) -> None:
        """Leave a link where our folder was: its like under /root is closed to the server."""
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="data-", dir=SHARED))
        place.chmod(0o711)
        say(f"PostgreSQL does not run as root and cannot enter {self._named}: using {place}.")
        self._named.rmdir()
        self._named.symlink_to(place)

    def _be_the_only_one(self) -> None:
        """Hold the guard of our folder: two nodes would stop each other's server."""
        if self._guard is not None:
            return
        file = self._home / "supervisor.lock"
        self._guard = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = file.read_text(encoding="ascii") or "unknown"
            raise PostgresTrouble(
                f"Another standfast (process {other}) already runs on {self._home}. "
                "Stop it first, or choose another folder with --data."
            ) from None
        os.truncate(self._guard, 0)
        os.pwrite(self._guard, str(os.getpid()).encode(), 0)

    def _let_go(self) -> None:
        if self._process and self._process.poll() is not None:
            self._process = None
        if self._guard is not None:
            os.close(self._guard)
            self._guard = None

    def _binaries(self, server: Account, say: Say) -> Binaries:
        major = clusters.written_by(self._cluster)
        found = find_binaries(wheel_only=self._wheel_only)
        return made_runnable(choose(found, major=major, cluster=self._cluster), server, say)

    def _write_settings(self, server: Account) -> None:
        text = settings.postgresql_conf(
            socket=self.socket, memory_bytes=settings.memory_bytes(), changed=self._changed
        )
        ident = settings.ident_conf(server=server.name, ours=ourselves().name)
        clusters.put(self._cluster / "postgresql.conf", text, server)
        clusters.put(self._cluster / "pg_hba.conf", settings.hba_conf(), server)
        clusters.put(self._cluster / "pg_ident.conf", ident, server)

    def _launch(self, binaries: Binaries, server: Account, say: Say) -> None:
        """Start the server's process, once every process of an earlier one is gone."""
        if self._process:
            self._process.poll()  # buries it, should it have died
        self._wait(
            lambda: not postmasters.in_use(self._lock),
            say,
            "Waiting for the last processes of an earlier PostgreSQL to end",
        )
        held = postmasters.take_lock(self._lock, server)
        if held is None:
            raise PostgresTrouble(
                f"Another program has just started PostgreSQL on {self._home}."
            )
        if postmasters.bury(self._cluster, self.socket):
            say("Removed the mark of a PostgreSQL that no longer runs.")
        if self.log.exists() and self.log.stat().st_size > _LOG_MOST_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        try:
            program = binaries.program("postgres")
            self._process = server.start(
                [program, "-D", self._cluster], log=self.log, held=held
            )
        finally:
            os.close(held)

    def _ready(self) -> bool:
        if self.running():
            return True
        died = self._process is not None and self._process.poll() is not None
        if died or (self._process is None and not postmasters.find(self._cluster)):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            last = "\n".join(lines[-5:])
            raise PostgresTrouble(f"PostgreSQL did not start. Its log {self.log} ends:\n{last}")
        return False

    def _over(self, pid: int, deadline: float) -> Callable[[], bool]:
        def over() -> bool:
            if self._process:
                self._process.poll()  # buries it, so that it does not look alive
            if time.monotonic() > deadline:
                self._signal(pid, signal.SIGQUIT)
            return not postmasters.find(self._cluster) and not postmasters.in_use(self._lock)

        return over

    def _signal(self, pid: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def _wait(self, done: Callable[[], bool], say: Say, words: str) -> None:
        """Wait for as long as it takes, and say so every few seconds."""
        began = told = time.monotonic()
        while not done():
            time.sleep(_POLL_SECONDS)
            if time.monotonic() - told > _TELL_AFTER_SECONDS:
                told = time.monotonic()
                say(f"{words} ({told - began:.0f} s so far).")


async def keep_running(postgres: EmbeddedPostgres, say: Say = nothing) -> None:
    """Start *postgres* again whenever it dies, until cancelled."""
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        if postgres.pid is None:
            try:
                await asyncio.to_thread(postgres.ensure_running, say)
            except PostgresTrouble as trouble:  # a full disk is emptied, and then it starts
                say(f"{trouble}\nTrying again in {_RETRY_SECONDS} seconds.")
                await asyncio.sleep(_RETRY_SECONDS)
