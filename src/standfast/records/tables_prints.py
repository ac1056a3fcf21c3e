"""What was printed or saved: everybody's for the ledger, and one's own."""

from datetime import date

from standfast.journal.database import Reader
from standfast.records.tables import EXPORTS, ExportRow


async def prints(db: Reader, org: str, today: date) -> list[ExportRow]:
    """Return the latest prints of *org*: lost ones first, then those past their day."""
    return await db.fetch(
        ExportRow,
        EXPORTS
        + """
   WHERE org = $1 AND kind = 'print'
ORDER BY (stage = 'lost') DESC,
         (stage = 'released' AND expires_on < $2) DESC,
         prepared_at DESC, export_id
   LIMIT 200
        """,
        org,
        today,
    )


async def prints_of(db: Reader, org: str, staff_id: str) -> list[ExportRow]:
    """Return what somebody printed: what they still hold first, then the newest."""
    return await db.fetch(
        ExportRow,
        EXPORTS
        + """
   WHERE org = $1 AND kind = 'print' AND staff_id = $2
ORDER BY (stage = 'released') DESC, prepared_at DESC, export_id
   LIMIT 100
        """,
        org,
        staff_id,
    )
