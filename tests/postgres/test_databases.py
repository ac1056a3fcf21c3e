"""The databases that every other test is given."""

from collections.abc import Callable

import asyncpg

from tests.support.database import Database, run_apart


async def one_person(database: Database) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute(
        "CREATE TABLE people (name text); INSERT INTO people VALUES ('Ada')"
    )
    await connection.execute("GRANT SELECT, INSERT ON people TO standfast_app")
    await connection.close()


def test_each_test_has_its_own_copy_of_what_was_prepared(
    database_factory: Callable[..., Database],
) -> None:
    first, second = database_factory(one_person), database_factory(one_person)

    async def use() -> None:
        here = await asyncpg.connect(first.app_dsn)
        there = await asyncpg.connect(second.app_dsn)
        await here.execute("INSERT INTO people VALUES ('Joe')")
        assert await here.fetchval("SELECT count(*) FROM people") == 2
        assert await there.fetchval("SELECT count(*) FROM people") == 1
        await here.close()
        await there.close()

    run_apart(use())
