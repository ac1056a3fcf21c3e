"""A blank pack lies on a disk before it is needed: fresh, whole, and where nobody else may write."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from standfast.continuity.standing import NAME, unfit, write_blank
from tests.continuity.examples import SUNITA
from tests.identity.examples import load_staff
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

MINUTES: Final = 60


async def packs(site: Site) -> int:
    found: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM continuity_packs WHERE standing"
    )
    return found


async def test_it_is_written_and_kept_fresh_with_the_same_numbers_until_one_is_used(
    database: Database, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    async with open_site(database, actor=SUNITA, packs=str(tmp_path)) as site:
        await load_staff(site)
        here, pack = site.platform, tmp_path / NAME
        await write_blank(here, site.clock.now)
        first = pack.read_bytes()
        assert first.startswith(b"%PDF-")

        await write_blank(here, site.clock.move(hours=3))
        assert pack.read_bytes() == first
        await write_blank(here, site.clock.move(hours=1))
        assert pack.stat().st_mtime == site.clock.now.timestamp()
        assert await packs(site) == 1
        assert [each.name for each in tmp_path.iterdir()] == [NAME]

        page = (await site.as_(SUNITA).get("/continuity/packs")).text
        pack_id = page.partition('data-key="')[2].partition('"')[0]
        used = {"number": "1", "until": "1", "reason": "Torn"}
        assert (await site.post(f"/continuity/packs/{pack_id}/void", used)).status_code == 303
        await write_blank(here, site.clock.move(hours=4))
        assert await packs(site) == 2


async def test_two_workers_write_one_pack(database: Database, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    async with open_site(database, actor=SUNITA, packs=str(tmp_path)) as site:
        await asyncio.gather(*(write_blank(site.platform, site.clock.now) for _ in range(2)))

        assert await packs(site) == 1


async def test_nothing_is_written_where_others_may_write_and_a_lead_is_told(
    database: Database, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    async with open_site(database, actor=SUNITA, packs=str(tmp_path)) as site:
        await load_staff(site)
        await write_blank(site.platform, site.clock.now)

        assert list(tmp_path.iterdir()) == []
        said = (await site.as_(SUNITA).get("/continuity/packs")).text
        assert "missing, or older than 4 hours: tell the IT officer" in said


async def test_a_blank_pack_silences_no_alarm(database: Database, tmp_path: Path) -> None:
    """It has no open cases and no lists: somebody must still print those."""
    tmp_path.chmod(0o755)
    async with open_site(database, actor=SUNITA, packs=str(tmp_path)) as site:
        await write_blank(site.platform, site.clock.now)

        said = (await site.as_(SUNITA).get("/continuity/_alert")).text
        assert "There is no paper pack" in said


def test_a_folder_is_fit_only_if_it_is_ours_alone_to_write(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    tmp_path.chmod(0o755)

    assert unfit(tmp_path) == ""
    assert unfit(tmp_path / "nowhere").startswith("there is no such folder")
    assert unfit(file) == "it is no folder"
    tmp_path.chmod(0o775)
    assert unfit(tmp_path) == "others may write there"
