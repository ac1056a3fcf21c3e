"""One site for a whole module, whose tests each bring their own people and staff."""

from collections.abc import AsyncIterator

import pytest

from tests.people.examples import AMIRA
from tests.support.database import Databases
from tests.support.site import Site, make_tables, open_site


@pytest.fixture(scope="module")
async def shared(postgres: Databases) -> AsyncIterator[Site]:
    """Open one site on a database of its own."""
    database = postgres.fresh(make_tables)
    async with open_site(database, actor=AMIRA) as site:
        yield site
    postgres.drop(database)
