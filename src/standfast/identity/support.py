"""Ending supplier support when its time is up."""

from datetime import datetime
from typing import Final

from standfast.identity.ending import machine
from standfast.identity.model_support import SUPPORT, ExpireSupport
from standfast.identity.tables_support import overdue
from standfast.web.platform import Platform
from standfast.web.timers import Timer


async def end_overdue(here: Platform, now: datetime) -> None:
    """Write down the end of every grant whose time is up. Their sessions are over already."""
    for each in await overdue(here.all_orgs, now):
        command = ExpireSupport()
        await here.execute(SUPPORT, each.grant_id, command, actor=machine(each.org))


TIMERS: Final[tuple[Timer, ...]] = (Timer("support's end", 10, end_overdue),)
