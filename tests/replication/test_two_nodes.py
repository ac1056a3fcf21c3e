"""Two whole nodes, set up, joined by code and cut at the terminal, as their IT officers do it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from standfast.postgres import EmbeddedPostgres
from tests.support.database import open_folder
from tests.support.node import CUSTODIANS, PASSPHRASES, PATIENCE, Node, free_port, stop_database
from tests.support.node import until as becomes

pytestmark = pytest.mark.slow

OPENS: Final = "".join(f"{each}\n" for each in PASSPHRASES)
SEALS: Final = "".join(f"{each}\n{each}\n" for each in PASSPHRASES)


class Site:
    """One live site: its folder, its node, its exchange."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = f"{name}-care"
        self.node = Node(folder / name / "data", typed=OPENS)
        (folder / name).mkdir()
        self.exchange = free_port()

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "COLUMNS": "200", "STANDFAST_EXCHANGE_PORT": str(self.exchange)}

    def say(self, *words: str, typed: str = OPENS) -> str:
        """Say a command and return what it prints; it must go well."""
        done = subprocess.run(
            [sys.executable, "-m", "standfast", *words, "--data", str(self.node.data)],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env=self.environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set_up(self) -> None:
        self.say("keys", "seal", *CUSTODIANS, typed=SEALS)
        self.say(
            *("init", "--organisation", self.name.replace("-", " ").title()),
            *("--site-name", self.name, "--origin", f"http://localhost:{self.node.port}"),
            *("--administrator", "Sam Whitlock", "--administrator", "Ines Maro"),
        )
        self.say("site", "init", "--address", f"127.0.0.1:{self.exchange}")

    def count(self, sql: str) -> int:
        postgres = EmbeddedPostgres(self.node.data / "postgres")
        return int(postgres.administer(sql, "standfast"))

    def holds(self, site: str) -> int:
        return self.count(f"SELECT count(*) FROM journal WHERE origin LIKE '{site}.%'")  # noqa: S608


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, Site]]:
    with open_folder("standfast-pair-") as folder, ExitStack() as stack:
        made = Site(folder, "harrowmere"), Site(folder, "whitby")
        for site in made:
            site.set_up()
            monkeypatch.setenv("STANDFAST_EXCHANGE_PORT", str(site.exchange))
            stack.callback(_stopped, site)
            site.node.start()
        yield made


def _stopped(site: Site) -> None:
    if site.node.running:
        site.node.interrupt()
    stop_database(site.node.data)


def test_two_nodes_join_by_code_exchange_and_are_cut_and_restored(
    pair: tuple[Site, Site],
) -> None:
    here, there = pair
    _join(here, there)
    becomes(lambda: there.holds(here.name) > 0 and here.holds(there.name) > 0)
    assert "well" in here.say("site", "status")
    assert there.name in here.say("site", "peers")

    pid = _exchange_of(there)
    told = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"standfast_exchange@" in told
    assert not any(role in told for role in (b"standfast_owner@", b"standfast_app@"))
    os.kill(pid, signal.SIGKILL)
    becomes(lambda: _exchange_of(there) not in (0, pid))
    here.say("peers", "cut", there.name, "--from", "1", "--reason", "Broken into")
    becomes(
        lambda: (
            here.count("SELECT count(*) FROM journal_left_out WHERE why = 'cut'")
            + here.count("SELECT count(*) FROM journal_left_out WHERE why = 'home'")
            == here.holds(there.name)
        )
    )
    assert "cut off" in here.say("site", "status")
    here.say("peers", "restore", there.name, "--reason", "Built anew")
    before = here.holds(there.name)
    there.say("site", "init", "--address", f"127.0.0.1:{there.exchange}", "--organisation", "x")
    becomes(lambda: here.holds(there.name) > before)
    for site in pair:
        assert "Sound" in site.say("verify")


def _join(here: Site, there: Site) -> None:
    """Let one officer read the code out, and the other type it, before the first says yes."""
    words = ["site", "join", f"127.0.0.1:{there.exchange}", "--data", str(here.node.data)]
    joining = subprocess.Popen(
        [sys.executable, "-m", "standfast", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**here.environment, "PYTHONUNBUFFERED": "1"},
    )
    timer = threading.Timer(PATIENCE, joining.kill)
    timer.start()
    assert joining.stdin is not None
    assert joining.stdout is not None
    joining.stdin.write(OPENS)
    joining.stdin.flush()
    code = ""
    told = ""
    while not code:
        line = joining.stdout.readline()
        told += line
        assert line, told
        found = re.search(r"accept \S+ '([0-9A-Z-]+)'", line)
        code = found[1] if found else ""
    accepted = there.say(
        "site", "accept", here.name, code.lower().replace("-", " "), typed=f"{OPENS}y\n"
    )
    assert f"It writes records of {here.name}" in accepted
    assert "has joined" in accepted
    assert f"It writes records of {there.name}" in told
    rest, _ = joining.communicate("y\n", timeout=PATIENCE)
    timer.cancel()
    assert joining.returncode == 0, told + rest


def _exchange_of(site: Site) -> int:
    """Return the process of a site's exchange; 0: there is none now."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            mine = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"serve-exchange" in words and f"DATA={site.node.data}\0".encode() in mine:
            return int(folder.name)
    return 0
