"""The shift sheet: where the journal stands, on paper, so that nobody can rewrite it unseen."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec
import typst

from standfast.journal.heads import Sheet
from standfast.web.rendering import local_datetime

LAYOUT: Final = Path(__file__).parent / "templates" / "keyring" / "sheet.typ"


async def pdf(sheet: Sheet, slip: str = "") -> bytes:
    """Return *sheet* as a PDF of one page or more; *slip* says which print it is and whose."""
    shown = {
        "site": sheet.site,
        "made": local_datetime(sheet.made_at),
        "heads": [
            {
                "origin": each.origin,
                "seq": str(each.seq),
                "code": each.code,
                "at": local_datetime(each.at),
            }
            for each in sheet.heads
        ],
    }
    compiled: bytes = await asyncio.to_thread(
        typst.compile,
        LAYOUT,
        format="pdf",
        sys_inputs={"sheet": msgspec.json.encode(shown).decode(), "slip": slip},
    )
    return compiled
