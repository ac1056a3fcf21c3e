"""Access on screen: breaking the glass, reviewing it, and who looked."""

from typing import Final

from standfast.access import (
    implied,
    pages_closed,
    pages_glass,
    pages_label,
    pages_looked,
    pages_review,
)
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (
    *pages_closed.PAGES,
    *pages_glass.PAGES,
    *pages_review.PAGES,
    *pages_looked.PAGES,
    *pages_label.PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = pages_review.WORKSPACES
TIMERS: Final[tuple[Timer, ...]] = implied.TIMERS
