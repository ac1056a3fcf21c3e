"""Keys that a client publishes at an address of its own: kept for an hour, asked for sparingly.

The address is on the site's own list of places that may be asked, or nothing is asked. While it
does not answer, the keys that were given here stand.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import structlog
from msgspec import Struct, structs

from standfast.clients.keys import BadKeys, published_keys
from standfast.clients.model import State
from standfast.clients.tables import ClientRow
from standfast.facts.clients import ClientKey
from standfast.outbound.allowed import NotAllowed
from standfast.outbound.client import Unanswered
from standfast.web.platform import Platform

LIFE: Final = timedelta(hours=1)
"""A key that the client has withdrawn opens nothing any more after so long."""

AGAIN: Final = timedelta(minutes=1)
"""However many assertions name a key that nobody knows, the client is asked so often."""

LARGEST: Final = 64_000
PATIENCE: Final = 3.0
"""Seconds: the client waits for its token meanwhile."""

MEMORY: Final = "clients.published"
_log = structlog.get_logger()


class Published(Struct, frozen=True, kw_only=True):
    """What this worker knows of one client's address."""

    keys: tuple[ClientKey, ...] = ()
    read_at: datetime | None = None
    asked_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Return whether what was read is young enough."""
        return self.read_at is not None and now - self.read_at < LIFE


async def good_keys(here: Platform, client: ClientRow, kid: str) -> tuple[ClientKey, ...]:
    """Return the keys that *client* may sign with now; an unknown *kid* is asked for.

    What was given and retired here is not taken back from there.
    """
    now = here.clock()
    given = tuple(view.key for view in client.keys if view.good_at(now))
    kids = {view.key.kid for view in client.keys}
    if not client.jwks_uri or kid in kids or client.state is not State.ACTIVE:
        return given
    thumbprints = {view.key.thumbprint for view in client.keys}
    return given + tuple(
        key
        for key in await _published(here, client, kid, now)
        if key.kid not in kids and key.thumbprint not in thumbprints
    )


async def _published(
    here: Platform, client: ClientRow, kid: str, now: datetime
) -> tuple[ClientKey, ...]:
    memory: dict[str, Published] = here.memory.setdefault(MEMORY, {})
    known = memory.get(client.client_id, Published())
    is_known = known.stands(now) and any(key.kid == kid for key in known.keys)
    if not is_known and (known.asked_at is None or now - known.asked_at >= AGAIN):
        known = memory[client.client_id] = structs.replace(known, asked_at=now)
        found = await _fetched(here, client)
        if found is not None:
            known = memory[client.client_id] = Published(keys=found, read_at=now, asked_at=now)
    return known.keys if known.stands(now) else ()


async def _fetched(here: Platform, client: ClientRow) -> tuple[ClientKey, ...] | None:
    """Return what stands there now; None if nothing came that could be read."""
    why = "status"
    try:
        answer = await here.outbound.fetch(client.jwks_uri, limit=LARGEST, patience=PATIENCE)
        if answer.status == HTTPStatus.OK:
            return published_keys(answer.body, client.algorithm)
    except (Unanswered, NotAllowed, BadKeys) as error:
        why = type(error).__name__
    _log.warning("clients.keys_not_read", client=client.client_id, why=why)
    return None
