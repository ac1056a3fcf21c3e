"""Sealing how to get into a home as it comes in, and opening it for one person who must go in.

Sealing happens here, before there is any command: rules, facts and rows see what nobody can
read. Opening is a request of its own, which the record's gate has let through and written down.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.journal.timeline import contact_facts
from standfast.kernel.home_entry import HomeEntry, Kept, about
from standfast.vault.boxes import Box, WrongKey
from standfast.vault.names import HOME_ENTRY
from standfast.vault.ring import Ring
from standfast.vault.trouble import VaultTrouble
from standfast.web.pages import html, platform, wants_json
from standfast.web.platform import Platform

WAY_IN: Final = "way_in"
"""The field that holds what the caller said of the way in."""

ORIGINAL: Final = "original"
"""The field that holds a message whole, because it says how to get in."""

NOTHING: Final = "Nothing was said of how to get in. Ask the caller."
NOT_KEPT: Final = (
    "The caller said how to get in, and it could not be kept: the site's key was not open. "
    "Ring them and ask again."
)
NOT_OPENED: Final = (
    "It does not open: the key that sealed it is not here, or it was not sealed for this case. "
    "Ask the caller again, and tell your IT officer."
)
OTHER_SITES: Final = (
    "It was sealed at the site '{site}', and only the key of that site opens it. Ask the caller "
    "again, or have somebody there read it out to you."
)
ELSEWHERE: Final = (
    "The address was changed after this was said. Check with the caller that it is this door."
)

_log = structlog.get_logger()


class Opened(Struct, frozen=True, kw_only=True):
    """What somebody is told: the words, or why there are none; and what to check."""

    words: str = ""
    trouble: str = ""
    check: str = ""


async def sealed(
    here: Platform, text: str, *, org: str, case_id: str, field: str = WAY_IN
) -> HomeEntry:
    """Return *text* sealed for one case; without the key, only that it was said."""
    try:
        ring = await _ring(here)
    except (VaultTrouble, WrongKey, OSError) as error:
        _log.error("home_entry.not_sealed", error=type(error).__name__)
        return HomeEntry(kept=Kept.NOT_KEPT)
    site = here.settings.site
    bound = about(org=org, case_id=case_id, field=field, site=site)
    key_id, box = ring.seal(text.encode(), bound)
    return HomeEntry(key_id=key_id, nonce=box.nonce, sealed=box.body, site=site)


async def opened(
    here: Platform, entry: HomeEntry | None, *, org: str, case_id: str, field: str = WAY_IN
) -> Opened:
    """Return what *entry* says, for somebody who was let in to it.

    *org* and *case_id* are those of the case it stands in, never what came with it.
    """
    if entry is None:
        return Opened(trouble=NOTHING)
    check = ELSEWHERE if entry.was_elsewhere else ""
    if entry.kept is Kept.OLD:
        words = await _said_before(here, case_id)
        return Opened(words=words, trouble="" if words else NOTHING, check=check)
    if entry.kept is not Kept.SEALED:
        return Opened(trouble=NOT_KEPT)
    bound = about(org=org, case_id=case_id, field=field, site=entry.site)
    try:
        ring = await _ring(here)
        words = ring.unseal(entry.key_id, Box(entry.nonce, entry.sealed), bound).decode()
    except (VaultTrouble, WrongKey, OSError) as error:
        _log.error("home_entry.not_opened", case=case_id, error=type(error).__name__)
        elsewhere = entry.site not in ("", here.settings.site)
        trouble = OTHER_SITES.format(site=entry.site) if elsewhere else NOT_OPENED
        return Opened(trouble=trouble, check=check)
    return Opened(words=words, check=check)


async def tell(request: Request, entry: HomeEntry | None, *, org: str, back: str) -> Response:
    """Answer with how to get in, once it is on disk that somebody was told; or why not."""
    case_id: str = request.path_params["case_id"]
    refused = await platform(request).records.enter(request, case_id, back=back)
    if refused is not None:
        return refused
    told = await opened(platform(request), entry, org=org, case_id=case_id)
    if wants_json(request):
        return JSONResponse(msgspec.to_builtins(told))
    return await html(request, "way_in.html", {"told": told, "back": back})


async def _ring(here: Platform) -> Ring:
    """Return the keys as they are now: one that was added a moment ago seals already."""
    return Ring(await asyncio.to_thread(here.keys.anew, HOME_ENTRY))


class _SaidOld(Struct, frozen=True):
    access_notes: str = ""


class _Old(Struct, frozen=True):
    place: _SaidOld = _SaidOld()


async def _said_before(here: Platform, case_id: str) -> str:
    """Return what stands in the clear in the facts of a case from before sealing."""
    facts = await contact_facts(here.db, [case_id])
    return _latest(
        msgspec.json.decode(fact.body, type=_Old) for fact in facts if _has(fact.body)
    )


def _has(body: bytes) -> bool:
    return b'"access_notes":"' in body


def _latest(facts: Iterable[_Old]) -> str:
    said = [fact.place.access_notes for fact in facts if fact.place.access_notes]
    return said[-1] if said else ""
