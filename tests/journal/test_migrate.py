"""Tables that are as they should be are left alone at the next start."""

import pytest

from standfast.app import PROJECTIONS, SCHEMAS
from standfast.journal.database import connect
from standfast.journal.migrate import migrate
from tests.support.database import Database

pytestmark = pytest.mark.anyio


async def test_the_second_start_makes_no_table_and_rebuilds_nothing(database: Database) -> None:
    owner = await connect(database.owner_dsn)
    try:
        await owner.execute("COMMENT ON SCHEMA read IS 'still the one of the first start'")
        await migrate(owner, PROJECTIONS, SCHEMAS)
        said = await owner.fetchval(
            "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = 'read'"
        )
        twice = await owner.fetch(
            """
              SELECT relname
                FROM pg_class
               WHERE relkind = 'r' AND relname LIKE 'journal%'
            GROUP BY relname HAVING count(*) > 1
            """
        )
    finally:
        await owner.close()

    assert said == "still the one of the first start"
    assert twice == []
