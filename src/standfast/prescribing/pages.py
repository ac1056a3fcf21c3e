"""Prescribing on screen: which address shows or does what."""

from typing import Final

from standfast.prescribing import (
    pages_dispensing,
    pages_need,
    pages_queue,
    pages_sign,
    queries,
)
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PRESCRIBE: Final = "prescribing.prescribe"
DISPENSE: Final = "prescribing.dispense"
_NEED: Final = "/prescribing/needs/{case_id}"
_PRESCRIPTION: Final = "/prescribing/dispensing/{prescription_id}"

PAGES: Final[tuple[Page, ...]] = (
    Page("/prescribing/queue", pages_queue.show_queue, needs=PRESCRIBE),
    Page("/prescribing/queue/_waiting", pages_queue.show_waiting, needs=PRESCRIBE),
    Page("/prescribing/take-next", pages_queue.take_next, needs=PRESCRIBE, method="POST"),
    Page(_NEED, pages_need.show_need, needs=PRESCRIBE, opens="case"),
    Page(f"{_NEED}/_progress", pages_need.show_progress, needs=PRESCRIBE, opens="case"),
    Page(f"{_NEED}/_medicines", pages_need.show_medicines, needs=PRESCRIBE, opens="case"),
    Page(f"{_NEED}/take", pages_need.take, needs=PRESCRIBE, method="POST", opens="case"),
    Page(
        f"{_NEED}/put-back", pages_need.put_back, needs=PRESCRIBE, method="POST", opens="case"
    ),
    Page(f"{_NEED}/decline", pages_need.decline, needs=PRESCRIBE, method="POST", opens="case"),
    Page(f"{_NEED}/write", pages_need.write, needs=PRESCRIBE, method="POST", opens="case"),
    Page(f"{_NEED}/cancel", pages_need.cancel, needs=PRESCRIBE, method="POST", opens="case"),
    Page(f"{_NEED}/sign", pages_sign.show_sign, needs=PRESCRIBE, opens="case"),
    Page(
        f"{_NEED}/sign",
        pages_sign.sign,
        needs=PRESCRIBE,
        method="POST",
        opens="case",
        signs=True,
    ),
    Page(f"{_NEED}/pharmacy", pages_sign.show_pharmacies, needs=PRESCRIBE, opens="case"),
    Page(f"{_NEED}/pharmacy", pages_sign.send, needs=PRESCRIBE, method="POST", opens="case"),
    Page(f"{_NEED}/print", pages_sign.print_prescription, needs=PRESCRIBE, opens="case"),
    Page("/prescribing/dispensing", pages_dispensing.show_list, needs=DISPENSE),
    Page("/prescribing/dispensing/_rows", pages_dispensing.show_rows, needs=DISPENSE),
    Page(
        _PRESCRIPTION, pages_dispensing.show_prescription, needs=DISPENSE, opens="prescription"
    ),
    Page(
        f"{_PRESCRIPTION}/_state",
        pages_dispensing.show_state,
        needs=DISPENSE,
        opens="prescription",
    ),
    Page(
        f"{_PRESCRIPTION}/print",
        pages_dispensing.print_form,
        needs=DISPENSE,
        opens="prescription",
    ),
    Page(
        f"{_PRESCRIPTION}/supply",
        pages_dispensing.supply,
        needs=DISPENSE,
        method="POST",
        opens="prescription",
    ),
    Page(
        f"{_PRESCRIPTION}/cannot-supply",
        pages_dispensing.cannot_supply,
        needs=DISPENSE,
        method="POST",
        opens="prescription",
    ),
    Page(
        f"{_PRESCRIPTION}/undo",
        pages_dispensing.undo,
        needs=DISPENSE,
        method="POST",
        opens="prescription",
    ),
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/prescribing/queue",
        label="Prescribing",
        icon="pill",
        needs=PRESCRIBE,
        order=50,
        count=queries.NEEDS_WAITING,
    ),
    Workspace(
        href="/prescribing/dispensing",
        label="Dispensing",
        icon="pill",
        needs=DISPENSE,
        order=55,
        count=queries.TO_DISPENSE,
    ),
)
TIMERS: Final[tuple[Timer, ...]] = ()
