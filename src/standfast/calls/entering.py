"""How to get into a home, at the two edges of a case: sealed as it comes in, told on request."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.locating import with_point
from standfast.calls.pages_common import asked
from standfast.kernel.home_entry import HomeEntry, Kept
from standfast.kernel.messages import Command
from standfast.kernel.values import OptionalText
from standfast.web.home_entry import sealed, tell
from standfast.web.pages import Page, actor, platform

WAY_IN: Final = "calls.way_in"

SAY_AGAIN: Final = (
    "How to get in was not kept: the site's key is not open. It is still on this device. "
    "Press Try again; if it stays so, tell the ambulance desk by telephone."
)


async def located_and_sealed(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a place with its point, and with what was said of the way in sealed.

    A device says it as text and in no other way: a sealed value that it sends is not ours.
    """
    body = await with_point(request, {**body, "way_in": None})
    place = body.get("place")
    if not isinstance(place, dict):
        return body
    said = msgspec.convert(place.get("access_notes", ""), OptionalText).strip()
    bare = {name: value for name, value in place.items() if name != "access_notes"}
    case_id: str = request.state.entry_case_id
    if not said:
        empties = body.get("nothing_said") is True
        if empties and not await platform(request).records.may_enter(request, case_id):
            body = {**body, "nothing_said": False}
        return {**body, "place": bare}
    who = actor(request)
    entry = await sealed(platform(request), said, org=who.org, case_id=case_id)
    return {**body, "place": bare, "way_in": entry}


def remark(command: Command) -> str:
    """Return what the device is told of an entry that was stored without the way in."""
    entry: HomeEntry | None = getattr(command, "way_in", None)
    return SAY_AGAIN if entry is not None and entry.kept is Kept.NOT_KEPT else ""


async def show_way_in(request: Request) -> Response:
    """Tell one person how to get in, once it is on disk that they were told."""
    ask = await asked(request)
    back = f"/calls/{ask.case_id}"
    return await tell(request, ask.case.place.way_in, org=ask.case.org, back=back)


PAGES: Final = (
    Page(
        "/calls/{case_id}/way-in",
        show_way_in,
        needs=WAY_IN,
        method="POST",
        opens="case",
    ),
)
