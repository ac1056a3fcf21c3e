"""What was done in somebody's name, as the journal has it: for the reader's organisation."""

from datetime import datetime
from typing import Final

from standfast.journal.database import Reader
from standfast.journal.timeline import Fact, facts

SCHEMA: Final = """
-- What these actors did at the reader's organisation that was written down since then.
CREATE FUNCTION identity_acts(actors text[], since timestamptz, most bigint)
    RETURNS SETOF public.journal
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT *
        FROM public.journal_facts
       WHERE org = (SELECT tenancy.org()) AND actor = ANY (actors) AND recorded_at >= since
    ORDER BY hlc, origin, seq
       LIMIT most
$$;
"""


async def acts(db: Reader, actors: list[str], since: datetime, *, most: int) -> list[Fact]:
    """Return what these actors did, as it was written down from *since* on, oldest first."""
    return await facts(db, "identity_acts($1, $2, $3)", actors, since, most)
