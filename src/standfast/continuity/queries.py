"""What is asked of forms that come back: those that wait, their pictures, whoever may be the same."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.journal.contents import Sealed, opened
from standfast.journal.database import Reader
from standfast.journal.tenant import reader

MOST: Final = 200

ON_THEIR_WAY: Final = """
    SELECT count(*)
      FROM continuity_forms AS f
      JOIN continuity_issued AS i ON i.org = f.org AND i.form_id = f.form_id
     WHERE f.org = $1 AND f.stage <> 'entered' AND i.fate <> 'void'
"""
"""Forms that somebody has begun, and that are not entered yet."""


class Waiting(Struct, frozen=True, kw_only=True):
    """A form on its way into the record."""

    form_id: str
    code: str
    title: str
    stage: str
    begun_at: datetime
    begun_by: str
    keyed_by: str
    to_sign: bool
    reasons: tuple[str, ...]


class Pictured(Struct, frozen=True):
    """One picture of a form."""

    picture_id: str
    kept_at: datetime


async def waiting(db: Reader, org: str) -> list[Waiting]:
    """Return every form that somebody has begun and that is not entered, the oldest first."""
    return await _waiting(db, org, "f.stage <> 'entered' AND i.fate <> 'void'")


async def to_sign(db: Reader, org: str) -> list[Waiting]:
    """Return the forms that a clinician must sign, the oldest first."""
    return await _waiting(db, org, "f.to_sign")


async def count_to_sign(db: Reader, org: str) -> int:
    """Return how many forms wait for a clinician."""
    counted: int = await db.fetch_value(
        "SELECT count(*) FROM continuity_forms WHERE org = $1 AND to_sign", org
    )
    return counted


async def _waiting(db: Reader, org: str, which: str) -> list[Waiting]:
    return await db.fetch(
        Waiting,
        f"""
          SELECT f.form_id, i.code, i.title, f.stage, f.begun_at, f.begun_by, f.keyed_by,
                 f.to_sign, f.reasons
            FROM continuity_forms AS f
            JOIN continuity_issued AS i ON i.org = f.org AND i.form_id = f.form_id
           WHERE f.org = $1 AND {which}
        ORDER BY f.begun_at, f.form_id
           LIMIT $2
        """,  # noqa: S608 - both conditions stand above
        org,
        MOST,
    )


async def pictures(db: Reader, org: str, form_id: str) -> list[Pictured]:
    """Return the pictures of a form, the first one first."""
    return await db.fetch(
        Pictured,
        """
          SELECT picture_id, kept_at
            FROM continuity_pictures
           WHERE org = $1 AND form_id = $2
        ORDER BY kept_at, picture_id
        """,
        org,
        form_id,
    )


async def picture(db: Reader, form_id: str, picture_id: str) -> bytes | None:
    """Return a picture's bytes; None where whoever asks may not see it."""
    found = await db.fetch_one(
        Sealed,
        "SELECT org, contact, sha256, key_id, body FROM continuity_picture($1, $2, $3)",
        form_id,
        picture_id,
        reader(),
    )
    return None if found is None else await opened(db, found)
