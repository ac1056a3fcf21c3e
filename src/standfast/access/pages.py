"""Access on screen: breaking the glass, reviewing it, and who looked."""

from typing import Final

from standfast.access import pages_glass
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (*pages_glass.PAGES,)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = ()
TIMERS: Final[tuple[Timer, ...]] = ()
