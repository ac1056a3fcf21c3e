"""Dispatch on screen: which address shows or does what, and what happens by itself."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from standfast.dispatch import pages_board, pages_desk, queries
from standfast.dispatch.commands import NoticeUnaccepted
from standfast.dispatch.model import INCIDENT
from standfast.journal.writer import Conflict
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

WATCH: Final = "dispatch.watch"
DESK: Final = "dispatch.desk"
WAY_IN: Final = "dispatch.way_in"
_CASE: Final = "/dispatch/incidents/{case_id}"


async def notice_unaccepted(platform: Platform, now: datetime) -> None:
    """Tell the caller's side of every request that nobody took in time."""
    for late in await queries.late(platform.all_orgs, now):
        with suppress(Conflict):  # somebody is taking it, or another worker notices it
            await platform.execute(
                INCIDENT, late.case_id, NoticeUnaccepted(), actor=_nobody(late.org)
            )


def _nobody(org: str) -> Actor:
    return Actor(
        staff_id="standfast",
        name="Standfast",
        role="system",
        role_label="By itself",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


PAGES: Final[tuple[Page, ...]] = (
    Page("/dispatch/board", pages_board.board, needs=WATCH),
    Page("/dispatch/board/_counts", pages_board.counts, needs=WATCH),
    Page("/dispatch/board/_incidents", pages_board.incidents, needs=WATCH),
    Page("/dispatch/board/_details", pages_board.details, needs=WATCH),
    Page("/dispatch/board/_vehicles", pages_board.vehicles, needs=WATCH),
    Page("/dispatch/board/_map", pages_board.marks, needs=WATCH),
    Page("/dispatch/map.svg", pages_board.ground, needs=WATCH),
    Page("/dispatch/accept-oldest", pages_desk.accept_oldest, needs=DESK, method="POST"),
    Page(f"{_CASE}/accept", pages_desk.accept, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/way-in", pages_desk.show_way_in, needs=WAY_IN, method="POST", opens="case"),
    Page(f"{_CASE}/read", pages_desk.read, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/send", pages_desk.send, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/move", pages_desk.move, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/stand-down", pages_desk.stand_down, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/lower", pages_desk.lower, needs=DESK, method="POST", opens="case"),
    Page(f"{_CASE}/close", pages_desk.close, needs=DESK, method="POST", opens="case"),
    Page(
        "/dispatch/vehicles/{vehicle_id}/status",
        pages_desk.set_status,
        needs=DESK,
        method="POST",
    ),
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/dispatch/board",
        label="Dispatch",
        icon="map",
        needs=WATCH,
        order=30,
        count=queries.UNACCEPTED,
    ),
)
TIMERS: Final[tuple[Timer, ...]] = (Timer("dispatch.unaccepted", 2.0, notice_unaccepted),)
