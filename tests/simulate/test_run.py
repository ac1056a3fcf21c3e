"""A whole small run against a real node, in processes of their own."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.database import open_folder
from tests.support.node import Node, a_node

pytestmark = pytest.mark.slow

CALLS = 20


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with (
        open_folder("standfast-simulate-") as folder,
        a_node(folder, "--demo", "--no-ringing") as running,
    ):
        yield running


def play(node: Node, seed: int, calls: int) -> subprocess.CompletedProcess[str]:
    command = (
        "-m", "standfast", "simulate", "--url", node.address, "--calls", str(calls),
        "--rate", "600", "--seed", str(seed), "--handlers", "4",
    )  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=240
    )


def count(printed: str, name: str) -> int:
    found = re.search(rf"^ *{name} +([0-9,]+)", printed, re.MULTILINE)
    assert found, f"{name} is not in:\n{printed}"
    return int(found[1].replace(",", ""))


def test_a_run_loses_nothing_and_neither_does_another_on_the_same_node(node: Node) -> None:
    for seed, calls in ((1, CALLS), (2, 5)):
        played = play(node, seed, calls)
        assert played.returncode == 0, played.stdout + played.stderr
        assert count(played.stdout, "Calls") == calls
        assert count(played.stdout, "lost") == 0
        assert count(played.stdout, "cases closed") > calls * 0.8
        accepted = count(played.stdout, "ambulances accepted")
        assert accepted == count(played.stdout, "ambulances requested")


def test_no_node_is_said_to_be_none() -> None:
    command = ("-m", "standfast", "simulate", "--url", "http://127.0.0.1:9", "--calls", "1")
    played = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=60
    )
    assert played.returncode == 1
    assert "cannot be played with" in played.stderr
