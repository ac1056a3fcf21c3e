"""What a device wrote in its own journal while it worked, taken in entry by entry.

The call screen writes each entry on the device before it goes anywhere. Entries arrive in
order, perhaps late, perhaps twice; each gets a receipt, and an entry that came before is
answered as stored again. The first entry that cannot be tried yet stops those behind it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import structlog
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.journal.timeline import id_is_free
from standfast.journal.writer import Conflict, Unavailable
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText, Uuid
from standfast.web.forms import place_of
from standfast.web.hostile import Hostile, read_body, read_json
from standfast.web.pages import SIGNED_IN, Page, actor, platform

MOST_ENTRIES: Final = 200
"""Entries in one request; a device with more sends them in turns."""

OLDEST: Final = timedelta(days=30)
"""A device that kept its entries longer than this had its clock wrong: our own time is taken."""

TAKEN: Final = (
    "This was not saved: the number that this device gave the case already belongs to another "
    "record. Take a new call and write it down there."
)

_log = structlog.get_logger()


Complete: TypeAlias = Callable[[Request, dict[str, Any]], Awaitable[dict[str, Any]]]


class Entry(Struct, frozen=True, kw_only=True):
    """A kind of device entry, and the command that it becomes on the stream of its case.

    The command may have the fields ``entry_id``, ``case_id``, ``at``, ``org``, ``staff_id``,
    ``staff_name`` and ``accept_seconds`` (as this site has set it); they are filled in here
    and never taken from the device's body.
    """

    kind: str
    needs: str
    decider: Decider[Any, Any, Any]
    command: type[Command]
    opens: bool = False
    """It begins a case: there is nothing yet that could be closed to whoever writes it."""
    begins: str = ""
    """The kind of stream whose key the case id must be free for; empty: the case is there."""
    complete: Complete | None = None
    """Adds to the body what this site knows and the device does not."""
    remark: Callable[[Command], str] = lambda _: ""
    """What the device must be told of an entry that was stored, if anything."""


class DeviceEntry(Struct, frozen=True, kw_only=True):
    """One entry as the device sends it. ``at`` is when it happened, by the device's clock."""

    id: Uuid
    case_id: Uuid
    kind: ShortText
    at: Annotated[datetime, Meta(tz=True)]
    body: dict[str, Any]
    staff_id: str = ""
    """Who wrote it, if the device says so: nobody else's session may send it."""


class Outcome(StrEnum):
    """What became of an entry. A device forgets an entry only when it is stored or refused."""

    STORED = "stored"
    REFUSED = "refused"
    RETRY = "retry"


class Receipt(Struct, frozen=True, kw_only=True):
    """The answer to one entry. ``reason`` is a sentence when it was refused, or stored in part."""

    id: str
    outcome: Outcome
    reason: str = ""


def entries_page(entries: tuple[Entry, ...]) -> Page:
    """Return the route that takes in the *entries* that the contexts know."""
    known = {entry.kind: entry for entry in entries}

    async def take_in(request: Request) -> Response:
        try:
            body = await read_body(request, media_types=("application/json",))
            sent = msgspec.convert(read_json(body), list[DeviceEntry])
        except (Hostile, msgspec.ValidationError) as error:
            return JSONResponse({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        if len(sent) > MOST_ENTRIES:
            return JSONResponse({"error": "too many"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        receipts: list[Receipt] = []
        for entry in sent:
            receipts.append(await _take_in_one(request, known, entry))
            if receipts[-1].outcome is Outcome.RETRY:
                break
        return Response(msgspec.json.encode(receipts), media_type="application/json")

    return Page("/device/entries", take_in, needs=SIGNED_IN, method="POST", while_locked=True)


async def _take_in_one(
    request: Request, known: Mapping[str, Entry], sent: DeviceEntry
) -> Receipt:
    """Carry out one entry and say what became of it."""
    entry = known.get(sent.kind)
    who = actor(request)
    if entry is None or not who.may(entry.needs):
        return Receipt(id=sent.id, outcome=Outcome.REFUSED, reason="You may not do this here")
    if sent.staff_id not in ("", who.staff_id):
        return Receipt(id=sent.id, outcome=Outcome.RETRY)
    try:
        if entry.begins and not await _may_begin(request, entry.begins, sent.case_id):
            return Receipt(id=sent.id, outcome=Outcome.REFUSED, reason=TAKEN)
        return await _carry_out(request, entry, sent)
    except (Conflict, Unavailable):
        return Receipt(id=sent.id, outcome=Outcome.RETRY)


async def _may_begin(request: Request, kind: str, key: str) -> bool:
    """Return whether the key is nothing else's: what is theirs already is asked of nobody."""
    here, who = platform(request), actor(request)
    if here.journal.has_begun(f"{kind}/{key}", who.org):
        return True
    return await id_is_free(here.db, kind, key)


async def _carry_out(request: Request, entry: Entry, sent: DeviceEntry) -> Receipt:
    """Do what an entry says that somebody may write here."""
    here, who = platform(request), actor(request)
    at = believable(sent.at, here.clock())
    try:
        wrong = "" if entry.opens else await here.records.entry(request, sent.case_id)
        if not wrong:
            command = await _command(entry, sent, at, request)
            await here.execute(entry.decider, sent.case_id, command, actor=who, occurred_at=at)
            return Receipt(id=sent.id, outcome=Outcome.STORED, reason=entry.remark(command))
    except Refused as refused:
        wrong = here.sentence(refused.reason, refused.details)
    except msgspec.ValidationError as error:
        _log.warning("device.bad_entry", kind=sent.kind, entry=sent.id, place=place_of(error))
        wrong = "This entry is not complete"
    return Receipt(id=sent.id, outcome=Outcome.REFUSED, reason=wrong)


def believable(at: datetime, now: datetime) -> datetime:
    """Return *at* if it can be when something happened that is told at *now*, else *now*."""
    return at if now - OLDEST <= at <= now else now


async def _command(entry: Entry, sent: DeviceEntry, at: datetime, request: Request) -> Command:
    who = actor(request)
    request.state.entry_case_id = sent.case_id
    body = await entry.complete(request, sent.body) if entry.complete else sent.body
    ours = {
        "entry_id": sent.id,
        "case_id": sent.case_id,
        "at": at,
        "org": who.org,
        "staff_id": who.staff_id,
        "staff_name": who.name,
        "accept_seconds": platform(request).settings.accept_seconds,
    }
    fields = entry.command.__struct_fields__
    given = {name: value for name, value in body.items() if name not in ours}
    filled = {name: value for name, value in ours.items() if name in fields}
    return msgspec.convert({**given, **filled}, entry.command)
