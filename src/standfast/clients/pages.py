"""Clients on screen, and the doors that are theirs: the token endpoint and its description."""

from datetime import datetime
from typing import Final

from standfast.clients.gate import SiteGate
from standfast.clients.model_calls import USE, use_id
from standfast.clients.openapi import TOKEN, openapi, published
from standfast.clients.pages_clients import PAGES as SCREENS
from standfast.clients.pages_clients import READ
from standfast.clients.pages_token import metadata, token
from standfast.journal.database import CONNECTION_LOST
from standfast.journal.writer import Conflict, Unavailable
from standfast.web.device import Entry
from standfast.web.openapi import described
from standfast.web.pages import ANYONE, Page
from standfast.web.platform import Platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

COUNTED_EVERY: Final = 60.0
"""Seconds. A node that is killed forgets the counts of so long, and nothing else."""


async def write_counts(here: Platform, now: datetime) -> None:
    """Write down what this process took and refused since it last did."""
    gate = here.gate
    assert isinstance(gate, SiteGate)  # noqa: S101 - app.py puts it there
    for command in gate.counts.take(now):
        key = use_id(command.org, command.client_id, command.day)
        try:
            await here.journal.execute(USE, key, command, actor="standfast", now=now)
        except (Conflict, Unavailable, *CONNECTION_LOST):
            gate.counts.put_back(command)


PAGES: Final[tuple[Page, ...]] = (
    described(Page("/oauth/token", token, needs=ANYONE, method="POST"), TOKEN),
    described(
        Page("/.well-known/oauth-authorization-server", metadata, needs=ANYONE),
        published("metadata", "Where and how a token is to be had (RFC 8414)"),
    ),
    described(
        Page("/.well-known/smart-configuration", metadata, needs=ANYONE),
        published("smart", "The same, where SMART looks for it"),
    ),
    described(
        Page("/openapi.json", openapi, needs=ANYONE), published("openapi", "This description")
    ),
    *SCREENS,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(href="/clients/", label="API clients", icon="key", needs=READ, order=85),
)
TIMERS: Final[tuple[Timer, ...]] = (Timer("clients.counts", COUNTED_EVERY, write_counts),)
