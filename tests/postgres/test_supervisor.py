"""A server is made, started, adopted, recovered and stopped; what was committed stays."""

import asyncio
import os
from pathlib import Path

import pytest

from standfast.postgres import PostgresTrouble, keep_running
from tests.postgres.site import ask, keep, kept, kill, server, somebody_else_up, started

pytestmark = pytest.mark.slow


def test_the_first_start_makes_a_safe_database_and_the_second_finds_its_data(
    folder: Path,
) -> None:
    said: list[str] = []
    postgres = server(folder)
    postgres.start(said.append)
    assert said[-1].startswith("Making the database (PostgreSQL ")
    for setting, value in {
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "listen_addresses": "",
        "jit": "off",
        "TimeZone": "UTC",
    }.items():
        assert ask(postgres.app_dsn, f"SHOW {setting}") == value, setting
    assert ask(postgres.app_dsn, "SELECT similarity('Élan', 'élan')") == 1
    keep(postgres, "Ada")
    postgres.stop()
    assert not postgres.running()

    said.clear()
    with started(folder) as again:
        assert kept(again) == ["Ada"]
    assert said == []


def test_stop_leaves_no_process_and_nothing_to_recover(folder: Path) -> None:
    with started(folder) as postgres:
        pid = postgres.pid
        postgres.stop()
        assert not Path(f"/proc/{pid}").exists()
        assert postgres.pid is None
        assert "database system is shut down" in postgres.log.read_text()
        postgres.stop()  # once more does no harm


def test_what_was_committed_survives_kill_9_of_the_server(folder: Path) -> None:
    with started(folder) as postgres:
        keep(postgres, "Ada")
        kill(postgres.pid)
        again = server(folder)
        again.start()
        assert kept(again) == ["Ada"]
        assert "automatic recovery in progress" in again.log.read_text()
        again.stop()


def test_a_server_that_dies_is_started_again(folder: Path) -> None:
    said: list[str] = []
    with started(folder) as postgres:
        assert postgres.ensure_running(said.append) is False
        keep(postgres, "Ada")
        kill(postgres.pid)

        async def watched() -> None:
            noticed = asyncio.Event()
            loop = asyncio.get_running_loop()

            def heard(words: str) -> None:
                said.append(words)
                loop.call_soon_threadsafe(noticed.set)

            watching = asyncio.create_task(keep_running(postgres, heard))
            await noticed.wait()
            watching.cancel()

        asyncio.run(watched())  # and waits for the start that has begun
        assert said[0] == "PostgreSQL has stopped by itself: starting it again."
        assert kept(postgres) == ["Ada"]


def test_a_server_that_outlived_its_node_is_adopted(folder: Path) -> None:
    said: list[str] = []
    with somebody_else_up(folder) as node:
        keep(server(folder), "Ada")
        orphan = server(folder).pid
        node.kill()
        node.wait()
        postgres = server(folder)
        postgres.start(said.append)
        assert postgres.pid == orphan
        assert said == ["PostgreSQL is still running from before: carrying on with it."]
        assert kept(postgres) == ["Ada"]
        postgres.stop()
        assert postgres.pid is None


def test_a_second_node_on_the_same_folder_is_refused_and_the_first_undisturbed(
    folder: Path,
) -> None:
    with somebody_else_up(folder) as node:
        with pytest.raises(PostgresTrouble, match=f"Another standfast .process {node.pid}"):
            server(folder).start()
        with server(folder).serving():  # to read beside it is no second node
            keep(server(folder), "Ada")
        assert server(folder).running()
        node.kill()
        node.wait()
        with started(folder) as postgres:
            assert kept(postgres) == ["Ada"]


def test_a_stale_mark_whose_number_is_now_another_program_does_not_stop_a_start(
    folder: Path,
) -> None:
    said: list[str] = []
    with started(folder) as postgres:
        keep(postgres, "Ada")
        mark = folder / "postgres/cluster/postmaster.pid"
        lines = mark.read_text().splitlines()
        kill(postgres.pid)
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        mark.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
        postgres.start(said.append)
        assert said == ["Removed the mark of a PostgreSQL that no longer runs."]
        assert kept(postgres) == ["Ada"]


def test_serving_leaves_a_server_as_it_was_found(folder: Path) -> None:
    postgres = server(folder)
    with postgres.serving():
        keep(postgres, "Ada")
        with server(folder).serving():
            assert kept(postgres) == ["Ada"]
        assert postgres.running()
    assert not postgres.running()


def test_a_first_start_that_was_cut_short_begins_again(folder: Path) -> None:
    half = folder / "postgres/cluster.new"
    half.mkdir(parents=True)
    (folder / "postgres").chmod(0o711)
    (half / "PG_VERSION").write_text("15\n")
    with started(folder) as postgres:
        keep(postgres, "Ada")
    assert not half.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    deep = folder / ("harrowmere-" * 10) / "site"
    deep.mkdir(parents=True)
    with started(deep) as postgres:
        assert len(str(postgres.socket)) < 40
        assert ask(postgres.app_dsn, "SELECT 1") == 1
        socket = postgres.socket
    socket.rmdir()


def test_a_server_that_cannot_start_says_what_its_log_says(folder: Path) -> None:
    with started(folder):
        pass
    (folder / "postgres/cluster/local.conf").write_text("max_connections = many\n")
    (folder / "postgres/cluster/local.conf").chmod(0o644)
    with pytest.raises(PostgresTrouble, match=r"(?s)did not start.*max_connections"):
        server(folder).start()
