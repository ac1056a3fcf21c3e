"""Identity on screen: the way in, the way out, and who may do what."""

from http import HTTPStatus
from itertools import groupby
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.identity import ending, pages_oidc, sessions
from standfast.identity.permissions import ROLES, known_roles, label_of
from standfast.identity.tables import Persona, colleagues, persona, personas
from standfast.kernel.access import Assurance
from standfast.web.device import Entry
from standfast.web.forms import sent_form
from standfast.web.pages import ANYONE, Page, actor, html, platform, see_other, visitor
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
    return await html(request, "identity/no_workspace.html")


async def sign_in_page(request: Request) -> Response:
    """Show who there is to be; in live use, how to get in."""
    return await _sign_in_page(request)


async def sign_in(request: Request) -> Response:
    """Begin a session as the person chosen. In demonstration mode only."""
    here = platform(request)
    if not here.settings.demonstration:
        return await _sign_in_page(request, status=HTTPStatus.FORBIDDEN)
    sent = await sent_form(request)
    chosen = await persona(here.db, sent.get("staff_id", ""))
    if chosen is None:
        return await _sign_in_page(
            request, wrong="Choose who you are", status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    response = see_other("/")
    await sessions.begin(request, chosen, response, assurance=Assurance.CHOSEN, way="persona")
    return response


async def sign_out(request: Request) -> Response:
    """End the session and show the way in, for whoever comes next."""
    who = visitor(request)
    await sessions.end(request)
    by_service = who is not None and who.way == "oidc"
    response = see_other("/sign-in/service/leave" if by_service else "/sign-in")
    sessions.forget(platform(request), response)
    return response


async def staff(request: Request) -> Response:
    """Show the staff of this organisation, and the table of roles and permissions."""
    found = await colleagues(platform(request).db, actor(request).org)
    permissions = sorted(set().union(*(role.permissions for role in ROLES.values())))
    table = [
        (name, [name in details.permissions for details in ROLES.values()])
        for name in permissions
    ]
    return await html(
        request,
        "identity/staff.html",
        {
            "staff": [(each, label_of(known_roles(each.roles))) for each in found],
            "roles": [details.label for details in ROLES.values()],
            "table": table,
        },
    )


async def _sign_in_page(
    request: Request, *, wrong: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    here = platform(request)
    if not here.settings.demonstration:
        given = {"service": pages_oidc.notice(here)}
        return await html(request, "identity/not_set_up.html", given, status=status)
    everybody = await personas(here.db)
    groups = [
        (name, [_card(each) for each in group])
        for name, group in groupby(everybody, key=lambda each: each.org_name)
    ]
    return await html(
        request,
        "identity/sign_in.html",
        {"groups": groups, "wrong": wrong, "service": pages_oidc.notice(here)},
        status=status,
    )


def _card(who: Persona) -> dict[str, str]:
    words = who.name.split() or ["?"]
    return {
        "staff_id": who.staff_id,
        "name": who.name,
        "title": who.title,
        "initials": words[0][0] + (words[-1][0] if len(words) > 1 else ""),
    }


PAGES: Final[tuple[Page, ...]] = (
    Page("/", start, needs=ANYONE),
    Page("/sign-in", sign_in_page, needs=ANYONE),
    Page("/sign-in", sign_in, needs=ANYONE, method="POST"),
    Page("/sign-out", sign_out, needs=ANYONE, method="POST"),
    Page("/identity/staff", staff, needs="identity.read"),
    *pages_oidc.PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/identity/staff", label="Staff", icon="key", needs="identity.read", order=90
    ),
)
TIMERS: Final[tuple[Timer, ...]] = (*ending.TIMERS, *pages_oidc.TIMERS)
