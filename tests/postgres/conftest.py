"""A place for a server of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.database import open_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a short folder that the server's user may enter, and empty it afterwards."""
    with open_folder("standfast-postgres-") as made:
        yield made
