"""A node as a person starts, stops, kills and proves it."""

import asyncio
import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from standfast.postgres import EmbeddedPostgres
from tests.support.database import open_folder, run_apart
from tests.support.node import Node, a_node, run, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder("standfast-node-") as place:
        yield place


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[Node]:
    with a_node(folder, "--demo", "--no-ringing") as running:
        yield running


def heads_of(node: Node) -> Path:
    """Keep where each chain stands; a timer may write more at any moment."""
    kept = node.data.parent / "before.json"
    kept.write_text(run(node.data, "heads", "--json").stdout)
    return kept


def assert_holds(node: Node, before: Path) -> None:
    """Prove the journal, and that every fact that was there is there still, unchanged."""
    answer = run(node.data, "verify", "--heads", str(before))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "It contains all" in " ".join(answer.stdout.split())


def test_it_says_where_to_go_and_whom_to_sign_in_as(node: Node) -> None:
    until(lambda: "Amira Khan" in node.log)
    assert f"localhost:{node.port}" in node.log


def test_its_whole_journal_is_proved_while_it_runs(node: Node) -> None:
    answer = run(node.data, "verify")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Sound" in answer.stdout


def test_a_rebuild_makes_what_was_there(node: Node) -> None:
    answer = run(node.data, "rebuild", "--check")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "DIFFERENT" not in answer.stdout
    assert "people_people" in answer.stdout


def test_a_killed_node_finds_everything_again_and_in_seconds(node: Node) -> None:
    before = heads_of(node)
    node.kill()
    node.start()
    assert_holds(node, before)


def test_a_killed_database_comes_back_by_itself(node: Node) -> None:
    postgres = EmbeddedPostgres(node.data / "postgres")
    pid = postgres.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: postgres.pid not in (None, pid))
    until(node.healthy)
    assert run(node.data, "verify").returncode == 0


def test_control_c_stops_everything_and_the_next_start_finds_the_same(node: Node) -> None:
    before = heads_of(node)
    assert node.interrupt() == 0
    assert not EmbeddedPostgres(node.data / "postgres").running()
    node.start()
    assert_holds(node, before)


def test_a_second_node_on_one_folder_is_told_so(node: Node) -> None:
    answer = run(node.data, "up", "--demo", "--port", str(node.port))
    assert answer.returncode == 1
    assert "--port" in answer.stderr


def test_the_demonstration_and_live_work_never_share_a_folder(node: Node) -> None:
    node.interrupt()
    answer = run(node.data, "up", "--port", str(node.port))
    node.start()
    assert answer.returncode == 1
    assert "demonstration" in answer.stderr


def test_a_sheet_that_the_terminal_prints_is_in_the_ledger(node: Node) -> None:
    paper = node.data.parent / "sheet.pdf"
    told = run(node.data, "heads", "--pdf", str(paper))
    [number] = re.findall(r"P-[0-9A-F]{8}", told.stdout)
    sha256, holder = asyncio.run(_print_in_the_ledger(node, number))

    assert paper.read_bytes().startswith(b"%PDF")
    assert sha256 == hashlib.sha256(paper.read_bytes()).hexdigest()
    assert holder.startswith("console:")


async def _print_in_the_ledger(node: Node, number: str) -> tuple[str, str]:
    owner = await asyncpg.connect(EmbeddedPostgres(node.data.absolute() / "postgres").owner_dsn)
    try:
        row = await owner.fetchrow(
            "SELECT sha256, holder FROM read.records_exports WHERE number = $1", number
        )
    finally:
        await owner.close()
    assert row is not None
    return row["sha256"], row["holder"]


def test_heads_that_were_kept_elsewhere_are_still_in_the_journal(node: Node) -> None:
    kept = node.data.parent / "sheet.json"
    kept.write_text(run(node.data, "heads", "--json").stdout)
    line = run(node.data, "heads").stdout.splitlines()[0]
    sound = run(node.data, "verify", "--heads", str(kept), "--head", line)
    wrong = run(node.data, "verify", "--head", " ".join([*line.split()[:2], "0000 " * 6]))
    unread = run(node.data, "verify", "--head", "nonsense")

    assert sound.returncode == 0, sound.stdout
    claims = len(json.loads(kept.read_text())["heads"]) + 1
    assert f"It contains all {claims} heads held elsewhere" in " ".join(sound.stdout.split())
    assert (wrong.returncode, unread.returncode) == (1, 1)
    assert "rewritten" in wrong.stdout


def test_a_single_changed_letter_is_found_and_named(node: Node) -> None:
    run_apart(_change_one_letter(EmbeddedPostgres(node.data / "postgres")))
    answer = run(node.data, "verify")
    assert answer.returncode == 1
    assert "row 7" in answer.stdout


async def _change_one_letter(postgres: EmbeddedPostgres) -> None:
    """Do what a database administrator could: take the guard off, and edit."""
    postgres.administer(
        "ALTER TABLE journal DISABLE TRIGGER ALL;"
        "UPDATE journal SET actor = 'somebody else' WHERE seq = 7;"
        "ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_rows_stay;",
        "standfast",
    )
    connection = await asyncpg.connect(postgres.owner_dsn)
    await connection.close()
