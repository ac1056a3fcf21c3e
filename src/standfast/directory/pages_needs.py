"""The services that can take one case, best first, each with the slots that are free now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.directory import tables, wording
from standfast.directory.ranking import Candidate, LeftOut, rank
from standfast.directory.tables import NeedRow
from standfast.facts.booking import CASE_BOOKINGS, FREE_SLOTS, SlotDetails
from standfast.web.pages import Page, actor, html, not_found, platform

TO_BE_SEEN: Final = "_face_to_face"
"""A need that ends so is not met by a telephone call: such times are offered second."""

LATER: Final = timedelta(hours=24)
"""Slots are looked for so long after the time frame, in case none is free within it."""

FIRST: Final = 6
"""Times that are shown at once; the others are one press away."""

MOST: Final = 24
"""Times that a service shows in all besides; who wants one further off rings."""


async def need(request: Request) -> Response:
    """Show the ranked services of one case as a page of its own."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    return await html(request, "directory/need.html", await _ranked(request, found))


async def need_services(request: Request) -> Response:
    """Show the ranked services of one case, as a part of the case's own page."""
    found = await _find(request)
    if found is None:
        return await not_found(request)
    return await html(request, "directory/_ranked.html", await _ranked(request, found))


async def _find(request: Request) -> NeedRow | None:
    case_id = request.path_params["case_id"]
    return await tables.need(platform(request).db, actor(request).org, case_id)


async def _ranked(request: Request, found: NeedRow) -> dict[str, Any]:
    here, org = platform(request), actor(request).org
    now = here.clock()
    ranking = rank(found.details, [row.now for row in await tables.services(here.db)], now)
    free = await _free_slots(request, ranking.candidates, found.due_at, now)
    bookings = await here.ask(CASE_BOOKINGS, org=org, key=found.case_id)
    return {
        "need": found,
        "needs": [wording.need_words(each) for each in found.needs],
        "candidates": [
            _shown(number, each, free.get(each.service.details.service_id, []), found, now)
            for number, each in enumerate(ranking.candidates, start=1)
        ],
        "catch_all": ranking.catch_all,
        "left_out": [_left_out(each) for each in ranking.left_out],
        "near_misses": sum(each.offers for each in ranking.left_out),
        "listed": len(ranking.candidates) + len(ranking.left_out),
        "booked": next(
            (each for each in bookings if each.state in ("booked", "arrived")), None
        ),
        "lost": next((each for each in reversed(bookings) if each.state == "cancelled"), None),
    }


async def _free_slots(
    request: Request, candidates: Sequence[Candidate], due_at: datetime, now: datetime
) -> dict[str, list[SlotDetails]]:
    """Return the free slots from now on of every candidate, by service."""
    if not candidates:
        return {}
    services = ",".join(each.service.details.service_id for each in candidates)
    begin = now + timedelta(seconds=1)
    end = max(due_at, now) + LATER
    key = f"{services}|{begin.isoformat()}|{end.isoformat()}"
    by_service: dict[str, list[SlotDetails]] = {}
    for slot in await platform(request).ask(FREE_SLOTS, org=actor(request).org, key=key):
        by_service.setdefault(slot.service_id, []).append(slot)
    return by_service


def _shown(
    number: int, each: Candidate, slots: list[SlotDetails], found: NeedRow, now: datetime
) -> dict[str, Any]:
    """Return one service as the list shows it: slots in the time frame first."""
    details = each.service.details
    in_time = [_slot(slot, now) for slot in slots if slot.starts_at <= found.due_at]
    late = [_slot(slot, now) for slot in slots if slot.starts_at > found.due_at]
    seen = any(need.endswith(TO_BE_SEEN) for need in found.needs)
    fitting = [slot for slot in in_time if not (seen and slot["by_phone"])]
    at_once = _each_time_once(fitting)[:FIRST]
    next_late = [slot for slot in late if not (seen and slot["by_phone"])][:1]
    first = at_once or next_late
    reported_at = each.service.reported_at
    return {
        "number": number,
        "service": details,
        "name": each.name,
        "distance": wording.kilometres(each.distance),
        "hours": wording.open_words(each.open_in, now),
        "state": wording.STATES.get(each.service.capacity, (each.service.capacity, "", "")),
        "since": wording.moment(reported_at, now) if reported_at else "",
        "in_time": at_once,
        "first_late": None if at_once else next(iter(next_late), None),
        "later": [slot for slot in (*in_time, *late) if slot not in first][:MOST],
    }


def _each_time_once(slots: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first slot of every time and way: who would see them is said on the others."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for slot in slots:
        first.setdefault((slot["time"], slot["how"]), slot)
    return list(first.values())


def _slot(slot: SlotDetails, now: datetime) -> dict[str, Any]:
    how = {"phone": "by phone", "face_to_face": "face to face"}.get(slot.channel, slot.channel)
    return {
        "slot_id": slot.slot_id,
        "time": wording.moment(slot.starts_at, now),
        "who": f"{slot.clinician}, {slot.clinician_role}",
        "how": how,
        "by_phone": slot.channel == "phone",
    }


def _left_out(each: LeftOut) -> dict[str, Any]:
    return {
        "name": each.service.details.name,
        "why": ". ".join(each.why),
        "offers": each.offers,
    }


NEED_PAGES: Final[tuple[Page, ...]] = (
    Page("/directory/needs/{case_id}", need, needs="directory.use", opens="case"),
    Page(
        "/directory/needs/{case_id}/_services",
        need_services,
        needs="directory.use",
        opens="case",
    ),
)
