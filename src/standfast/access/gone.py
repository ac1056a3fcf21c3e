"""What is answered where a record is not: that there is none, or that it was erased, and why."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.records import ERASED
from standfast.web.pages import actor, html, not_found, platform, wants_json


async def gone(request: Request, record_id: str) -> Response:
    """Say that there is no such record, or by which rule their own organisation erased it."""
    if "\0" in record_id:  # PostgreSQL has none
        return await not_found(request)
    left = await platform(request).ask(ERASED, org=actor(request).org, key=record_id)
    if left is None or wants_json(request):
        return await not_found(request)
    return await html(request, "access/erased.html", {"left": left}, status=HTTPStatus.GONE)
