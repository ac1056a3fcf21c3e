"""Relationships of work that began before they were written down: they follow from its facts.

The reactions that make one are carried out once more over what was written, in its order, so
that an upgraded site opens an old case to exactly those who would have it had it begun today.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from standfast.access.model import RELATIONSHIP
from standfast.access.reactions import REACTIONS
from standfast.journal.codec import UnknownFact
from standfast.journal.timeline import Fact, facts
from standfast.journal.writer import Conflict
from standfast.kernel.messages import Refused
from standfast.kernel.reactions import Reaction
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

WORK: Final = ("calls.case", "dispatch.incident", "booking.booking", "prescribing.need")
"""Kinds of streams of which each is work that gives a right to somebody's record."""

NOBODY: Final = Actor(
    staff_id="standfast",
    name="Standfast",
    role="system",
    role_label="By itself",
    org="",
    org_name="",
    permissions=frozenset(),
)


class _Silent(Struct, frozen=True):
    """Work that no relationship is known of, by the key of its streams."""

    key: str


async def write_all(here: Platform, _: datetime) -> None:
    """Write what is missing at this site, for the newest work first."""
    silent = await here.all_orgs.fetch(
        _Silent,
        "SELECT key FROM access_silent($1)",
        list(WORK),
    )
    for each in silent:
        with suppress(Conflict):  # another worker does the same
            await _write(here, await _facts(here, each.key))


async def write_for(here: Platform, key: str) -> bool:
    """Write what is missing of one contact of the reader's; return whether it is work at all."""
    if "\0" in key:  # PostgreSQL has none
        return False
    if not await here.db.fetch_value("SELECT access_is_ours($1, $2)", key, list(WORK)):
        return False
    return await _write(here, await _facts(here, key))


async def _write(here: Platform, facts: Sequence[Fact]) -> bool:
    is_work = False
    for fact in facts:
        event = here.journal.decoded(fact.kind, fact.type, fact.body)
        if isinstance(event, UnknownFact):
            continue
        for reaction in REACTIONS:
            if type(event) is reaction.on:
                await _react(here, reaction, event, fact.occurred_at)
                is_work = True  # another worker may have been first
    return is_work


async def _react(here: Platform, reaction: Reaction, event: object, at: datetime) -> None:
    command: Any = reaction.command(event)
    if command is None:
        return
    key = reaction.key(event)
    try:
        await here.execute(RELATIONSHIP, key, command, actor=NOBODY, occurred_at=at)
    except Refused as refused:
        if refused.reason not in reaction.ignore:
            raise


async def _facts(here: Platform, key: str) -> list[Fact]:
    return await facts(here.all_orgs, "access_work_facts($1, $2)", key, list(WORK))


TIMERS: Final = (Timer("access.implied", 600, write_all),)
