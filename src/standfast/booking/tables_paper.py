"""What a pack of paper shows of bookings: today's, by clinic."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from standfast.facts.on_paper import BOOKINGS_ON_PAPER, PaperBooking
from standfast.journal.database import Reader
from standfast.web.platform import Answerer


async def _bookings(db: Reader, org: str, key: str) -> tuple[PaperBooking, ...]:
    begin, end = (datetime.fromisoformat(each) for each in key.split("|"))
    found = await db.fetch(
        PaperBooking,
        """
          SELECT booking_id, case_id, reference, service_name, starts_at, patient, numbers,
                 problem, state
            FROM booking_bookings
           WHERE $1 IN (org, from_org) AND starts_at >= $2 AND starts_at < $3
                 AND state <> 'cancelled'
        ORDER BY service_name, starts_at, booking_id
           LIMIT 500
        """,
        org,
        begin,
        end,
    )
    return tuple(found)


ANSWERS: Final[Mapping[str, Answerer]] = {BOOKINGS_ON_PAPER.name: _bookings}
