"""The clinic's own screens: who comes today, and what becomes of each booking."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.booking import tables
from standfast.booking.days import Day, day_of, day_that_lists, days_from
from standfast.booking.model import (
    BOOKING,
    Arrive,
    BookingCommand,
    CancelBooking,
    MarkNotAttended,
    UndoArrival,
)
from standfast.booking.tables import Booked, BookingRow
from standfast.booking.words import CHANNELS, STATES
from standfast.facts.identity import ORGANISATION
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

CANCEL: Final = Form(CancelBooking, {"reason": "Enter why the booking is cancelled"})


async def clinic(request: Request) -> Response:
    """Show one day of the clinic, with the days after it one press away."""
    now = platform(request).clock()
    day = day_of(request.query_params.get("day", ""), now)
    return await html(
        request,
        "booking/clinic.html",
        {"days": days_from(now), **await _day(request, day)},
    )


async def clinic_day(request: Request) -> Response:
    """Show the list of one day alone."""
    day = day_of(request.query_params.get("day", ""), platform(request).clock())
    return await html(request, "booking/_day.html", await _day(request, day))


async def booking(request: Request) -> Response:
    """Show one booking and what can be done with it."""
    found = await _find(request)
    return await not_found(request) if found is None else await _show(request, found)


async def cancel(request: Request) -> Response:
    """Give the slot back, with a reason that the caller's side is told."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    sent = await sent_form(request)
    command = CANCEL.read(sent, by=actor(request).name, by_clinic=True)
    if isinstance(command, FormErrors):
        return await _show(request, found, command.messages, sent)
    return await _carry_out(request, found, command, sent)


def _simple(make: Callable[[str], BookingCommand]) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that carries out what *make* returns for whoever asks."""

    async def handler(request: Request) -> Response:
        found = await _find(request)
        if found is None:
            return await not_found(request)
        return await _carry_out(request, found, make(actor(request).name), {})

    return handler


async def _carry_out(
    request: Request, found: BookingRow, command: BookingCommand, sent: Mapping[str, str]
) -> Response:
    here = platform(request)
    try:
        await here.execute(BOOKING, found.booking_id, command, actor=actor(request))
    except Refused as refused:
        newest = await _find(request) or found
        return await _show(request, newest, {"": refusal(request, refused)}, sent)
    day = day_that_lists(found.starts_at, here.clock())
    return see_other(f"/booking/clinic?day={day.date}")


async def _find(request: Request) -> BookingRow | None:
    booking_id = request.path_params["booking_id"]
    return await tables.booking(platform(request).db, actor(request).org, booking_id)


async def _show(
    request: Request,
    found: BookingRow,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here = platform(request)
    slot = await tables.slot(here.db, found.org, found.slot_id)
    return await html(
        request,
        "booking/booking.html",
        {
            "booking": found,
            "slot": slot,
            "channel": CHANNELS.get(slot.channel, slot.channel) if slot else "",
            "from_name": await _name_of(request, found.from_org),
            "state": STATES.get(found.state, (found.state, "", "")),
            "day": day_that_lists(found.starts_at, here.clock()).date,
            "has_begun": found.starts_at <= here.clock(),
            "errors": errors or {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


async def _day(request: Request, day: Day) -> dict[str, Any]:
    """Return one day's sessions, each with its bookings in order."""
    here, org = platform(request), actor(request).org
    sessions = await tables.sessions(here.db, org, begin=day.begin, end=day.end)
    found = await tables.booked(here.db, org, begin=day.begin, end=day.end)
    names = {each: await _name_of(request, each) for each in {row.from_org for row in found}}
    by_session = {
        session_id: [_line(row, names) for row in group]
        for session_id, group in groupby(
            sorted(found, key=lambda row: row.session_id), key=lambda row: row.session_id
        )
    }
    listed = [(each, by_session.pop(each.session_id, [])) for each in sessions]
    return {
        "day": day,
        "sessions": listed,
        "loose": [line for lines in by_session.values() for line in lines],
        "count": sum(row.state != "cancelled" for row in found),
        "waiting": sum(row.state == "booked" for row in found),
        "channels": CHANNELS,
    }


def _line(row: Booked, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "from_name": names[row.from_org],
        "state": STATES.get(row.state, (row.state, "", "")),
    }


async def _name_of(request: Request, org: str) -> str:
    found = await platform(request).ask(ORGANISATION, org=org, key=org)
    return found.name if found else org


NEEDS: Final = "booking.clinic"
PAGES: Final[tuple[Page, ...]] = (
    Page("/booking/clinic", clinic, needs=NEEDS),
    Page("/booking/clinic/_day", clinic_day, needs=NEEDS),
    Page("/booking/{booking_id}", booking, needs=NEEDS, opens="booking"),
    Page("/booking/{booking_id}/cancel", cancel, needs=NEEDS, method="POST", opens="booking"),
    Page(
        "/booking/{booking_id}/arrived",
        _simple(lambda by: Arrive(by=by)),
        needs=NEEDS,
        method="POST",
        opens="booking",
    ),
    Page(
        "/booking/{booking_id}/not-arrived",
        _simple(lambda by: UndoArrival(by=by)),
        needs=NEEDS,
        method="POST",
        opens="booking",
    ),
    Page(
        "/booking/{booking_id}/did-not-attend",
        _simple(lambda by: MarkNotAttended(by=by)),
        needs=NEEDS,
        method="POST",
        opens="booking",
    ),
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/booking/clinic",
        label="Clinic",
        icon="calendar",
        needs=NEEDS,
        order=50,
        count=tables.DUE,
    ),
)
TIMERS: Final[tuple[Timer, ...]] = ()
