"""The directory on screen: every service, and how busy each says it is."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.directory import tables, wording
from standfast.directory.hours import next_span, span_at
from standfast.directory.model import SERVICE, ReportCapacity
from standfast.directory.pages_needs import NEED_PAGES
from standfast.directory.tables import ServiceRow
from standfast.facts.directory import OpenFrom
from standfast.kernel.messages import Refused
from standfast.web.device import Entry
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

REPORT: Final = Form(
    ReportCapacity,
    {
        "capacity": "Choose how busy the service is",
        "accepting": "Choose whether the service takes people",
    },
)

WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


async def services(request: Request) -> Response:
    """Show every service, or those that were asked for, with how each stands now."""
    here = platform(request)
    return await html(
        request,
        "directory/services.html",
        {"kinds": await tables.kinds(here.db), **await _list(request)},
    )


async def services_list(request: Request) -> Response:
    """Show the list alone."""
    return await html(request, "directory/_services.html", await _list(request))


async def service(request: Request) -> Response:
    """Show one service with all that is known of it."""
    found = await _find(request)
    return await not_found(request) if found is None else await _show(request, found)


async def report(request: Request) -> Response:
    """Record how busy a service is."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    who, sent = actor(request), await sent_form(request)
    command = REPORT.read(sent, service_id=found.service_id, by=who.name)
    if isinstance(command, FormErrors):
        return await _show(request, found, command.messages, sent)
    try:
        await platform(request).execute(SERVICE, found.service_id, command, actor=who)
    except Refused as refused:
        return await _show(request, found, {"": refusal(request, refused)}, sent)
    return see_other(f"/directory/services/{found.service_id}")


async def _list(request: Request) -> dict[str, Any]:
    here, asked = platform(request), request.query_params
    name, kind = asked.get("name", "").strip()[:100], asked.get("kind", "")[:100]
    only_open = asked.get("open", "") == "yes"
    rows = [
        _line(row, here.clock())
        for row in await tables.services(here.db, name=name, kind=kind)
        if not only_open or span_at(row.details, here.clock())
    ]
    return {
        "services": rows,
        "name": name,
        "kind": kind,
        "only_open": only_open,
        "query": request.url.query,
        "open_count": sum(line["is_open"] for line in rows),
    }


def _line(row: ServiceRow, now: datetime) -> dict[str, Any]:
    current = span_at(row.details, now)
    return {
        "row": row,
        "is_open": current is not None,
        "hours": wording.open_words(current, now)
        if current
        else wording.closed(None, next_span(row.details, now), now),
        "state": wording.STATES.get(row.capacity, (row.capacity, "", "")),
        "since": wording.moment(row.reported_at, now) if row.reported_at else "",
    }


async def _find(request: Request) -> ServiceRow | None:
    return await tables.service(platform(request).db, request.path_params["service_id"])


async def _show(
    request: Request,
    found: ServiceRow,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    details = found.details
    usual = [each for each in details.hours if each.on is None]
    week = [
        (day, ", ".join(_clock(each) for each in usual if each.weekday == number))
        for number, day in enumerate(WEEK)
    ]
    return await html(
        request,
        "directory/service.html",
        {
            "line": _line(found, platform(request).clock()),
            "details": details,
            "needs": [wording.need_words(each) for each in details.needs],
            "ages": wording.sees_ages(details),
            "sexes": wording.sees_sex(details.sex),
            "within": wording.kilometres(details.within_metres)
            if details.within_metres is not None
            else "",
            "week": week,
            "exceptions": [(each.on, _clock(each)) for each in details.hours if each.on],
            "may_report": actor(request).may("directory.manage"),
            "errors": errors or {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


def _clock(hours: OpenFrom) -> str:
    return f"{hours.opens:%H:%M} to {hours.until:%H:%M}"


PAGES: Final[tuple[Page, ...]] = (
    Page("/directory", services, needs="directory.use"),
    Page("/directory/_services", services_list, needs="directory.use"),
    Page("/directory/services/{service_id}", service, needs="directory.use"),
    Page(
        "/directory/services/{service_id}/capacity",
        report,
        needs="directory.manage",
        method="POST",
    ),
    *NEED_PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/directory", label="Directory", icon="directory", needs="directory.use", order=70
    ),
)
TIMERS: Final[tuple[Timer, ...]] = ()
