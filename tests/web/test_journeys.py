"""How often a page asks the database: each journey there costs more than most answers."""

from typing import Any

import asyncpg
import pytest

from standfast.identity.permissions import Role
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.identity.world import load_world
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

MOST = {f"/calls/{CASE_ID}": 11, f"/calls/{CASE_ID}/resume": 4, "/calls/queue": 4}
"""Journeys of a page that its visitor opens again; the first opening writes an entry besides."""


class Journeys:
    """Statements that went to the database, in their order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            plain = getattr(asyncpg.Connection, name)

            async def counted(
                connection: Any, sql: str, *values: object, plain: Any = plain, **more: Any
            ) -> Any:
                self.made.append(" ".join(sql.split())[:60])
                return await plain(connection, sql, *values, **more)

            patch.setattr(asyncpg.Connection, name, counted)

    def of(self, what: str) -> list[str]:
        return [each for each in self.made if what in each]


async def test_a_page_asks_in_few_journeys_and_its_entry_is_one_more_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(database) as site:
        await load_world(site)
        site.as_(actor_in(Role.CALL_HANDLER))
        for path, most in MOST.items():
            await _open(site, path)
            with monkeypatch.context() as patch:
                journeys = Journeys(patch)
                await _open(site, path)
            assert 0 < len(journeys.made) <= most, journeys.made
        site.clock.move(minutes=16)  # the entry for this opening is a new one
        with monkeypatch.context() as patch:
            journeys = Journeys(patch)
            await _open(site, f"/calls/{CASE_ID}/resume")
        assert len(journeys.of("tenancy.write_down(")) == 1
        assert not journeys.of("BEGIN")
        assert not journeys.of("put_")


async def _open(site: Site, path: str) -> None:
    assert (await site.get(path)).status_code == 200
