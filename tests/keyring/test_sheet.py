"""The shift sheet: on screen, as a file that proves something, and on paper."""

import pytest

from standfast.identity.permissions import Role
from standfast.journal.database import connect
from standfast.journal.heads import claims_of, contains
from tests.identity.examples import actor_in, load_staff
from tests.support.database import Database
from tests.support.site import open_site

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("role", [Role.IT_OFFICER, Role.SUPERVISOR])
async def test_the_sheet_shows_where_the_journal_stands_and_its_file_proves_it(
    database: Database, role: Role
) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        site.as_(actor_in(role))
        page = await site.get("/keyring/shift-sheet")
        saved = await site.get("/keyring/shift-sheet.json")
        paper = await site.get("/keyring/shift-sheet.pdf")
    (claim,) = claims_of(saved.content)
    connection = await connect(database.owner_dsn)
    try:
        assert await contains(connection, [claim]) is None
    finally:
        await connection.close()

    assert claim.code in page.text
    assert str(claim.seq) in page.text
    assert paper.content.startswith(b"%PDF")


async def test_before_anything_is_written_the_sheet_says_so(database: Database) -> None:
    async with open_site(database, actor=actor_in(Role.IT_OFFICER)) as site:
        page = await site.get("/keyring/shift-sheet")

    assert "Nothing is recorded yet" in page.text
