"""Setting a live site up, as whoever installs it does at a terminal."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from standfast.cli import site_file
from standfast.cli.moving import strays
from standfast.postgres import EmbeddedPostgres
from tests.support.database import open_folder
from tests.support.node import PATIENCE, free_port

pytestmark = pytest.mark.slow

ASKED: Final = (
    *("--organisation", "Harrowmere Urgent Care", "--site-name", "Harrowmere 111"),
    *("--administrator", "Sam Whitlock", "--administrator", "Ines Maro"),
)
CODE: Final = re.compile(r"staff id (\S+)\s+code (\S{4}-\S{4})")


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with open_folder("standfast-init-") as place:
        yield place / "data"
        EmbeddedPostgres(place / "data" / "postgres").stop()


def said(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standfast", *words, "--data", str(data)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.mark.parametrize(
    "origin",
    ["http://111.example", "https://10.0.0.7", "https://111.example/here", "111.example"],
)
def test_an_address_that_no_passkey_can_be_bound_to_is_refused(data: Path, origin: str) -> None:
    answer = said(data, "init", *ASKED, "--origin", origin)

    assert answer.returncode == 1
    assert not (data / site_file.NAME).exists()


def test_two_different_people_are_needed(data: Path) -> None:
    twice = ("--administrator", "Sam Whitlock", "--administrator", "sam whitlock")
    answer = said(data, "init", *ASKED[:4], *twice, "--origin", "https://111.example")

    assert answer.returncode == 1
    assert "two different people" in answer.stderr


def test_a_live_node_does_not_start_before_it_is_set_up(data: Path) -> None:
    answer = said(data, "up", "--port", str(free_port()))

    assert answer.returncode == 1
    assert "standfast init" in answer.stderr


def test_what_was_not_said_is_asked_and_each_of_two_gets_a_code(data: Path) -> None:
    typed = (
        "Harrowmere Urgent Care\nHarrowmere 111\nhttps://111.example\nSam Whitlock\nInes Maro\n"
    )
    answer = said(data, "init", typed=typed)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [staff for staff, _ in CODE.findall(answer.stdout)] == ["sam.whitlock", "ines.maro"]


def test_the_settings_are_the_nodes_alone_and_no_secret_is_among_them(data: Path) -> None:
    file = data / site_file.NAME
    known = site_file.read(data)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert known["STANDFAST_ORIGIN"] == "https://111.example"
    assert known["STANDFAST_RECEIVING_ORG"] == "harrowmere-urgent-care"
    assert site_file.read_all(data) == known
    assert not re.search(r"SECRET|KEY|[0-9a-f]{32}", file.read_text())
    assert list(strays(data)) == []


def test_said_again_it_gives_new_codes_and_changes_nothing_else(data: Path) -> None:
    before = site_file.read(data)
    first = dict(CODE.findall(said(data, "init").stdout))
    second = dict(CODE.findall(said(data, "init", *ASKED).stdout))

    assert first.keys() == second.keys() == {"sam.whitlock", "ines.maro"}
    assert not set(first.values()) & set(second.values())
    assert site_file.read(data) == before


def test_nothing_that_was_set_up_live_becomes_a_demonstration(data: Path) -> None:
    answer = said(data, "up", "--demo", "--port", str(free_port()))

    assert answer.returncode == 1
    assert "live records" in answer.stderr
