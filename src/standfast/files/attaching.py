"""From what a browser sent to a fact: looked into, drawn anew, scanned, and only then kept."""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from msgspec import Struct

from standfast.facts.files import Bytes, FileAttached
from standfast.files.model import FILES, AttachFile, Refusal, RefuseInfected
from standfast.files.tables import DAY, sent_since
from standfast.files.words import ANOTHERS, NO_ROOM, NOT_A_FORM, NOT_REACHED, NOT_WHOLE
from standfast.journal.contents import Content
from standfast.journal.writer import NoRoom, Unavailable
from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.outbound.clamd import NotScanned, scan
from standfast.web.platform import Actor, Platform
from standfast.web.sending import NotAForm, Sent
from standfast.web.unfit import SENTENCES, NotTaken
from standfast.web.uploads import Taken, kept_name, take

KEPT_FREE: Final = 1024**3
"""Bytes of the site's disk that no file may take: calls go on when files no longer can."""

AT_ONCE: Final = 2
"""Files that one worker looks into at a time: each may be 24 million dots."""

_MEGABYTE: Final = 1_000_000
_log = structlog.get_logger()


class CutShort(Exception):
    """Less arrived than was sent."""


class Anothers(Exception):
    """Somebody else chose the file, who sat here before."""


class DiskFull(Exception):
    """There is no room for files on this site's disk; for calls there is."""


NOT_ATTACHED: Final = (NotTaken, NotAForm, CutShort, Anothers, DiskFull, Refused, Unavailable)
"""Every way in which a file is not attached; :func:`why` has words for each."""


class Kept(Struct, frozen=True, kw_only=True):
    """A file that is on the case. ``file_id`` is empty where it was there already."""

    file_id: str
    name: str
    scan: str


@dataclass(frozen=True)
class _Work:
    """One file on its way to one case."""

    here: Platform
    who: Actor
    case_id: str
    name: str


async def attach(here: Platform, who: Actor, case_id: str, sent: Sent) -> Kept:
    """Put what was sent on the case. Raises one of :data:`NOT_ATTACHED`."""
    if sent.said is not None and sent.said != len(sent.body):
        raise CutShort
    if sent.staff_id not in ("", who.staff_id):
        raise Anothers
    _must_have_room(here)
    turn: asyncio.Semaphore = here.memory.setdefault(
        "files.looking", asyncio.Semaphore(AT_ONCE)
    )
    async with turn:
        taken, contents = await asyncio.to_thread(_looked_into, sent.body)
    work = _Work(here, who, case_id, kept_name(sent.name, taken.kind))
    scanned, signature = await _scanned(here, sent.body)
    if signature:
        await _refuse(work, sent.body, signature)
    return await _keep(work, taken, contents, scanned)


def why(here: Platform, error: Exception) -> tuple[str, HTTPStatus]:
    """Return what to tell somebody whose file was not attached."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    match error:
        case NotTaken():
            sentence = SENTENCES[error.why]
        case NotAForm():
            sentence = NOT_A_FORM
        case CutShort():
            sentence = NOT_WHOLE
        case Anothers():
            sentence = ANOTHERS
        case Refused():
            sentence = here.sentence(error.reason, error.details)
        case DiskFull() | NoRoom():
            sentence, status = NO_ROOM, HTTPStatus.INSUFFICIENT_STORAGE
        case _:
            sentence, status = NOT_REACHED, HTTPStatus.SERVICE_UNAVAILABLE
    return sentence, status


def _must_have_room(here: Platform) -> None:
    try:
        free = shutil.disk_usage(here.settings.data).free
    except OSError:
        return  # no folder of ours to ask: the database says so itself
    if free < KEPT_FREE:
        raise DiskFull


async def _scanned(here: Platform, body: bytes) -> tuple[str, str]:
    """Return what becomes of the file, and what the scanner found in it, if anything."""
    if not here.settings.clamd:
        return "not_scanned", ""
    try:
        return "clean", await scan(here.settings.clamd, body)
    except NotScanned as error:
        _log.warning("files.not_scanned", why=str(error))
        return "waiting", ""


async def _refuse(work: _Work, body: bytes, signature: str) -> None:
    """Name it on the case as refused. Raises Refused."""
    here, who = work.here, work.who
    command = RefuseInfected(
        file_id=uuid7(here.clock(), here.random(10)),
        case_id=work.case_id,
        org=who.org,
        file_name=work.name,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        signature=signature,
        by=who.staff_id,
        by_name=who.name,
    )
    await here.execute(FILES, work.case_id, command, actor=who)
    raise Refused(Refusal.INFECTED)


def _looked_into(body: bytes) -> tuple[Taken, list[Content]]:
    """Return what may be kept of *body*, with its digests. Raises NotTaken. Slow."""
    taken = take(body)
    contents = [Content.of(taken.kind.value, taken.body)]
    if taken.thumb:
        contents.append(Content.of("image/jpeg", taken.thumb))
    return taken, contents


async def _keep(work: _Work, taken: Taken, contents: list[Content], scanned: str) -> Kept:
    here, who = work.here, work.who
    now = here.clock()
    command = AttachFile(
        file_id=uuid7(now, here.random(10)),
        case_id=work.case_id,
        org=who.org,
        file_name=work.name,
        media_type=taken.kind.value,
        contents=tuple(Bytes(sha256=each.sha256, size=len(each.body)) for each in contents),
        scan=scanned,
        by=who.staff_id,
        by_name=who.name,
        sent_today=await sent_since(here.db, who.org, now - DAY),
        most_today=here.settings.files_per_day * _MEGABYTE,
    )
    done = await here.execute(FILES, work.case_id, command, actor=who, contents=contents)
    is_new = any(isinstance(each, FileAttached) for each in done)
    return Kept(file_id=command.file_id if is_new else "", name=work.name, scan=scanned)
