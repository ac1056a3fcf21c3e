"""Figures for monitoring, added up over all workers of a node.

Each worker counts in a file of its own (Prometheus' multiprocess mode); the process that
started them adds up and answers whoever asks. Labels are names of ours and never a person.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from standfast.observability.folder import VARIABLE  # isort: skip - before what it is for
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0)
"""300 ms is what a call handler may wait at most (p95, threat 10)."""

REQUESTS: Final = Counter(
    "standfast_requests", "Requests answered.", ["route", "method", "status"]
)
LATENCY: Final = Histogram(
    "standfast_request_seconds", "From request to answer.", ["route"], buckets=SECONDS
)
STREAMS: Final = Gauge(
    "standfast_live_streams", "Browsers that are told of changes.", multiprocess_mode="livesum"
)
WAITING: Final = Gauge(
    "standfast_journal_waiting", "Appends that wait for a commit.", multiprocess_mode="livesum"
)
COMMITS: Final = Counter("standfast_journal_commits", "Commits on disk.")
FACTS: Final = Counter("standfast_journal_facts", "Facts on disk.")
NOT_OPENED: Final = Counter(
    "standfast_journal_not_opened", "Sealed facts that were read and could not be opened."
)
COMMIT_SECONDS: Final = Histogram(
    "standfast_journal_commit_seconds", "From gathering to disk.", buckets=SECONDS
)
LENT: Final = Gauge(
    "standfast_pool_lent", "Connections in use by a read.", multiprocess_mode="livesum"
)
TIMERS: Final = Counter("standfast_timer_looks", "Looks of a timer.", ["timer", "outcome"])


class Measured(Collector):
    """Figures that are asked for when monitoring asks: each a name, words and a function.

    The function gives values by label; one that cannot be had now is left out.
    """

    def __init__(
        self, name: str, words: str, label: str, look: Callable[[], dict[str, float]]
    ) -> None:
        self._name = name
        self._words = words
        self._label = label
        self._look = look

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures as they are now."""
        family = GaugeMetricFamily(self._name, self._words, labels=[self._label])
        for label, value in self._look().items():
            family.add_metric([label], value)
        yield family


@contextmanager
def told(host: str, port: int, *more: Collector) -> Iterator[int]:
    """Answer ``/metrics`` on an address of its own inside the block; yields the port."""
    registry = CollectorRegistry()
    folder = os.environ.get(VARIABLE)
    if folder:
        registry.register(_Living(registry, folder))
    for each in more:
        registry.register(each)
    server = make_server(host, port, make_wsgi_app(registry), WSGIServer, _Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Living(Collector):
    """The workers' figures, less what those that have ended had in hand."""

    def __init__(self, registry: CollectorRegistry, folder: str) -> None:
        self._folder = folder
        self._all = MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        registry.unregister(self._all)

    def collect(self) -> Iterable[Metric]:
        """Return the figures added up."""
        for path in Path(self._folder).glob("gauge_live*_*.db"):
            pid = path.stem.rpartition("_")[2]
            if pid.isdigit() and not Path("/proc", pid).exists():
                mark_process_dead(int(pid), self._folder)  # type: ignore[no-untyped-call]
        added: Iterable[Metric] = self._all.collect()  # type: ignore[no-untyped-call]
        return added


class _Quiet(WSGIRequestHandler):
    """Monitoring asks every few seconds: that is no line in a log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""
