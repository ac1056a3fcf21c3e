"""Calls on screen: what its pages, device entries, workspaces and timers are."""

from typing import Final

from standfast.calls import pages_telephony
from standfast.calls.entries import ENTRIES as DEVICE_ENTRIES
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (*pages_telephony.PAGES,)
ENTRIES: Final[tuple[Entry, ...]] = DEVICE_ENTRIES
WORKSPACES: Final[tuple[Workspace, ...]] = ()
TIMERS: Final[tuple[Timer, ...]] = ()
