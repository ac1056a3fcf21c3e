"""Supplier support is watched: every page is written down before it is shown."""

from typing import Final

from starlette.requests import Request

from standfast.identity.model_support import LOOKS, NoteLook
from standfast.identity.tables_support import grant_of
from standfast.web.pages import platform
from standfast.web.platform import Actor

UNSEEN: Final = (
    "/static/",
    "/live",
    "/healthz",
    "/sw.js",
    "/sign-",
    "/lock",
    "/palette",
    "/calls/shell",
)
"""What shows nothing: files, the empty shell, the stream of what moved, the way in and out."""


async def note_look(request: Request, who: Actor) -> None:
    """Write down the page that supplier support is about to be shown, before it is made.

    Raises what writing raises: what could not be written down is not shown.
    """
    path = request.scope["path"]
    if not who.read_only or path.startswith(UNSEEN):
        return
    here = platform(request)
    found = await grant_of(here.db, who.org, who.staff_id)
    if found is None:
        return
    look = NoteLook(
        grant_id=found.grant_id, org=who.org, supporter_id=who.staff_id, path=path[:200]
    )
    await here.execute(LOOKS, found.grant_id, look, actor=who)
