"""What looks for people, and reads their past, as the tables' owner: for the token's organisation.

PostgreSQL uses no index on likeness under row-level security, since what such an index does
first could tell of another organisation's rows. These functions look at the token themselves.
"""

from typing import Final

from standfast.journal import timeline
from standfast.journal.database import Reader
from standfast.journal.tenant import reader
from standfast.journal.timeline import Fact

SCHEMA: Final = """
-- The library must be there before its threshold can be set by a function.
SELECT show_limit();

-- Whose names have a word spelt like this one, most alike first. The index alone is asked
-- first (MATERIALIZED), the organisation afterwards: a hundred times faster.
CREATE FUNCTION people_spelt_like(asked_org text, word text)
        RETURNS TABLE (person_id text, alike real)
        LANGUAGE plpgsql STABLE SET pg_trgm.word_similarity_threshold = 0.45
        AS $$
BEGIN
    RETURN QUERY
        WITH near AS MATERIALIZED (
            SELECT org, p.person_id, names
              FROM people_people p
             WHERE names %> word
        )
          SELECT near.person_id, word_similarity(word, names)
            FROM near
           WHERE org = asked_org
        ORDER BY 2 DESC, 1
           LIMIT 300;
END
$$;

-- Everybody in the reader's organisation whom one part of what is looked for points at: ids
-- alone. As the tables' owner, since an index on what is alike could tell of another's rows,
-- so that PostgreSQL uses none of them under row-level security.
CREATE FUNCTION people_candidates(asked_nhs_number text, asked_born date[], asked_phone text,
                                  asked_postcode text, asked_sounds text[], asked_names text[])
        RETURNS TABLE (person_id text) LANGUAGE plpgsql STABLE
        SECURITY DEFINER SET search_path = read, public, pg_temp
        SET plan_cache_mode = force_generic_plan  -- else made anew at each call
        AS $$
DECLARE
    ours text := tenancy.org();
BEGIN
    RETURN QUERY
        (SELECT p.person_id FROM people_people p
          WHERE org = ours AND nhs_number = asked_nhs_number)
         UNION
        (SELECT p.person_id FROM people_people p
          WHERE org = ours AND born = ANY(asked_born) LIMIT 200)
         UNION
        (SELECT p.person_id FROM people_people p
          WHERE org = ours AND asked_phone <> ''
            AND phone_keys @> jsonb_build_array(asked_phone) LIMIT 200)
         UNION
        (SELECT p.person_id FROM people_people p
          WHERE org = ours AND asked_postcode <> ''
            AND postcode_key LIKE asked_postcode || '%' LIMIT 200)
         UNION
        (SELECT p.person_id FROM people_people p
          WHERE org = ours AND sounds ?& asked_sounds AND asked_sounds <> '{}' LIMIT 200)
         UNION
        (  SELECT alike.person_id
             FROM unnest(asked_names) AS word,
                  people_spelt_like(ours, word) AS alike
         GROUP BY alike.person_id
         ORDER BY sum(alike.alike) DESC, alike.person_id
            LIMIT 200);
END
$$;

-- All that was written about one person of the reader's organisation: for whoever has opened the
-- person's record, which is on disk already. A reader writes nothing, so that nothing of this can
-- be read and the trace of it rolled back.
CREATE FUNCTION people_facts(asked_person_id text, who text) RETURNS SETOF public.journal
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF read.access_opened(asked_person_id, who)
       AND EXISTS (SELECT FROM read.people_people
                    WHERE org = tenancy.org() AND person_id = asked_person_id) THEN
        RETURN QUERY
              SELECT * FROM public.journal_facts WHERE subject = asked_person_id
            ORDER BY hlc, origin, seq;
    END IF;
END
$$;
"""


async def facts(db: Reader, person_id: str) -> list[Fact]:
    """Return every fact that was written about one person of the reader's, oldest first.

    None are shown to somebody of whom it is not on disk that they opened the record.
    """
    return await timeline.facts(db, "people_facts($1, $2)", person_id, reader())
