"""Paper on screen: packs printed before they are needed, and what comes back in."""

from typing import Final

from standfast.continuity import standing
from standfast.continuity.pages_packs import LEAD, PACK_PAGES
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (*PACK_PAGES,)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/continuity/packs",
        label="Paper",
        icon="print",
        needs=LEAD,
        order=56,
        alerts="/continuity/_alert",
        topics="continuity.pack",
    ),
)
TIMERS: Final[tuple[Timer, ...]] = standing.TIMERS
