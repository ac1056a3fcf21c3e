"""One real node for all attacks that want one, started when the first asks."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attack.ground import node_starter
from tests.support.node import Node


@pytest.fixture(scope="session")
def attacked_node() -> Iterator[Callable[[], Node]]:
    """Return a function that starts the node once."""
    with ExitStack() as held, tempfile.TemporaryDirectory(prefix="standfast-attack-") as folder:
        Path(folder).chmod(0o711)
        with held:
            yield node_starter(Path(folder), held)
