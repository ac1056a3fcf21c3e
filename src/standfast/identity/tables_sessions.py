"""Sessions that nobody has ended: whose, where, and of whom who left."""

from msgspec import Struct

from standfast.journal.database import Reader


class OpenSession(Struct, frozen=True, kw_only=True):
    """A session that nobody has ended, and whose it is."""

    org: str
    session_id: str
    staff_id: str


async def sessions_of(db: Reader, org: str, staff_id: str) -> list[OpenSession]:
    """Return the sessions of somebody that nobody has ended."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions
           WHERE org = $1 AND staff_id = $2
        ORDER BY session_id
        """,
        org,
        staff_id,
    )


async def sessions_at(
    db: Reader, org: str, staff_id: str, device_hash: str
) -> list[OpenSession]:
    """Return the sessions of somebody at one device that nobody has ended."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions
           WHERE org = $1 AND staff_id = $2 AND device_hash = $3
        ORDER BY session_id
        """,
        org,
        staff_id,
        device_hash,
    )


async def left_open(db: Reader) -> list[OpenSession]:
    """Return the sessions, at every organisation here, of people who were disabled."""
    return await db.fetch(
        OpenSession,
        """
          SELECT org, session_id, staff_id
            FROM identity_sessions s
            JOIN identity_staff p USING (org, staff_id)
           WHERE p.disabled_at IS NOT NULL
        ORDER BY session_id
        """,
    )
