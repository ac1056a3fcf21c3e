"""Fixtures that every test may use."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.database import Database, Databases, Prepare, databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """One PostgreSQL for the whole run, started when first asked for."""
    with databases() as server:
        yield server


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
