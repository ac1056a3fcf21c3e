"""A real node in a process of its own, started as a person starts it."""

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from standfast.cli.serving import answers
from tests.support.database import HOME, PREFIX

PATIENCE: Final = 150.0
"""Seconds to wait for something that a process of ours is about to do."""


class Node:
    """``standfast up`` on *data*: start it, kill it, start it again."""

    def __init__(self, data: Path, *options: str, typed: str = "") -> None:
        self.data = data
        self.typed = typed
        """What its people type at the terminal when it starts."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.hosts = f"127.0.0.1:{self.port}, look-alike.localhost:{self.port}"
        """By which names it is asked besides that of its origin."""
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Node":
        """Start it and return when it answers."""
        with (self.data.parent / "node.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "standfast", "up", "--data", str(self.data)),
                    *("--port", str(self.port), *self._options),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "STANDFAST_HOSTS": self.hosts},
            )
        assert self._process.stdin is not None
        with self._process.stdin as terminal:
            terminal.write(self.typed.encode())
        until(self.healthy, self._process)
        return self

    def healthy(self) -> bool:
        return answers("127.0.0.1", self.port, tls=False)

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """End it without warning, as a power cut does; its database is left to itself."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return (self.data.parent / "node.log").read_text()


@contextmanager
def a_node(folder: Path, *options: str) -> Iterator[Node]:
    """Run a node in *folder* for the length of the block, and leave nothing running."""
    if "--demo" in options:
        copy_demonstration(folder / "data")
    with _running(Node(folder / "data", *options)) as node:
        yield node


@contextmanager
def _running(node: Node) -> Iterator[Node]:
    try:
        yield node.start()
    finally:
        if node.running:
            node.interrupt()
        else:
            stop_database(node.data)


def copy_demonstration(data: Path) -> None:
    """Make *data* the folder of a node that was stopped as soon as its demonstration was loaded."""
    subprocess.run(["cp", "-a", _loaded(), data], check=True)  # with their owners


@cache
def _loaded() -> Path:
    """Load the demonstration once for this process, which takes as long as two later starts."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-demonstration-", dir=HOME))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder)
    with _running(Node(folder / "data", "--demo", "--no-ringing")) as node:
        return node.data


CUSTODIANS: Final = ("--custodian", "Ada One", "--custodian", "Bo Two")
PASSPHRASES: Final = ("correct horse battery ada", "correct horse battery bo")
CODE: Final = re.compile(r"staff id (\S+)\s+code (\S{4}-\S{4})")


@contextmanager
def a_live_node(folder: Path) -> Iterator[tuple[Node, dict[str, str]]]:
    """Set a live site up and run it; with the codes of its first two, by staff id."""
    first, second = PASSPHRASES
    node = Node(folder / "data", typed=f"{first}\n{second}\n")
    sealed = _typed(
        node, f"{first}\n{first}\n{second}\n{second}\n", "keys", "seal", *CUSTODIANS
    )
    told = _typed(
        *(node, node.typed, "init", "--organisation", "Harrowmere Urgent Care"),
        *("--site-name", "Harrowmere 111", "--origin", f"http://localhost:{node.port}"),
        *("--administrator", "Sam Whitlock", "--administrator", "Ines Maro"),
    )
    assert sealed.returncode == told.returncode == 0, sealed.stderr + told.stderr
    try:
        yield node.start(), dict(CODE.findall(told.stdout))
    finally:
        if node.running:
            node.interrupt()
        stop_database(node.data)


def _typed(node: Node, typed: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standfast", *words, "--data", str(node.data)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "200"},
    )


def stop_database(data: Path) -> None:
    """Stop the PostgreSQL that a killed node left running."""
    from standfast.postgres import EmbeddedPostgres  # noqa: PLC0415 - only after a kill

    EmbeddedPostgres(data / "postgres").stop()


def until(true: object, process: subprocess.Popen[bytes] | None = None) -> None:
    """Return when *true* (a function) is; fail when its process ends or time is up."""
    assert callable(true)
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        assert process is None or process.poll() is None, "the process ended"
        time.sleep(0.05)


def free_port(together: int = 1) -> int:
    """Return a port nobody listens on, the first of so many *together*."""
    while True:
        with ExitStack() as held, suppress(OSError, OverflowError):
            first = _hold(held, 0)
            for port in range(first + 1, first + together):
                _hold(held, port)
            return first


def _hold(held: ExitStack, port: int) -> int:
    attempt = held.enter_context(socket.socket())
    attempt.bind(("127.0.0.1", port))
    bound: int = attempt.getsockname()[1]
    return bound


def run(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours on the node's folder, and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "standfast", *words, "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "200"},
    )
