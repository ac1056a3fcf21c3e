"""Records on screen: how long they are kept, and copies that leave."""

from typing import Final

from standfast.records.pages_exports import EXPORT_PAGES
from standfast.records.pages_prints import PRINT_PAGES
from standfast.records.pages_retention import RETENTION_PAGES
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (*RETENTION_PAGES, *EXPORT_PAGES, *PRINT_PAGES)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(href="/records", label="Records", icon="book", needs="records.govern", order=88),
)
TIMERS: Final[tuple[Timer, ...]] = ()
