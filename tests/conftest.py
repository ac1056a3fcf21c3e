"""Fixtures that every test may use."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.database import Database, Databases, Prepare, databases
from tests.support.site import make_tables

BROWSER: Final = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that all cores end together: browsers first.

    The browser's files stay beside one another: they share a Chromium.
    """
    tests = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def turn(item: pytest.Item) -> tuple[bool, int, bool]:
        in_browser = item.path.is_relative_to(BROWSER)
        return not in_browser, -tests[item.path] * in_browser, item.path not in slow

    items.sort(key=turn)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """One PostgreSQL for the whole run, started when first asked for."""
    with databases() as server:
        yield server


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Run asynchronous tests on the event loop that the product runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def database_factory(postgres: Databases) -> Iterator[Callable[..., Database]]:
    """Make new databases for one test; ``database_factory(prepare)`` copies a prepared one."""
    made: list[Database] = []

    def make(prepare: Prepare | None = None) -> Database:
        made.append(postgres.fresh(prepare))
        return made[-1]

    yield make
    for database in made:
        postgres.drop(database)


@pytest.fixture
def database(database_factory: Callable[..., Database]) -> Database:
    """Make a new database with the product's tables, empty."""
    return database_factory(make_tables)
