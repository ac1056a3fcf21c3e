"""What prescribing looks up. Every query is for one organisation."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.facts.prescribing import Medicine
from standfast.journal.database import Reader
from standfast.prescribing.tables import DispensingRow, NeedRow

_NEED: Final = """
    SELECT org, case_id, reference, stage, priority, patient, numbers, postcode, point, problem,
           findings, due_at, received_at, holder_id, holder_name, taken_at, item, number,
           pharmacy_name, note, alarms, changed_at
      FROM prescribing_needs
"""
_DISPENSING: Final = """
    SELECT org, prescription_id, case_id, number, stage, from_org, patient, address, numbers,
           item, allergies_seen, allergies_reason, warnings, prescriber, registration,
           written_at, signed_at, content_hash, genuine, wrong_patient, pharmacy_name, sent_at,
           settled_at, settled_by, reason, alarms
      FROM prescribing_dispensing
"""
NEEDS_WAITING: Final = (
    "SELECT count(*) FROM prescribing_needs WHERE org = $1 AND stage = 'waiting'"
)
"""How many needs nobody has taken."""

TO_DISPENSE: Final = (
    "SELECT count(*) FROM prescribing_dispensing WHERE org = $1 AND stage = 'to_do'"
)
"""How many prescriptions wait at a pharmacy."""

RECENT: Final = timedelta(hours=24)
"""How long what is done stays in the lists."""

LONGEST: Final = 200
"""Characters of what is looked for; nobody types more."""

MOST_FOUND: Final = 12
ALIKE: Final = 0.35
"""How alike a misspelt word must be (trigrams): "amoxycilin" finds amoxicillin."""

NEARLY_AS_ALIKE: Final = 0.75
"""What is less alike than so much of the best is left out: fewer wrong names to pick."""


class Found(Struct, frozen=True, kw_only=True):
    """A medicine that was looked for, and how alike it is: 1 when spelt so."""

    medicine: Medicine
    alike: float = 1


async def queue(db: Reader, org: str, now: datetime) -> list[NeedRow]:
    """Return what a prescriber has to do: over target first, then by priority and time."""
    return await db.fetch(
        NeedRow,
        _NEED
        + """
     WHERE org = $1 AND (stage IN ('waiting', 'taken', 'drafted', 'signed') OR alarms <> '[]')
  ORDER BY (due_at < $2) DESC, priority, due_at, case_id
        """,
        org,
        now,
    )


async def sent_and_done(db: Reader, org: str, now: datetime) -> list[NeedRow]:
    """Return what lies with a pharmacy, and what was ended in the last day; newest first."""
    return await db.fetch(
        NeedRow,
        _NEED
        + """
     WHERE org = $1
       AND (stage = 'sent' OR (stage IN ('supplied', 'declined') AND changed_at > $2))
  ORDER BY stage <> 'sent', changed_at DESC, case_id
        """,
        org,
        now - RECENT,
    )


async def next_waiting(db: Reader, org: str, now: datetime) -> str | None:
    """Return the case that somebody should take next; None when nobody waits."""
    found: str | None = await db.fetch_value(
        """
          SELECT case_id
            FROM prescribing_needs
           WHERE org = $1 AND stage = 'waiting'
        ORDER BY (due_at < $2) DESC, priority, due_at, case_id
           LIMIT 1
        """,
        org,
        now,
    )
    return found


async def need(db: Reader, org: str, case_id: str) -> NeedRow | None:
    """Return one need; None when the organisation has no such need."""
    return await db.fetch_one(NeedRow, _NEED + " WHERE org = $1 AND case_id = $2", org, case_id)


async def dispensing(db: Reader, org: str, now: datetime) -> list[DispensingRow]:
    """Return what a pharmacy has to do, oldest first, then what it did in the last day."""
    return await db.fetch(
        DispensingRow,
        _DISPENSING
        + """
     WHERE org = $1 AND (stage = 'to_do' OR settled_at > $2 OR alarms <> '[]')
  ORDER BY stage <> 'to_do', settled_at DESC, sent_at, prescription_id
        """,
        org,
        now - RECENT,
    )


async def prescription(db: Reader, org: str, prescription_id: str) -> DispensingRow | None:
    """Return one prescription; None when it was not sent to this organisation."""
    return await db.fetch_one(
        DispensingRow,
        _DISPENSING + " WHERE org = $1 AND prescription_id = $2",
        org,
        prescription_id,
    )


async def medicine(db: Reader, org: str, code: str) -> Medicine | None:
    """Return one line of the formulary; None when there is no such code."""
    found = await db.fetch_one(
        Found,
        "SELECT medicine FROM prescribing_medicines WHERE org = $1 AND code = $2",
        org,
        code,
    )
    return found.medicine if found else None


async def search(db: Reader, org: str, text: str) -> list[Medicine]:
    """Return the medicines that have every word of *text*, spelt so or nearly so, best first.

    A word with a figure in it is a strength, and must be there as it is.
    """
    words = text[:LONGEST].casefold().replace(",", " ").split()[:6]
    if not words:
        return []
    found = await db.fetch(
        Found,
        """
          SELECT medicine,
                 CASE WHEN position($4 IN words) > 0 THEN 1
                      ELSE word_similarity($4, words) END AS alike
            FROM prescribing_medicines
           WHERE org = $1
             AND NOT EXISTS (
                 SELECT FROM unnest($2::text[]) AS word
                  WHERE position(word IN words) = 0
                    AND (word ~ '[0-9]' OR word_similarity(word, words) < $3))
        ORDER BY alike DESC, word_similarity($4, generic_name) DESC, generic_name, form,
                 strength, code
           LIMIT $5
        """,
        org,
        words,
        ALIKE,
        words[0],
        MOST_FOUND,
    )
    least = NEARLY_AS_ALIKE * found[0].alike if found else 0
    return [each.medicine for each in found if each.alike >= least]
