"""A site with a case and a file on it, backed up to two folders, and what was kept elsewhere."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from standfast.app import PROJECTIONS
from standfast.backup.target import set_immutable
from standfast.cli.backing import Backing
from standfast.cli.node import Addresses
from standfast.identity.permissions import Role
from standfast.journal.data_keys import all_keys
from standfast.journal.database import connect
from standfast.journal.heads import Head, heads
from standfast.journal.rebuild import table_hashes
from standfast.settings import Settings
from standfast.vault.escrow import Held
from standfast.vault.names import DATA_KEYS, SITE
from standfast.vault.vault import Vault, public_of
from tests.files.examples import picture
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID, make_case
from tests.people.examples import MARGARET, register
from tests.support.database import Database, open_folder, run_apart
from tests.support.site import NOON, make_tables, open_site

AMIRA: Final = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")


class Lost(Struct, frozen=True):
    """The site before it was lost: two targets, and what is needed to know them by."""

    database: Database
    data: Path
    targets: tuple[Path, Path]
    settings: Settings
    signer: bytes
    sheet: tuple[Head, ...]
    escrow: Held
    hashes: dict[str, str]

    def vault(self) -> Vault:
        return Vault.open(self.data, clock=lambda: NOON)

    def backing(self, target: Path) -> Backing:
        return Backing(self.settings, self.vault(), target)


async def make_lost(database: Database, folder: Path) -> Lost:
    """Let a site take a call and a picture, and back it up."""
    await make_tables(database)
    data = folder / "data"
    async with open_site(database, actor=AMIRA) as site:
        await register(site, "p-margaret", MARGARET)
        await make_case(site)
        sent = await site.browser.post(
            f"/files/cases/{CASE_ID}",
            files={"file": ("rash.jpg", picture(), "image/jpeg")},
            headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
        )
        assert sent.status_code == 303, sent.text
        sheet = await heads(site.all_orgs)
        await asyncio.to_thread(shutil.copytree, site.platform.settings.data, data)
        settings = replace(site.platform.settings, data=data)
    targets = (folder / "north", folder / "south")
    for each in targets:
        each.mkdir()
    owner = await connect(database.owner_dsn)
    try:
        lost = Lost(
            database=database,
            data=data,
            targets=targets,
            settings=settings,
            signer=public_of(data, SITE) or b"",
            sheet=sheet,
            escrow=Held(
                Vault.open(data, clock=lambda: NOON).secret(DATA_KEYS), await all_keys(owner)
            ),
            hashes=await table_hashes(owner, PROJECTIONS),
        )
    finally:
        await owner.close()
    for each in targets:
        await asyncio.to_thread(lost.backing(each).bring_up_to_date)
    return lost


@contextmanager
def a_lost_site(fresh: Callable[[], Database]) -> Iterator[Lost]:
    """Have one made, in a folder that is removed whatever was made immutable in it."""
    with open_folder("standfast-backup-") as folder:
        try:
            yield run_apart(make_lost(fresh(), folder))
        finally:
            soften(folder)


def soften(folder: Path) -> None:
    """Let every segment in *folder* be changed, as whoever has root there may."""
    for path in folder.rglob("*.segment"):
        with path.open("rb") as file:
            try:
                set_immutable(file.fileno(), on=False)
            except OSError:
                continue
    for path in folder.rglob("*.segment"):
        path.chmod(0o644)


def addresses(database: Database) -> Addresses:
    return Addresses(
        database.app_dsn, database.reader_dsn, database.owner_dsn, database.exchange_dsn
    )
