"""Whose rows a page may read: proved to PostgreSQL by a token that no page can make.

A page reads as the role ``standfast_reader``. Row-level security shows it the rows of the one
organisation that its token names, and the token is signed with a key that only functions of the
tables' owner can read. A context that lets somebody in (a session, an API client) declares in
its SCHEMA a function that proves it and returns ``tenancy.sign(org)``.
"""

from collections.abc import Collection
from typing import Final

from standfast.journal.appending import rows_writer
from standfast.journal.columns import functions_of
from standfast.journal.foreign import EXCHANGE_ROLE
from standfast.kernel.rows import Row

READER_ROLE: Final = "standfast_reader"
"""What pages read as: no table of its own, no writing, no row without a token."""

TENANCY: Final = """
CREATE SCHEMA IF NOT EXISTS tenancy;
REVOKE ALL ON SCHEMA tenancy FROM PUBLIC;
GRANT USAGE ON SCHEMA tenancy TO {app}, {reader};

-- The keys that tokens are signed with: the newest signs, the one before it still proves.
-- Each is HMAC's inner and outer block, so that no function has to make them again.
CREATE TABLE IF NOT EXISTS tenancy.keys (
    number  bigint NOT NULL PRIMARY KEY,
    inside  bytea  NOT NULL,
    outside bytea  NOT NULL
);
REVOKE ALL ON tenancy.keys FROM PUBLIC, {app}, {reader};

CREATE OR REPLACE FUNCTION tenancy.rotate() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    random  bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                  || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    padded  bytea := sha256(random) || decode(repeat('00', 32), 'hex');
    inside  bytea := padded;
    outside bytea := padded;
    newest  bigint := coalesce((SELECT max(number) FROM tenancy.keys), 0);
BEGIN
    FOR i IN 0..63 LOOP
        inside := set_byte(inside, i, get_byte(padded, i) # 54);    -- 0x36, RFC 2104
        outside := set_byte(outside, i, get_byte(padded, i) # 92);  -- 0x5c
    END LOOP;
    DELETE FROM tenancy.keys WHERE number < newest;
    INSERT INTO tenancy.keys VALUES (newest + 1, inside, outside);
END
$$;
REVOKE ALL ON FUNCTION tenancy.rotate() FROM PUBLIC;
SELECT tenancy.rotate() WHERE NOT EXISTS (SELECT FROM tenancy.keys);

-- The time by which tokens end. A function of its own, so that a test can say what time it is;
-- VOLATILE as what it asks, so that PostgreSQL puts that in its place and calls nothing.
CREATE OR REPLACE FUNCTION tenancy.now() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT clock_timestamp()';

-- A token for one organisation, or for ORG/STAFF: one member of its staff. The first is the same
-- for everybody there, and for ten minutes, so that a
-- connection seldom has to be told another; it ends ten to twenty minutes from now.
CREATE OR REPLACE FUNCTION tenancy.sign(said_org text) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key  tenancy.keys;
    said text;
BEGIN
    IF position('|' IN said_org) <> 0 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO key FROM tenancy.keys ORDER BY number DESC LIMIT 1;
    said := said_org || '|' || (floor(extract(epoch FROM tenancy.now()) / 600) * 600 + 1200)
                     || '|' || key.number;
    RETURN said || '|' || encode(
        sha256(key.outside || sha256(key.inside || convert_to(said, 'UTF8'))), 'hex');
END
$$;
REVOKE ALL ON FUNCTION tenancy.sign(text) FROM PUBLIC;

-- What a token names; NULL if it has ended, or nobody of ours signed it. Nothing in it is looked
-- at before its signature is proved.
CREATE OR REPLACE FUNCTION tenancy.proved(token text) RETURNS text LANGUAGE plpgsql STABLE
    PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said  text := left(coalesce(token, ''), -65);
    key   tenancy.keys;
BEGIN
    IF said = '' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO key FROM tenancy.keys WHERE number::text = split_part(said, '|', 3);
    IF NOT FOUND OR sha256(convert_to(right(token, 64), 'UTF8')) <> sha256(convert_to(encode(
           sha256(key.outside || sha256(key.inside || convert_to(said, 'UTF8'))), 'hex'), 'UTF8'))
       OR split_part(said, '|', 2)::bigint <= extract(epoch FROM tenancy.now()) THEN
        RETURN NULL;
    END IF;
    RETURN split_part(said, '|', 1);
END
$$;

-- The keys by which the program's doors make tokens for browsers and clients (journal.doors), told
-- by the owner at each start. One that was not told for a month has gone.
CREATE TABLE IF NOT EXISTS tenancy.doors (
    inside  bytea       NOT NULL PRIMARY KEY,
    outside bytea       NOT NULL,
    told_at timestamptz NOT NULL
);
REVOKE ALL ON tenancy.doors FROM PUBLIC, {app}, {reader};

CREATE OR REPLACE FUNCTION tenancy.open_door(key bytea) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    inside  bytea := key || decode(repeat('00', 64 - length(key)), 'hex');
    outside bytea := inside;
BEGIN
    FOR i IN 0..63 LOOP
        outside := set_byte(outside, i, get_byte(inside, i) # 92);
        inside := set_byte(inside, i, get_byte(inside, i) # 54);
    END LOOP;
    DELETE FROM tenancy.doors AS d WHERE d.told_at < clock_timestamp() - interval '30 days';
    INSERT INTO tenancy.doors VALUES (inside, outside, clock_timestamp())
        ON CONFLICT ON CONSTRAINT doors_pkey DO UPDATE SET told_at = excluded.told_at;
END
$$;
REVOKE ALL ON FUNCTION tenancy.open_door(bytea) FROM PUBLIC;

-- Whether a door made *token* for what it is about. Rows of the tables cannot make it so.
CREATE OR REPLACE FUNCTION tenancy.made_here(token text, about text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM tenancy.doors
         WHERE sha256(convert_to(right(token, 32), 'UTF8')) = sha256(convert_to(left(encode(
               sha256(outside || sha256(inside
                      || convert_to(about || '/' || left(token, -32), 'UTF8'))),
               'hex'), 32), 'UTF8')));
END
$$;
REVOKE ALL ON FUNCTION tenancy.made_here(text, text) FROM PUBLIC;

-- When what the journal says was given in this stream ends, by the first word of it; NULL: it was
-- never given, or was taken back since. A later fact makes it no longer.
CREATE OR REPLACE FUNCTION tenancy.given_until(asked text, given text, taken_back text)
    RETURNS timestamptz
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.journal_facts WHERE stream = asked AND type = taken_back) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT min((convert_from(body, 'UTF8')::json ->> 'expires_at')::timestamptz)
              FROM public.journal_facts
             WHERE stream = asked AND type = given);
END
$$;
REVOKE ALL ON FUNCTION tenancy.given_until(text, text, text) FROM PUBLIC;

-- The organisation whose rows this connection reads; NULL: nobody's.
CREATE OR REPLACE FUNCTION tenancy.org() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN tenancy.proved(current_setting('standfast.tenant', true));
END
$$;

-- Tell this connection whose rows it reads from now on; returns whose, or NULL.
CREATE OR REPLACE FUNCTION tenancy.enter(token text) RETURNS text LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('standfast.tenant', token, false);
    RETURN tenancy.org();
END
$$;

-- Kinds of streams that share the key of one contact. A person's stream is none, nor is whatever
-- else may happen to have the same key.
CREATE OR REPLACE FUNCTION tenancy.contact_kinds() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['booking.booking', 'calls.call', 'calls.case', 'dispatch.incident', 'files.case',
                 'people.contact', 'prescribing.need', 'triage.assessment']
$$;

-- All that was written about contacts to which this organisation is a party, by whoever is; and
-- whatever else it wrote itself under these keys.
CREATE OR REPLACE FUNCTION tenancy.contact_facts(contacts text[]) RETURNS SETOF public.journal
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan  -- else made anew at each call, for the array's length
    AS $$
DECLARE
    ours text := tenancy.org();
    mine text[] := ARRAY(
        SELECT contact
          FROM unnest(contacts) AS contact
         WHERE EXISTS (SELECT FROM public.journal_facts
                        WHERE split_part(stream, '/', 2) = contact
                          AND split_part(stream, '/', 1) = ANY (tenancy.contact_kinds())
                          AND org = ours));
BEGIN
    RETURN QUERY
          SELECT *
            FROM public.journal_facts
           WHERE split_part(stream, '/', 2) = ANY (contacts)
             AND (org = ours
                  OR split_part(stream, '/', 1) = ANY (tenancy.contact_kinds())
                     AND split_part(stream, '/', 2) = ANY (mine))
        ORDER BY hlc, origin, seq;
END
$$;

REVOKE ALL ON FUNCTION tenancy.contact_facts(text[]) FROM PUBLIC;

-- When something was last written under each of these keys, or about it: of keys under which, or
-- about which, this organisation wrote something itself.
CREATE OR REPLACE FUNCTION tenancy.latest_entries(keys text[], besides text[])
    RETURNS TABLE (key text, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT entries.key, max(greatest(occurred_at, recorded_at))
        FROM (SELECT split_part(stream, '/', 2) AS key, stream, org, occurred_at, recorded_at
                FROM public.journal_facts
               WHERE split_part(stream, '/', 2) = ANY (keys)
               UNION ALL
              SELECT subject AS key, stream, org, occurred_at, recorded_at
                FROM public.journal_facts
               WHERE subject = ANY (keys)) AS entries
       WHERE NOT stream LIKE ANY (besides)
    GROUP BY entries.key
      HAVING bool_or(org = (SELECT tenancy.org()))
$$;

-- Where each chain stands: what the shift sheet shows. Of nobody.
CREATE OR REPLACE FUNCTION tenancy.heads()
    RETURNS TABLE (origin text, seq bigint, hash text, sig text, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT o.origin, j.seq, encode(j.hash, 'hex'), encode(j.sig, 'hex'), j.recorded_at
        FROM public.journal_origins AS o,
     LATERAL (SELECT newest.seq, newest.hash, newest.sig, newest.recorded_at
                FROM public.journal AS newest
               WHERE newest.origin = o.origin AND newest.sig IS NOT NULL
            ORDER BY newest.seq DESC
               LIMIT 1) AS j
    ORDER BY o.origin
$$;

-- What one stream says, to whoever folds it. Its name must be known: those of contacts and
-- people hold 74 random bits, and nothing that the program may read lists them.
DROP FUNCTION IF EXISTS tenancy.stream_facts(text);  -- it once returned fewer columns
CREATE FUNCTION tenancy.stream_facts(asked text)
    RETURNS TABLE (type text, body bytea, hlc bigint, origin text, seq bigint, stream text,
                   org text, key_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
          SELECT j.type, j.body, j.hlc, j.origin, j.seq, j.stream, j.org, j.key_id
            FROM public.journal AS j
           WHERE j.stream = asked
             AND NOT EXISTS (SELECT FROM public.journal_left_out AS l
                              WHERE l.stream = asked AND l.origin = j.origin AND l.seq = j.seq)
        ORDER BY j.hlc, j.origin, j.seq;
END
$$;

CREATE OR REPLACE FUNCTION tenancy.stream_version(asked text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT version FROM public.journal_streams WHERE stream = asked);
END
$$;

-- Move streams on by as many facts as are added to each; returns how far they have come.
CREATE OR REPLACE FUNCTION tenancy.streams_moved(streams text[], added bigint[])
    RETURNS TABLE (stream text, version bigint)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        INSERT INTO public.journal_streams AS known (stream, version)
        SELECT * FROM unnest(streams, added)
            ON CONFLICT (stream) DO UPDATE SET version = known.version + excluded.version
        RETURNING known.stream, known.version;
END
$$;
REVOKE ALL ON FUNCTION tenancy.stream_facts(text), tenancy.stream_version(text),
                       tenancy.streams_moved(text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.stream_facts(text), tenancy.stream_version(text),
                          tenancy.streams_moved(text[], bigint[]) TO {app};

GRANT USAGE ON SCHEMA public TO {reader};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON journal, journal_origins, journal_streams, journal_read_models FROM {reader};
"""

