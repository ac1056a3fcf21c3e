"""The keyring on screen: how the keys are sealed, and which certificates end when."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.keyring import pages_sheet
from standfast.keyring.tables import CertificateRow, certificates, changes
from standfast.web.device import Entry
from standfast.web.pages import Page, actor, html, platform
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

READ: Final = "keyring.read"
SOON: Final = timedelta(days=14)
"""A certificate that ends sooner than this is shown as a warning: it should have been renewed."""


async def show(request: Request) -> Response:
    """Show how the keys are sealed, what changed, and the certificates. No key itself."""
    here, org = platform(request), actor(request).org
    now = here.clock()

    def days_left(row: CertificateRow) -> int:
        return (row.expires_at - now) // timedelta(days=1)

    given = await certificates(here.db, org)
    return await html(
        request,
        "keyring/keys.html",
        {
            "certificates": [
                {
                    "row": each,
                    "days": days_left(each),
                    "over": each.expires_at <= now,
                    "soon": each.expires_at - now < SOON,
                }
                for each in given
            ],
            "changes": await changes(here.db, org),
        },
    )


PAGES: Final[tuple[Page, ...]] = (
    Page("/keyring/keys", show, needs=READ),
    *pages_sheet.PAGES,
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(href="/keyring/keys", label="Keys", icon="key", needs=READ, order=95),
)
TIMERS: Final[tuple[Timer, ...]] = ()
