"""From a browser's session to the rows of its organisation: proved in PostgreSQL itself."""

from typing import Final

from msgspec import Struct

from standfast.journal.database import Reader

TOKEN_LENGTH: Final = 64
"""Of a session's token, in hex: ``journal.doors`` makes it."""

SCHEMA: Final = """
-- Whoever shows the token itself, which is in the browser alone, is given leave to read for their
-- organisation, and a proof of who they are. No row: no such session lives. The row is where to
-- look, and is not believed: the token must be one that a door of this site made for this very
-- session, and the journal must say that it began, when it ends and that nobody signed out.
CREATE FUNCTION identity_open(session_token text) RETURNS TABLE (leave text, who text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT tenancy.sign(org), tenancy.sign(org || '/' || staff_id)
      FROM read.identity_sessions
      JOIN read.identity_staff USING (org, staff_id)
     WHERE token_hash = encode(sha256(convert_to(session_token, 'UTF8')), 'hex')
       AND LEAST(expires_at, until) > tenancy.now()
       AND disabled_at IS NULL
       AND tenancy.made_here(session_token, concat_ws('/', session_id, org, staff_id))
       AND tenancy.given_until('identity.session/' || session_id, 'identity.signed_in.v1',
                               'identity.signed_out.v1') > tenancy.now();
END
$$;
"""


class Leave(Struct, frozen=True):
    """What opens the rows of an organisation, and what proves who reads them."""

    leave: str
    who: str


async def leave_to_read(db: Reader, token: str) -> Leave | None:
    """Return what the session with this token opens; None: no such session lives."""
    if len(token) != TOKEN_LENGTH or not (token.isascii() and token.isalnum()):
        return None
    return await db.fetch_one(Leave, "SELECT leave, who FROM identity_open($1)", token)
