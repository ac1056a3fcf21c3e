"""The locked screen: nothing to be seen, nothing lost, and what waits said in numbers alone."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.identity import sessions
from standfast.identity.model import Refusal
from standfast.identity.permissions import known_roles, watches
from standfast.kernel.access import Assurance
from standfast.kernel.messages import Refused
from standfast.web.pages import SIGNED_IN, Page, actor, platform
from standfast.web.workspaces import counts


async def lock(request: Request) -> Response:
    """Lock the screen, because somebody asked for it or nobody has been there."""
    await sessions.lock(request)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def present(_: Request) -> Response:
    """Take notice that somebody is there: the request itself is the sign of life."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def unlock_chosen(request: Request) -> Response:
    """Go on as the person chosen. In demonstration mode only, which asks for no proof."""
    person = await sessions.current(request)
    if person is None:
        return Response(status_code=HTTPStatus.CONFLICT)
    if person.way != "persona" or not platform(request).settings.demonstration:
        raise Refused(Refusal.NOT_PROVEN)
    response = JSONResponse({"same": True})
    await sessions.unlock(request, person, response, assurance=Assurance.CHOSEN, way="persona")
    return response


async def waiting(request: Request) -> Response:
    """Say how much waits for whoever watches here: a quiet hour must not hide the next call."""
    here, who = platform(request), actor(request)
    person = await sessions.current(request)
    if person is None or not watches(known_roles(person.roles)):
        return JSONResponse([])
    open_to = tuple(each for each in here.wiring.workspaces if who.may(each.needs))
    found = await counts(here.db, who.org, open_to)
    return JSONResponse(
        [
            {"label": each.label, "count": found[each.href]}
            for each in open_to
            if found.get(each.href)
        ]
    )


PAGES: Final = (
    Page("/identity/present", present, needs=SIGNED_IN, method="POST"),
    Page("/identity/lock", lock, needs=SIGNED_IN, method="POST", while_locked=True),
    Page("/identity/unlock", unlock_chosen, needs=SIGNED_IN, method="POST", while_locked=True),
    Page("/identity/waiting", waiting, needs=SIGNED_IN, while_locked=True),
)
