"""A new signing key takes over: all that was signed stays provable, at whatever moment it is cut."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
import pytest

from standfast.cli.journaling import (
    NodeRuns,
    finish_succession,
    record_sealing,
    succeed_site_key,
    writing,
)
from standfast.journal.entries import Entry, digest
from standfast.journal.keys import SiteKey
from standfast.journal.statements import insert_entries
from standfast.journal.verify import Fault, verify
from standfast.keyring.model import KEYRING, RecordSealing
from standfast.settings import Settings
from standfast.vault import custodians
from standfast.vault.names import SITE, SITE_NEXT
from standfast.vault.vault import Vault, public_of
from tests.support.database import Database
from tests.support.site import settings_for
from tests.vault.console import Answers

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PEOPLE: Final = {"Amira": "a long passphrase: amira", "Sam": "a long passphrase: sam"}


def sealed_vault(data: Path) -> Vault:
    vault = Vault.open(data, clock=lambda: NOW)
    vault.secret(SITE)
    vault.seal(lambda key: custodians.wrap(key, PEOPLE, cost=16))
    return vault


def reopened(data: Path) -> Vault:
    return Vault.open(data, clock=lambda: NOW, ask=Answers(*PEOPLE.values()))


async def write(settings: Settings, vault: Vault, *, times: int = 1, lanes: int = 1) -> None:
    """Write to the journal as that many workers would."""
    key = SiteKey.of(vault.secret(SITE))
    if lanes > 1:
        async with writing(settings, key) as journal:
            await journal.execute(KEYRING, "first", sealing(0), actor="test", now=NOW)
            await write(settings, vault, times=times, lanes=lanes - 1)
        return
    async with writing(settings, key) as journal:
        for each in range(times):
            await journal.execute(KEYRING, f"s{each}", sealing(each), actor="test", now=NOW)


def sealing(number: int) -> RecordSealing:
    return RecordSealing(
        org="org",
        wrapping_id=os.urandom(8).hex() + str(number),
        how="x",
        sealed_at=NOW,
        by="me",
    )


async def fault(settings: Settings, public: bytes | None) -> Fault | None:
    connection = await asyncpg.connect(settings.owner_url)
    try:
        return (await verify(connection, site_key=public)).fault
    finally:
        await connection.close()


async def origins(settings: Settings) -> list[str]:
    connection = await asyncpg.connect(settings.owner_url)
    try:
        found = await connection.fetch("SELECT DISTINCT origin FROM journal ORDER BY origin")
        return [record["origin"] for record in found]
    finally:
        await connection.close()


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> tuple[Settings, Vault]:
    vault = sealed_vault(tmp_path)
    settings = settings_for(database, tmp_path)
    await write(settings, vault, times=3, lanes=2)
    return settings, vault


async def test_the_journal_is_proved_over_two_changes_of_key(
    site: tuple[Settings, Vault],
) -> None:
    settings, vault = site
    first = vault.secret(SITE)

    await succeed_site_key(settings, vault, lost=None)
    await write(settings, vault)
    second = vault.secret(SITE)
    await succeed_site_key(settings, vault, lost=None)
    await write(settings, vault)

    assert len({first, second, vault.secret(SITE)}) == 3
    assert await fault(settings, public_of(settings.data, SITE)) is None
    names = await origins(settings)
    assert len(names) == 4, names
    assert {"harrowmere.1.0", "harrowmere.1.1"} < set(names)
    assert reopened(settings.data).secret(SITE) == vault.secret(SITE)


async def test_the_old_key_alone_does_not_vouch_for_the_new(
    site: tuple[Settings, Vault],
) -> None:
    settings, vault = site
    old = public_of(settings.data, SITE)

    await succeed_site_key(settings, vault, lost=None)

    found = await fault(settings, old)
    assert found is not None
    assert "not this site's key" in found.what


async def test_what_a_thief_signs_with_the_old_key_is_found(
    site: tuple[Settings, Vault], database: Database
) -> None:
    settings, vault = site
    stolen = SiteKey.of(vault.secret(SITE))
    await succeed_site_key(settings, vault, lost=None)

    await _forge(database, stolen, "harrowmere.1.0")

    found = await fault(settings, public_of(settings.data, SITE))
    assert found is not None
    assert found.what == "it was written after its key was retired"


async def test_a_lost_key_is_succeeded_by_one_that_this_disk_vouches_for(
    site: tuple[Settings, Vault], tmp_path: Path
) -> None:
    settings, vault = site
    lost = SiteKey.of(vault.secret(SITE)).public
    (tmp_path / "new").mkdir()
    other = sealed_vault(tmp_path / "new")
    other.secret(SITE)

    await succeed_site_key(settings, other, lost=lost)
    await write(settings, other)

    assert await fault(settings, public_of(tmp_path / "new", SITE)) is None


async def test_while_a_node_writes_no_key_takes_over(site: tuple[Settings, Vault]) -> None:
    settings, vault = site
    before = vault.secret(SITE)
    async with writing(settings, SiteKey.of(before)) as journal:
        await journal.execute(KEYRING, "other", sealing(7), actor="test", now=NOW)
        with pytest.raises(NodeRuns):
            await succeed_site_key(settings, vault, lost=None)

    assert vault.secret(SITE) == before


async def test_how_the_keys_are_sealed_is_written_down_once(
    site: tuple[Settings, Vault],
) -> None:
    settings, vault = site
    await record_sealing(settings, vault, settings.data)
    await record_sealing(settings, vault, settings.data)

    connection = await asyncpg.connect(settings.owner_url)
    found = await connection.fetch(
        "SELECT body FROM journal WHERE stream = 'keyring.site/harrowmere'"
    )
    await connection.close()
    assert [msgspec.json.decode(each["body"])["how"] for each in found] == [
        "passphrases: any two of Amira, Sam"
    ]


CUT_OFF: Final = """
import asyncio, os, signal, sys
from pathlib import Path
from standfast.cli import journaling
from standfast.settings import Settings
from standfast.vault.vault import Vault

