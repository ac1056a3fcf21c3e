"""Fixtures that every test may use."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.database import Database, Databases, Prepare, databases
from tests.support.site import make_tables


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
