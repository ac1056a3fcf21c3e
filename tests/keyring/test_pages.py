"""The keys on screen: how they are kept, which certificates end when, and never a key."""

from datetime import timedelta
from typing import Final

from standfast.keyring.model import KEYRING
from tests.keyring.test_model import GIVEN, NOW, SEALED
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site, somebody

SAM: Final = somebody("sam", "Sam Whitlock", "it_officer", PROVIDER, "keyring.read")


async def test_a_site_without_sealed_keys_or_tls_is_told_what_to_do(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        page = await site.get("/keyring/keys")

    assert "standfast keys seal" in page.text
    assert "standfast tls init" in page.text


async def test_what_is_sealed_and_what_ends_soon_is_shown(database: Database) -> None:
    async with open_site(database, actor=SAM, now=NOW) as site:
        for command in (SEALED, GIVEN):
            await site.execute(KEYRING, "harrowmere", command)
        early = await site.get("/keyring/keys")
        site.clock.now = GIVEN.expires_at - timedelta(days=3)
        late = await site.get("/keyring/keys")

    assert "any two of Amira Khan, Sam Whitlock" in early.text
    assert "standfast.harrowmere.example" in early.text
    assert "90 days left" in early.text
    assert "3 days left" in late.text
