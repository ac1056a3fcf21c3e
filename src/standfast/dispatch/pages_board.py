"""Looking at the board: the page, its live parts, and the map."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.dispatch import queries
from standfast.dispatch.board import Board, make_board, map_version, read_back
from standfast.web.pages import actor, html, not_found, open_record, platform

ACTS: Final = ("stand-down", "lower", "close")
"""The forms that take more than a press; one at a time is open."""

CLOSED: Final = (
    "What is known of this incident is not shown: it is guarded, and not open to you now. The "
    "lists, accepting and sending go on as ever. For more, ring whoever asked."
)
NOT_WRITTEN: Final = (
    "What is known of this incident is not shown: it could not be written down that you open "
    "it. The lists go on. Wait a few seconds, then choose it again."
)
OPEN: Final = "open"
"""What the link asks for that leads to the reason why one must see it all the same."""

_COLOURS: Final = {
    "map-water": 'fill="var(--water)"',
    "map-park": 'fill="var(--park)"',
    "map-road-trunk": 'stroke="var(--main-road)"',
    "map-road-major": 'stroke="var(--main-road)"',
    "map-road-minor": 'stroke="var(--road)"',
    "map-label": (
        'fill="var(--muted)" stroke="var(--land)" stroke-width="3" '
        'paint-order="stroke" font-weight="600"'
    ),
}
"""A drawing that another page uses takes the page's variables, not its rules."""


async def board(request: Request) -> Response:
    """Show the board; without a chosen incident the first one is."""
    case_id = request.query_params.get("incident", "")
    if case_id and request.query_params.get("act") == OPEN:
        refused = await open_record(request, "case", case_id)
        if refused is not None:
            return refused
    return await show(request, case_id)


async def show(
    request: Request,
    case_id: str,
    *,
    act: str = "",
    sent: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Show the board with *case_id* chosen, and what was wrong with the form *act*, if any."""
    if not case_id:
        case_id = await _first(request)
    refused = await open_record(request, "case", case_id) if case_id else None
    given = await _given(request, case_id)
    if given is None:
        return await not_found(request)
    opened = act or request.query_params.get("act", "")
    more = {
        "act": opened if opened in ACTS else "",
        "sent": dict(sent or {}),
        "errors": dict(errors or {}),
        "title": "Dispatch board",
        "closed": _left_out(refused),
    }
    return await html(request, "dispatch/board.html", {**given, **more}, status=status)


async def counts(request: Request) -> Response:
    """Answer with how many wait alone."""
    return await _part(request, "dispatch/_counts.html")


async def incidents(request: Request) -> Response:
    """Answer with the list of incidents alone."""
    return await _part(request, "dispatch/_incidents.html")


async def details(request: Request) -> Response:
    """Answer with the chosen incident alone; once it has closed, with that and why."""
    case_id = request.query_params.get("incident", "")
    refused = await open_record(request, "case", case_id) if case_id else None
    closed = _left_out(refused)
    template = "dispatch/_closed.html" if closed else "dispatch/_details.html"
    return await _part(request, template, closed)


async def vehicles(request: Request) -> Response:
    """Answer with the list of vehicles alone."""
    return await _part(request, "dispatch/_vehicles.html")


async def marks(request: Request) -> Response:
    """Answer with what is on the map now, without the land."""
    return await _part(request, "dispatch/_map.html")


async def ground(request: Request) -> Response:
    """Answer with the land alone, kept by the browser under an address of its own."""
    found = await queries.desk_map(platform(request).db, actor(request).org)
    if found is None:
        return await not_found(request)
    drawing = found.drawing
    for name, colours in _COLOURS.items():
        drawing = drawing.replace(f'class="{name}"', f'class="{name}" {colours}')
    fresh = request.query_params.get("v") == map_version(found)
    return Response(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600">'
        f'<g id="land">{drawing}</g></svg>',
        media_type="image/svg+xml",
        headers={"Cache-Control": f"private, {'max-age=86400' if fresh else 'no-cache'}"},
    )


async def _part(request: Request, template: str, closed: str = "") -> Response:
    given = await _given(request, request.query_params.get("incident", ""))
    if given is None:
        return await not_found(request)
    act = request.query_params.get("act", "")
    more = {"act": act if act in ACTS else "", "sent": {}, "errors": {}, "closed": closed}
    return await html(request, template, {**given, **more})


def _left_out(refused: Response | None) -> str:
    """Return why the details are left out, empty if they are not.

    One guarded incident never takes the board away: on it are all the others.
    """
    if refused is None:
        return ""
    return NOT_WRITTEN if refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE else CLOSED


async def _first(request: Request) -> str:
    here = platform(request)
    oldest = await queries.oldest_unaccepted(here.db, actor(request).org)
    if oldest is not None:
        return oldest
    rows = await queries.board(here.db, actor(request).org, here.clock())
    return rows[0].case_id if rows else ""


async def _given(request: Request, case_id: str) -> dict[str, object] | None:
    """Return what every part is given; None when the incident is not the visitor's."""
    here, org = platform(request), actor(request).org
    chosen = await queries.incident(here.db, org, case_id) if case_id else None
    if case_id and chosen is None:
        return None
    shown: Board = make_board(
        await queries.board(here.db, org, here.clock()),
        await queries.vehicles(here.db, org),
        await queries.desk_map(here.db, org),
        chosen,
    )
    return {
        "board": shown,
        "chosen": case_id,
        "read_back": read_back(chosen.place.postcode) if chosen else "",
        "may_act": actor(request).may("dispatch.desk"),
    }
