"""Paper on screen: packs printed before they are needed, and what comes back in."""

from typing import Final

from standfast.continuity import queries, standing
from standfast.continuity.pages_common import KEY
from standfast.continuity.pages_forms import FORM_PAGES
from standfast.continuity.pages_keying import KEYING_PAGES
from standfast.continuity.pages_packs import PACK_PAGES
from standfast.continuity.pages_reading import READING_PAGES
from standfast.web.device import Entry
from standfast.web.pages import Page
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

PAGES: Final[tuple[Page, ...]] = (*FORM_PAGES, *KEYING_PAGES, *READING_PAGES, *PACK_PAGES)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/continuity/",
        label="Paper",
        icon="print",
        needs=KEY,
        order=56,
        count=queries.ON_THEIR_WAY,
        alerts="/continuity/_alert",
        topics="continuity.pack",
    ),
)
TIMERS: Final[tuple[Timer, ...]] = standing.TIMERS
