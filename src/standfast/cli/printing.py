"""What leaves on paper from the console: numbered, and in the ledger before the file is there."""

import hashlib
import os
from pathlib import Path

from standfast.cli.journaling import writing
from standfast.cli.opening import who
from standfast.journal.heads import Sheet
from standfast.journal.keys import SiteKey
from standfast.journal.sealing import Sealing
from standfast.kernel.ids import uuid7
from standfast.keyring import sheets
from standfast.records.model_copies import PrintOut
from standfast.records.model_export import EXPORT
from standfast.records.printing import TO_SAY
from standfast.settings import Settings
from standfast.vault import files
from standfast.vault.names import SITE
from standfast.vault.vault import Vault
from standfast.web.leaving import Slip

WHAT = "Shift sheet"
WAY = "as a file, at the terminal"


async def printed(settings: Settings, vault: Vault, sheet: Sheet, path: Path) -> str:
    """Put *sheet* at *path*, once the ledger says who has it; return its number."""
    random, holder = os.urandom(10), who()
    slip = Slip(
        print_id=uuid7(sheet.made_at, random),
        number=f"P-{random.hex()[:8].upper()}",
        holder=holder,
        made_at=sheet.made_at,
        until=(sheet.made_at + TO_SAY).date(),
    )
    body = await sheets.pdf(sheet, slip.words)
    command = PrintOut(
        export_id=slip.print_id,
        org=settings.receiving_org,
        number=slip.number,
        person_id="",
        what=WHAT,
        way=WAY,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        away=False,
        printed_at=sheet.made_at,
        expires_on=slip.until,
        by=holder,
        by_name=holder,
    )
    key = SiteKey.of(vault.secret(SITE))
    async with writing(settings, key, Sealing(vault)) as journal:
        await journal.execute(EXPORT, slip.print_id, command, actor=holder, now=sheet.made_at)
    files.replace(path, body)
    return slip.number
