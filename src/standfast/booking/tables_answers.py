"""What others may ask of bookings: those of a case, and what is kept since when."""

from collections.abc import Mapping
from typing import Final

from standfast.facts import booking as events
from standfast.facts.booking import BookingSummary
from standfast.facts.kept import BOOKINGS_KEPT, MOST, KeptRecord, asked_for
from standfast.journal.database import Reader
from standfast.web.platform import Answerer


async def _kept(db: Reader, org: str, key: str) -> tuple[KeptRecord, ...]:
    before, booking_id = asked_for(key)
    found = await db.fetch(
        KeptRecord,
        """
          SELECT booking_id AS record_id, 'booking' AS kind,
                 'Booking ' || reference AS title,
                 (patient->>'born')::date AS born, NULL::date AS died,
                 greatest(starts_at, state_at) AS latest_at,
                 jsonb_build_array(case_id) AS parts
            FROM booking_bookings
           WHERE org = $1
                 AND ($2::date IS NULL OR greatest(starts_at, state_at) < $2)
                 AND ($3::text IS NULL OR booking_id = $3)
        ORDER BY latest_at, record_id
           LIMIT $4
        """,
        org,
        before,
        booking_id,
        MOST,
    )
    return tuple(found)


async def _case_bookings(db: Reader, org: str, case_id: str) -> tuple[BookingSummary, ...]:
    found = await db.fetch(
        BookingSummary,
        """
          SELECT booking_id, service_id, service_name, starts_at, state, cancelled AS note
            FROM booking_bookings
           WHERE from_org = $1 AND case_id = $2
        ORDER BY booked_at, booking_id
        """,
        org,
        case_id,
    )
    return tuple(found)


ANSWERS: Final[Mapping[str, Answerer]] = {
    events.CASE_BOOKINGS.name: _case_bookings,
    BOOKINGS_KEPT.name: _kept,
}
