"""What must happen because time has passed: an old pack is said to be old, a blank one is written.

The blank pack lies on a disk before it is needed. Nobody is named in it: what the site writes by
itself it writes without reading anybody's record.
"""

import asyncio
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from standfast.continuity import gathering
from standfast.continuity.codes import pack_number
from standfast.continuity.commands import Fate, NoteOld, PrintPack, Refusal
from standfast.continuity.model_pack import OLD_AFTER, PACK
from standfast.continuity.printing import forms_pdf
from standfast.continuity.tables import old_packs, standing_packs
from standfast.facts.continuity import IssuedForm, PackPrinted
from standfast.facts.on_paper import PaperContent
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from standfast.settings import Settings
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

NAME: Final = "paper-pack.pdf"
"""What lies in the folder: always the newest, under one name that a plan can say."""

FORMS: Final = 20

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

_log = structlog.get_logger()


async def notice_old(here: Platform, now: datetime) -> None:
    """Note of each organisation's newest pack that it is too old, once."""
    for each in await old_packs(here.all_orgs, now - OLD_AFTER):
        await here.execute(PACK, each.pack_id, NoteOld(), actor=_itself(each.org))


async def write_blank(here: Platform, now: datetime) -> None:
    """Write the blank pack into the site's folder, unless a fresh one lies there."""
    if not here.settings.packs:
        return
    written = written_at(here.settings)
    if written is not None and now - written < OLD_AFTER:
        return
    why = unfit(Path(here.settings.packs))
    if why:
        _log.error("continuity.blank_pack_not_written", why=why)
        return
    content = await gathering.content_of(here, here.settings.receiving_org)
    printed = await _blank_pack(here, content, now)
    body = await forms_pdf(printed, await gathering.public_cover(here), content)
    unready = Path(here.settings.packs) / f".{here.random(8).hex()}"
    await asyncio.to_thread(_put, unready, body, now)


def written_at(settings: Settings) -> datetime | None:
    """Return when the blank pack in the folder was written; None: there is none."""
    try:
        return datetime.fromtimestamp((Path(settings.packs) / NAME).stat().st_mtime, UTC)
    except OSError:
        return None


def unfit(folder: Path) -> str:
    """Return why nothing is written into *folder*; empty: it is fit."""
    try:
        found = folder.stat()
    except OSError:
        return "there is no such folder, or it cannot be reached"
    if not stat.S_ISDIR(found.st_mode):
        return "it is no folder"
    if found.st_uid != os.geteuid():
        return "it belongs to somebody else"
    return "others may write there" if found.st_mode & _OTHERS_WRITE else ""


async def _blank_pack(
    here: Platform, content: PaperContent | None, now: datetime
) -> PackPrinted:
    """Return the site's own pack: the last one while no form of it was touched, else another."""
    org, version = here.settings.receiving_org, content.version if content else ""
    for pack_id in await standing_packs(here.all_orgs, org, version):
        pack = await here.state(PACK, pack_id)
        if pack.printed and all(form.fate is Fate.OUT for form in pack.forms):
            return pack.printed
    pack_id = child_id(f"standing pack/{org}", now.isoformat(timespec="minutes"))
    command = PrintPack(
        pack_id=pack_id,
        org=org,
        number=pack_number(pack_id),
        forms=tuple(IssuedForm(number=number) for number in range(1, FORMS + 1)),
        content=version,
        by="standfast",
        by_name="Standfast",
        standing=True,
    )
    try:
        await here.execute(PACK, pack_id, command, actor=_itself(org))
    except Refused as refused:
        if refused.reason is not Refusal.ALREADY_PRINTED:  # another worker was first
            raise
    made = (await here.state(PACK, pack_id)).printed
    assert made is not None  # noqa: S101 - it was printed a moment ago, by this worker or another
    return made


def _put(unready: Path, body: bytes, now: datetime) -> None:
    """Put *body* there whole or not at all: a reader sees the old pack or the new one."""
    with unready.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.utime(unready, (now.timestamp(), now.timestamp()))
    unready.chmod(0o644)
    unready.replace(unready.with_name(NAME))


def _itself(org: str) -> Actor:
    """Return the site as the one who did something."""
    return Actor(
        staff_id="standfast",
        name="Standfast",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


TIMERS = (
    Timer("continuity.age", 30.0, notice_old),
    Timer("continuity.blank", 60.0, write_blank),
)
