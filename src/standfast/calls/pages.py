"""Calls on screen: what its pages, device entries, workspaces and timers are."""

from typing import Final

from standfast.calls import (
    entering,
    finding,
    pages_accounting,
    pages_arrange,
    pages_case,
    pages_closing,
    pages_handing,
    pages_oversight,
    pages_queue,
    pages_screen,
    pages_telephony,
    pages_waiting,
)
from standfast.calls.entries import ENTRIES as DEVICE_ENTRIES
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (
    *pages_screen.PAGES,
    *pages_telephony.PAGES,
    *pages_waiting.PAGES,
    *pages_queue.PAGES,
    *pages_oversight.PAGES,
    *pages_accounting.PAGES,
    *entering.PAGES,
    *pages_case.PAGES,  # after the pages with names: a case's id is any word
    *pages_arrange.PAGES,
    *pages_closing.PAGES,
    *pages_handing.PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = DEVICE_ENTRIES
WORKSPACES: Final[tuple[Workspace, ...]] = (
    *pages_waiting.WORKSPACES,
    *pages_queue.WORKSPACES,
    *pages_oversight.WORKSPACES,
)
TIMERS: Final[tuple[Timer, ...]] = pages_oversight.TIMERS
FINDERS: Final = finding.FINDERS
