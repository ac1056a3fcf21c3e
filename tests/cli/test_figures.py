"""The figures of a whole node: every worker's, added up, however often workers are started anew."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.database import open_folder
from tests.support.node import PATIENCE, free_port, stop_database, until

pytestmark = pytest.mark.slow


class Counting:
    """A demonstration with two workers and a port for monitoring."""

    def __init__(self, data: Path) -> None:
        self.port, self.figures_port = free_port(), free_port()
        words = ["up", "--demo", "--no-ringing", "--workers", "2", "--data", str(data)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "standfast", *words, "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "STANDFAST_METRICS_PORT": str(self.figures_port)},
        )
        until(self.ready, self.process)

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def figure(self, name: str, **labels: str) -> float:
        told = httpx.get(f"http://127.0.0.1:{self.figures_port}/metrics", timeout=10).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(told)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def signed_out(self) -> None:
        """Ask for one page, on a connection of its own: either worker may answer."""
        assert httpx.get(f"http://127.0.0.1:{self.port}/sign-in").is_success


@pytest.fixture(scope="module")
def node() -> Iterator[Counting]:
    with open_folder("standfast-figures-") as place:
        data = place / "data"
        running = Counting(data)
        yield running
        running.process.terminate()
        running.process.wait(PATIENCE)
        stop_database(data)


def signed_in_page(node: Counting) -> float:
    return node.figure("standfast_requests_total", route="GET /sign-in", status="200")


def test_every_workers_requests_are_added_up(node: Counting) -> None:
    before = signed_in_page(node)
    for _ in range(20):
        node.signed_out()

    assert signed_in_page(node) == before + 20
    assert node.figure("standfast_request_seconds_count", route="GET /sign-in") >= 20


def test_what_waits_is_counted_and_nobody_is_named(node: Counting) -> None:
    told = httpx.get(f"http://127.0.0.1:{node.figures_port}/metrics", timeout=10).text

    assert node.figure("standfast_queue", queue="calls waiting") > 0
    assert "Okonkwo" not in told
    assert "07700" not in told


def test_workers_that_were_started_anew_take_no_count_with_them(node: Counting) -> None:
    before = signed_in_page(node)
    node.process.send_signal(signal.SIGHUP)
    with httpx.stream(
        "GET", f"http://127.0.0.1:{node.port}/sign-in", timeout=10
    ) as answer:  # answered by whoever is there
        assert answer.is_success
    until(lambda: signed_in_page(node) >= before + 1, node.process)
    until(node.ready, node.process)

    assert node.figure("standfast_live_streams") == 0
    assert node.figure("standfast_pool_lent") <= 2
    assert signed_in_page(node) >= before + 1


def test_the_pages_port_gives_no_figures(node: Counting) -> None:
    assert httpx.get(f"http://127.0.0.1:{node.port}/metrics").status_code == 404