EACH_TABLE: Final = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY written ON {table} TO {owner} USING (true) WITH CHECK (true);
CREATE POLICY shown ON {table} FOR SELECT TO {reader} USING ({condition});
GRANT SELECT ON {table} TO {reader};
"""

AT_THE_DOOR: Final = """
CREATE POLICY found ON {table} FOR SELECT TO {app} USING (true);
GRANT SELECT ON {table} TO {app};
"""


def policies(tables: Collection[type[Row]], *, owner: str, app: str) -> str:
    """Return the statements that let each organisation read its own rows of *tables*.

    *app* reads those by which it is found out who somebody is, and none of a patient; it writes
    all of them by functions that show it nothing.
    """
    made = [f"GRANT USAGE ON SCHEMA read TO {READER_ROLE};\n"]
    for table in sorted(set(tables), key=lambda each: each.TABLE):
        made.append(
            EACH_TABLE.format(
                table=table.TABLE,
                owner=owner,
                reader=READER_ROLE,
                condition=condition(table),
            )
        )
        if table.AT_THE_DOOR:
            made.append(AT_THE_DOOR.format(table=table.TABLE, app=app))
        made.append(functions_of(table, app=f"{app}, {EXCHANGE_ROLE}"))
    return "".join((*made, rows_writer(tables, app=app)))


def condition(table: type[Row]) -> str:
    """Return when a row is shown. A scalar, asked once a query: conditions on indexes remain."""
    match table.READ_BY:
        case ():
            return "true"
        case (column,):
            return f"{column} = (SELECT tenancy.org())"
        case columns:
            return f"(SELECT tenancy.org()) IN ({', '.join(columns)})"
