"""Writing down the end of what is over already."""

from datetime import datetime
from typing import Final

from standfast.identity.model import SESSION, SignOut
from standfast.identity.tables_sessions import left_open
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer


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


TIMERS: Final[tuple[Timer, ...]] = (Timer("sessions of people who left", 5, end_left_open),)
