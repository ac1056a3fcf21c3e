"""The shift sheet on screen, as a file and on paper."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from standfast.journal.heads import Sheet, heads
from standfast.keyring import sheets
from standfast.web.pages import Page, html, platform

PRINT: Final = "keyring.sheet"


async def show(request: Request) -> Response:
    """Show where every chain of the journal stands, to print or to save."""
    return await html(request, "keyring/sheet.html", {"sheet": await _sheet(request)})


async def as_pdf(request: Request) -> Response:
    """Answer with the sheet to print."""
    ledger = platform(request).ledger
    slip = await ledger.slip(request)
    body = await sheets.pdf(await _sheet(request), slip.words)
    await ledger.left(request, slip, what="Shift sheet", body=body)
    return Response(
        body,
        media_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="shift-sheet.pdf"'},
    )


async def as_json(request: Request) -> Response:
    """Answer with the sheet as ``standfast verify --heads`` reads it."""
    ledger = platform(request).ledger
    slip = await ledger.slip(request)
    body = msgspec.json.encode(await _sheet(request))
    await ledger.left(request, slip, what="Shift sheet", body=body)
    return Response(
        body,
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="shift-sheet.json"'},
    )


async def _sheet(request: Request) -> Sheet:
    here = platform(request)
    return Sheet(site=here.settings.site_name, made_at=here.clock(), heads=await heads(here.db))


PAGES: Final = (
    Page("/keyring/shift-sheet", show, needs=PRINT),
    Page("/keyring/shift-sheet.pdf", as_pdf, needs=PRINT),
    Page("/keyring/shift-sheet.json", as_json, needs=PRINT),
)
