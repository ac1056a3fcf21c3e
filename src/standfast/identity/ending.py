"""Ending what is over: at once in every worker, and in the record."""

from datetime import datetime
from typing import Final

from standfast.identity.model import SESSION, SignOut
from standfast.identity.sessions import MEMORY
from standfast.identity.tables import left_open
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

MOVES: Final = frozenset({"identity.session", "identity.staff", "identity.passkeys"})
"""What may end a session."""


async def believe_nothing_old(here: Platform, _: datetime) -> None:
    """Have this worker ask anew whose session it is, whenever one ended anywhere. Never ends.

    The feed reaches the other workers within a twentieth of a second. Were it lost, they would
    find out when their memory runs out.
    """
    async for _moved in here.feed.follow(lambda topic: topic[1] in MOVES):
        here.memory.get(MEMORY, {}).clear()


async def end_left_open(here: Platform, _: datetime) -> None:
    """Write down the end of every session whose owner was disabled. It opens nothing already."""
    for each in await left_open(here.all_orgs):
        await here.execute(SESSION, each.session_id, SignOut(), actor=machine(each.org))


def machine(org: str) -> Actor:
    """Return the platform itself as an actor, for *org*."""
    return Actor(
        staff_id="standfast",
        name="Standfast",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


TIMERS: Final[tuple[Timer, ...]] = (
    Timer("sessions that ended elsewhere", 1, believe_nothing_old),
    Timer("sessions of people who left", 5, end_left_open),
)