where = sys.argv[1]

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(real):
    def then(*args, **kwargs):
        real(*args, **kwargs)
        killed()
    return then

match where:
    case "before the new key is kept":
        Vault.put = killed
    case "once the new key is kept":
        Vault.put = after(Vault.put)
    case "before it is written":
        journaling.record = killed
    case "once it is written":
        Vault.succeed = killed
    case "once it is done":
        Vault.succeed = after(Vault.succeed)

settings = Settings.from_environment()
vault = Vault.open(settings.data, clock=journaling.now, ask=lambda q, *, secret: input())
asyncio.run(journaling.succeed_site_key(settings, vault, lost=None))
"""


@pytest.mark.parametrize(
    ("moment", "new"),
    [
        ("before the new key is kept", False),
        ("once the new key is kept", False),
        ("before it is written", False),
        ("once it is written", True),
        ("once it is done", True),
    ],
)
async def test_a_change_that_is_cut_off_leaves_a_site_that_works(
    site: tuple[Settings, Vault], moment: str, *, new: bool
) -> None:
    settings, vault = site
    before = vault.secret(SITE)

    ended = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
        [sys.executable, "-c", CUT_OFF, moment],
        env={**os.environ, **settings.to_environment()},
        input="\n".join(PEOPLE.values()),
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr

    found = reopened(settings.data)
    await finish_succession(settings, found)
    assert found.find(SITE_NEXT) is None
    assert (found.secret(SITE) != before) is new
    await write(settings, found)
    assert await fault(settings, public_of(settings.data, SITE)) is None
    await succeed_site_key(settings, found, lost=None)
    assert await fault(settings, public_of(settings.data, SITE)) is None


async def _forge(database: Database, key: SiteKey, origin: str) -> None:
    """Add a row to the chain of *origin* as somebody with the database and the old key would."""
    connection = await asyncpg.connect(database.owner_dsn)
    newest = await connection.fetchrow(
        "SELECT * FROM journal WHERE origin = $1 ORDER BY seq DESC LIMIT 1", origin
    )
    assert newest is not None
    last = Entry(**dict(newest))
    forged = msgspec.structs.replace(last, seq=last.seq + 1, prev=last.hash, sig=None)
    forged = msgspec.structs.replace(forged, hash=digest(forged))
    forged = msgspec.structs.replace(forged, sig=key.sign(forged.hash))
    await insert_entries(connection, [forged])
    await connection.close()
