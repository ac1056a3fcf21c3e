"""A demonstration node in processes of its own, with the cases of a busy day in it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.site import KEY, Database, journal_at
from benchmarks.work import Work, settle
from standfast.journal.keys import SiteKey
from standfast.journal.store import Journal
from standfast.postgres import EmbeddedPostgres
from standfast.vault.names import SITE
from standfast.vault.vault import Vault

LEFT_OPEN = 20
"""One in so many cases is left open; the others come to their end."""

PATIENCE = 90.0


@dataclass
class Node:
    """A node that answers on ``port``, and the cases that were put into it."""

    port: int
    data: Path
    pid: int = 0
    api_port: int = 0
    """Where the API is, in a process of its own; 0: where the pages are."""
    cases: list[str] = field(default_factory=list)

    def cpu_seconds(self) -> tuple[float, float]:
        """Return what its own processes have used so far, and what PostgreSQL's have."""
        ours = postgres = 0.0
        found = dict(_processes())
        family = {self.pid}
        for pid in sorted(found):  # a child is younger than its parent
            parent, name, used = found[pid]
            if parent in family or pid == self.pid:
                family.add(pid)
                if name.startswith("postgres"):
                    postgres += used
                else:
                    ours += used
        return ours, postgres


@contextmanager
def node(*, workers: int, api_apart: bool = False) -> Iterator[Node]:
    """Run a demonstration in a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="standfast-bench-"))
    folder.chmod(0o711)
    running = Node(_free_port(), folder / "data", api_port=_free_port() if api_apart else 0)
    command = [
        sys.executable, "-m", "standfast", "up", "--demo", "--no-ringing",
        "--data", str(running.data), "--port", str(running.port), "--workers", str(workers),
        "--api-port", str(running.api_port),
    ]  # fmt: skip
    with (folder / "node.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own
        running.pid = process.pid
        try:
            _wait(running, process)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
            shutil.rmtree(folder, ignore_errors=True)


async def fill(running: Node, cases: int) -> None:
    """Write *cases* whole calls into the node's journal, as its own workers would."""
    server = EmbeddedPostgres(running.data / "postgres")
    keys = Vault(running.data, lambda: datetime.now(UTC), None)
    key = SiteKey.of(keys.secret(SITE))
    work = Work("fill")
    async with journal_at(server.app_dsn, key=key, keys=keys, site="harrowmere") as store:
        left = iter(range(cases))
        await asyncio.gather(
            *(_take_calls(store, work, left, running.cases) for _ in range(32))
        )


async def fill_database(database: Database, cases: int) -> list[str]:
    """Write *cases* whole calls into *database*, and return their ids."""
    work, written = Work("fill"), list[str]()
    async with journal_at(database.app, key=KEY) as store:
        left = iter(range(cases))
        await asyncio.gather(*(_take_calls(store, work, left, written) for _ in range(16)))
    return written


async def _take_calls(
    store: Journal, work: Work, left: Iterator[int], cases: list[str]
) -> None:
    for _ in left:
        case_id = ""
        for decider, key, command in work.call():
            now, case_id = datetime.now(UTC), key
            await store.execute(decider, key, command, actor="amira.khan", now=now)
        cases.append(case_id)
        if len(cases) % LEFT_OPEN:
            await settle(store, case_id)


def _processes() -> Iterator[tuple[int, tuple[int, str, float]]]:
    """Yield every process: its number, its parent, its name, and its CPU seconds."""
    tick = os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, _, rest = (folder / "stat").read_text(encoding="utf-8").rpartition(")")
            fields = rest.split()
            used = (int(fields[11]) + int(fields[12])) / tick
            yield int(folder.name), (int(fields[1]), name.partition("(")[2], used)


def _wait(running: Node, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"http://127.0.0.1:{running.port}/healthz", timeout=2),
        ):
            return
        time.sleep(0.1)
    raise RuntimeError("the node did not come up: see node.log")


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])
