"""Whose key sealed how to get into a home: no site opens another's, and it is said whose it is."""

import pytest
from msgspec import structs

from standfast.kernel.home_entry import HomeEntry, about
from standfast.vault.names import HOME_ENTRY
from standfast.vault.ring import Ring
from standfast.web.home_entry import opened, sealed
from tests.calls.examples import CASE_ID
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site
from tests.web.test_home_entry import SAID

pytestmark = pytest.mark.anyio


async def test_what_was_sealed_before_the_site_was_written_down_still_opens(
    database: Database,
) -> None:
    async with open_site(database) as site:
        bound = f"standfast home entry|{PROVIDER}|case/{CASE_ID}|way_in"
        key_id, box = Ring(site.platform.keys.secret(HOME_ENTRY)).seal(SAID.encode(), bound)
        entry_ = HomeEntry(key_id=key_id, nonce=box.nonce, sealed=box.body)
        told_ = await opened(site.platform, entry_, org=PROVIDER, case_id=CASE_ID)

    assert told_.words == SAID


@pytest.mark.parametrize("same_id", [False, True])
async def test_what_another_site_sealed_does_not_open_here_and_it_is_said_whose_it_is(
    database: Database, *, same_id: bool
) -> None:
    """Not even if both sites' keys went by one name, which two in 2**64 do."""
    async with open_site(database) as site:
        ours = Ring(site.platform.keys.secret(HOME_ENTRY))
        theirs = Ring(bytes(range(32)))
        bound = about(org=PROVIDER, case_id=CASE_ID, field="way_in", site="skelbeck")
        key_id, box = theirs.seal(SAID.encode(), bound)
        named = ours.newest if same_id else key_id
        entry_ = HomeEntry(key_id=named, nonce=box.nonce, sealed=box.body, site="skelbeck")
        told_ = await opened(site.platform, entry_, org=PROVIDER, case_id=CASE_ID)

    assert key_id != ours.newest
    assert told_.words == ""
    assert "'skelbeck'" in told_.trouble
    assert "Ask the caller again" in told_.trouble


async def test_nothing_opens_that_is_passed_off_as_another_sites(database: Database) -> None:
    async with open_site(database) as site:
        sealed_ = await sealed(site.platform, SAID, org=PROVIDER, case_id=CASE_ID)
        for site_name in ("skelbeck", ""):
            passed_off = structs.replace(sealed_, site=site_name)
            told_ = await opened(site.platform, passed_off, org=PROVIDER, case_id=CASE_ID)
            assert told_.words == ""

    assert sealed_.site == "harrowmere"
