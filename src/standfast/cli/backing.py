"""Bringing every target up to date, once or every minute, and remembering how it went."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from asyncpg import PostgresError
from msgspec.structs import replace

from standfast.backup.ledger import LOCK, Known, known_of, remember
from standfast.backup.segments import Unsound
from standfast.backup.taking import NotProved, Taker
from standfast.backup.target import Content, Target, Unreachable
from standfast.cli.opening import now
from standfast.journal.database import connect
from standfast.journal.keys import SiteKey
from standfast.settings import Settings
from standfast.vault.files import alone
from standfast.vault.names import SITE
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

EVERY_SECONDS: Final = 60.0
LOOKED_THROUGH: Final = timedelta(days=1)
"""Every byte of a target is read again so often; what was altered meanwhile is written anew."""

TOLD: Final = (
    "site",
    "site_name",
    "origin",
    "hosts",
    "receiving_org",
    "receiving_org_name",
    "receiving_service",
    "api_url",
)
"""The settings that a new machine must have from the old one. None is secret."""

TROUBLE: Final = (NotProved, Unsound, OSError, PostgresError, TimeoutError, VaultTrouble)


def targets_of(settings: Settings) -> list[Path]:
    """Return the folders that the settings name."""
    return [Path(each.strip()) for each in settings.backup_targets.split(",") if each.strip()]


def about(settings: Settings) -> dict[str, str]:
    """Return what a new machine is to know of this site."""
    return {name: str(getattr(settings, name)) for name in TOLD}


class Backing:
    """One target of this site, and what it was last seen to hold."""

    def __init__(self, settings: Settings, vault: Vault, folder: Path) -> None:
        self._settings, self._vault, self.folder = settings, vault, folder
        self._target = Target(folder, settings.site)
        self._content: Content | None = None
        self._looked_at = datetime.min.replace(tzinfo=now().tzinfo)

    def bring_up_to_date(self, *, anew: bool = False) -> int:
        """Write what is missing and return how many rows; remember what went wrong, and raise it.

        A target that has lost all that was written is left alone: the mount may be missing. With
        *anew* it is filled again.
        """
        data = self._settings.data
        with alone(data / LOCK):
            before = known_of(data, self.folder)
            taker = None
            try:
                content = self._looked_through(before.newest)
                if before.newest and not content.newest and not anew:
                    raise Unreachable(
                        f"{self.folder} is empty, and held {before.newest} segments: is it mounted?"
                    )
                taker = self._taker(content, before.newest)
                rows = asyncio.run(self._take(taker))
            except TROUBLE as error:
                self._keep(before, taker, str(error) or "it does not answer")
                raise
            self._content = taker.content
            remember(data, self.folder, self._now_known(taker.content))
            return rows

    def _keep(self, before: Known, taker: Taker | None, trouble: str) -> None:
        """Remember what was written before it went wrong: that needs no reading again."""
        self._content = None if taker is None else taker.content
        newest = 0 if self._content is None else self._content.newest
        told = replace(before, trouble=trouble, newest=max(before.newest, newest))
        remember(self._settings.data, self.folder, told)

    def _now_known(self, content: Content) -> Known:
        trouble = []
        if content.damaged:
            trouble.append(
                f"{len(content.damaged)} files are damaged: {content.damaged[0].name}"
            )
        if content.gone:
            trouble.append(f"{content.gone} segments that were written are gone")
        return replace(
            known_of(self._settings.data, self.folder),
            newest=content.newest,
            taken_at=now(),
            trouble="; ".join(trouble),
        )

    def _looked_through(self, newest: int) -> Content:
        """Return what the target holds: read anew, unless that was done lately."""
        lately = now() - self._looked_at < LOOKED_THROUGH
        held = self._content
        if held is not None and lately and held.newest == newest and self._is_there(held):
            return held
        self._looked_at = now()
        return self._target.content()

    def _is_there(self, content: Content) -> bool:
        return bool(content.held) and content.held[-1].path.exists()

    def _taker(self, content: Content, after: int) -> Taker:
        return Taker(
            self._target,
            content,
            site=self._settings.site,
            epoch=self._settings.epoch,
            key=SiteKey.of(self._vault.secret(SITE)),
            clock=now,
            after=after,
        )

    async def _take(self, taker: Taker) -> int:
        connection = await connect(self._settings.owner_url, command_timeout=60)
        try:
            return await taker.take(connection, about(self._settings))
        finally:
            await connection.close()


@contextmanager
def backed_up(settings: Settings, vault: Vault, say: Callable[[str], None]) -> Iterator[None]:
    """Bring every target up to date each minute, inside the block. Nothing waits for it."""
    folders = targets_of(settings)
    if not folders:
        yield
        return
    over = threading.Event()
    threads = [
        threading.Thread(
            target=_keep_on, args=(Backing(settings, vault, folder), over, say), daemon=True
        )
        for folder in folders
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=5)


def _keep_on(backing: Backing, over: threading.Event, say: Callable[[str], None]) -> None:
    """Say what goes wrong once, not every minute."""
    said, pause = "", 1.0
    while not over.wait(pause):
        pause = EVERY_SECONDS
        try:
            backing.bring_up_to_date()
        except TROUBLE as error:
            if said != str(error):
                said = str(error)
                say(f"The backup to {backing.folder} does not work: {error}")
        else:
            if said:
                say(f"The backup to {backing.folder} works again")
            said = ""
