"""What a supporter's session does beside what they see: every look is written first."""

from datetime import datetime
from typing import Final

from starlette.requests import Request

from standfast.identity.ending import machine
from standfast.identity.model_support import LOOKS, SUPPORT, ExpireSupport, NoteLook
from standfast.identity.tables_support import grant_of, overdue
from standfast.kernel.messages import Refused
from standfast.web.platform import Actor, Platform

UNSEEN: Final = ("/static/", "/live", "/healthz", "/sw.js", "/sign-", "/palette")
"""What shows nothing: files, the stream of what moved, and the way in and out."""


async def note_look(request: Request, who: Actor) -> None:
    """Write down the page that supplier support is about to be shown, before it is made.

    Raises ``Refused`` when that cannot be written: then nothing is shown.
    """
    path = request.scope["path"]
    if not who.read_only or path.startswith(UNSEEN):
        return
    here = request.app.state.platform
    found = await grant_of(here.db, who.org, who.staff_id)
    if found is None:
        return
    look = NoteLook(
        grant_id=found.grant_id, org=who.org, supporter_id=who.staff_id, path=path[:200]
    )
    await here.execute(LOOKS, found.grant_id, look, actor=who)


async def end_overdue(here: Platform, now: datetime) -> None:
    """End every grant whose time is up. Their sessions are over already, by the clock."""
    for each in await overdue(here.all_orgs, now):
        try:
            await here.execute(SUPPORT, each.grant_id, ExpireSupport(), actor=machine(each.org))
        except Refused:
            continue  # another worker was first
