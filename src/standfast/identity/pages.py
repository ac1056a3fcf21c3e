"""Identity on screen: the start page, and every page that its other files bring."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.identity import (
    ending,
    pages_enrol,
    pages_keys,
    pages_lock,
    pages_oidc,
    pages_sign_in,
    pages_signed_in,
    pages_staff,
    pages_support,
    pages_way_in,
    rosters,
    sessions,
    support,
)
from standfast.web.device import Entry
from standfast.web.pages import ANYONE, Page, html, platform, see_other, visitor
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace


async def start(request: Request) -> Response:
    """Send the visitor to the first workspace that is theirs, or to sign in."""
    who = visitor(request)
    if who is None:
        return see_other("/sign-in")
    for workspace in platform(request).wiring.workspaces:
        if who.may(workspace.needs):
            return see_other(workspace.href)
    person = await sessions.current(request)
    if person is not None and person.is_unconfirmed:
        return see_other("/identity/founding")
    return await html(request, "identity/no_workspace.html")


PAGES: Final[tuple[Page, ...]] = (
    Page("/", start, needs=ANYONE),
    *pages_sign_in.PAGES,
    *pages_lock.PAGES,
    *pages_keys.PAGES,
    *pages_signed_in.PAGES,
    *pages_staff.PAGES,
    *pages_enrol.PAGES,
    *pages_oidc.PAGES,
    *pages_support.PAGES,
    *pages_way_in.PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/identity/staff", label="Staff", icon="key", needs="identity.read", order=90
    ),
    *pages_support.WORKSPACES,
)
TIMERS: Final[tuple[Timer, ...]] = (
    *ending.TIMERS,
    *pages_oidc.TIMERS,
    *support.TIMERS,
    *rosters.TIMERS,
)
