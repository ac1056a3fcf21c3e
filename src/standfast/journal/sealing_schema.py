"""The table of data keys, and the functions by which the program makes and asks for them.

It is no journal: what lies in it is taken away when a record is erased. Nobody lists it. Pages'
role has no right in it at all, and the program's asks for keys whose names it knows already.
"""

from typing import Final

ONE_EACH: Final = "journal_data_keys_one_each"
"""Another process has made this record's key a moment before."""

IS_LIVE: Final = "journal_data_key_is_live"
"""The key was destroyed meanwhile."""

ALL_GONE: Final = "journal_data_keys_all_gone"
"""Not every key that was to be destroyed was: then none is."""

DATA_KEYS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS journal_data_keys (
    key_id       text        NOT NULL PRIMARY KEY,  -- 128 random bits, in hex
    org          text        NOT NULL,
    record       text        NOT NULL,  -- what follows the kind in the names of its streams
    made_here    boolean     NOT NULL,  -- not by a peer
    wrapped_by   text,                  -- which key of the site's ring sealed it; NULL: destroyed
    wrapped      bytea,                 -- nonce, then AES-256-GCM of the key; NULL: destroyed
    made_at      timestamptz NOT NULL,
    destroyed_at timestamptz,           -- NULL: it was not
    why          text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS journal_data_keys_one_each
    ON journal_data_keys (org, record) WHERE made_here;
REVOKE ALL ON journal_data_keys FROM PUBLIC, {app}, {reader};

-- Keys by their ids, to whoever opens facts that name them: 128 random bits are not guessed.
CREATE OR REPLACE FUNCTION tenancy.data_keys(ids text[])
    RETURNS TABLE (key_id text, org text, record text, wrapped_by text, wrapped bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT k.key_id, k.org, k.record, k.wrapped_by, k.wrapped
          FROM public.journal_data_keys AS k
         WHERE k.key_id = ANY (ids) AND k.wrapped IS NOT NULL;
END
$$;

-- The keys that were made here for these records, to whoever writes in them; one that was
-- destroyed as well, so that nobody makes another.
CREATE OR REPLACE FUNCTION tenancy.data_keys_of(orgs text[], records text[])
    RETURNS TABLE (key_id text, org text, record text, wrapped_by text, wrapped bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT k.key_id, k.org, k.record, k.wrapped_by, k.wrapped
          FROM public.journal_data_keys AS k
         WHERE k.made_here
           AND (k.org, k.record) IN (SELECT * FROM unnest(orgs, records));
END
$$;

-- Part of a commit: add the keys that it makes, and see that none it used was destroyed since. Those
-- it used are held to its end: whoever destroys one waits for it, or it waits for them.
CREATE OR REPLACE FUNCTION tenancy.keys_used(
        ids text[], orgs text[], records text[], wrapped_by text[], wrapped bytea[],
        at timestamptz, used text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(ids) > 0 THEN
        INSERT INTO public.journal_data_keys
               (key_id, org, record, made_here, wrapped_by, wrapped, made_at)
        SELECT id, org, record, true, by, key, at
          FROM unnest(ids, orgs, records, wrapped_by, wrapped) AS t (id, org, record, by, key);
    END IF;
    IF cardinality(used) > 0 AND cardinality(used) > (
            SELECT count(*)
              FROM (SELECT FROM public.journal_data_keys AS k
                     WHERE k.key_id = ANY (used) AND k.wrapped IS NOT NULL
                  ORDER BY k.key_id FOR SHARE) AS held) THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'journal_data_key_is_live',
              MESSAGE = 'the data key of a record was destroyed';
    END IF;
END
$$;
-- Part of the commit that leaves word of it: destroy the keys that this site's newest word in this
-- stream names, of its own organisation; what peers say there counts for nothing. All of them go,
-- or none. The streams that they sealed must stand where they were read.
-- Nor may anything have been sealed with the keys since the chains stood as *origins* and *seqs*
-- say, when it was looked at what goes.
DROP FUNCTION IF EXISTS tenancy.erase_keys(text, text[], bigint[]);  -- it once took fewer
CREATE OR REPLACE FUNCTION tenancy.erase_keys(asked text, streams text[], versions bigint[],
                                              origins text[], seqs bigint[])
    RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    chain record;
    said  record;
    moved bigint;
    gone  bigint;
BEGIN
    SELECT j.org, j.recorded_at, convert_from(j.body, 'UTF8')::json ->> 'rule_id' AS rule,
           ARRAY(SELECT DISTINCT json_array_elements_text(
                     convert_from(j.body, 'UTF8')::json -> 'keys')) AS keys INTO said
      FROM public.journal_facts AS j
     WHERE j.stream = asked AND j.type = 'records.erased.v1' AND j.key_id IS NULL
       AND j.origin NOT IN (SELECT origin FROM public.journal_foreign)
       AND j.org NOT IN (SELECT org FROM public.journal_elsewhere)
  ORDER BY j.hlc DESC
     LIMIT 1;
    IF NOT FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = 'nobody has left word of it';
    END IF;
    PERFORM FROM public.journal_data_keys AS k
      WHERE k.key_id = ANY (said.keys) ORDER BY k.key_id FOR UPDATE;
    FOR chain IN
        SELECT o.origin, coalesce(read.seq, 0) AS seq
          FROM public.journal_origins AS o
          LEFT JOIN unnest(origins, seqs) AS read (origin, seq) ON read.origin = o.origin
         WHERE o.origin NOT IN (SELECT origin FROM public.journal_foreign)
    LOOP
        IF EXISTS (SELECT FROM public.journal AS j
                    WHERE j.origin = chain.origin AND j.seq > chain.seq
                      AND j.key_id = ANY (said.keys)
                      AND j.xmin <> pg_current_xact_id()::xid) THEN
            RAISE serialization_failure USING MESSAGE = 'something was added meanwhile';
        END IF;
    END LOOP;
    UPDATE public.journal_streams AS s SET version = s.version + 1
      FROM unnest(streams, versions) AS read (stream, version)
     WHERE s.stream = read.stream AND s.version = read.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved < cardinality(streams) THEN
        RAISE serialization_failure USING MESSAGE = 'something was added meanwhile';
    END IF;
    UPDATE public.journal_data_keys AS k
       SET wrapped = NULL, wrapped_by = NULL, destroyed_at = said.recorded_at,
           why = said.rule
     WHERE k.org = said.org AND k.wrapped IS NOT NULL AND k.key_id = ANY (said.keys);
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone < cardinality(said.keys) THEN
        RAISE integrity_constraint_violation USING CONSTRAINT = 'journal_data_keys_all_gone',
              MESSAGE = 'not every key of the record is here to be destroyed';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION tenancy.erase_keys(text, text[], bigint[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.erase_keys(text, text[], bigint[], text[], bigint[]) TO {app};

REVOKE ALL ON FUNCTION tenancy.data_keys(text[]), tenancy.data_keys_of(text[], text[]),
                       tenancy.keys_used(text[], text[], text[], text[], bytea[], timestamptz,
                                         text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.data_keys(text[]), tenancy.data_keys_of(text[], text[]),
                          tenancy.keys_used(text[], text[], text[], text[], bytea[],
                                            timestamptz, text[]) TO {app};
GRANT EXECUTE ON FUNCTION tenancy.data_keys(text[]) TO {exchange};  -- to fold what it takes in
"""
