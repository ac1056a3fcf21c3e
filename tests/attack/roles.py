"""What somebody tries who runs statements as the program's own role, as after an injection."""

from functools import partial
from typing import Final

import asyncpg

from tests.attack.registry import Ground, Outcome, add, got_through, refused

AGAINST_THE_JOURNAL: Final = {
    "Change a fact (UPDATE journal)": "UPDATE journal SET actor = 'nobody'",
    "Take a fact away (DELETE)": "DELETE FROM journal",
    "Empty the journal (TRUNCATE)": "TRUNCATE journal",
    "Reshape it (ALTER TABLE)": "ALTER TABLE journal DROP COLUMN sig",
    "Switch its guard off (DISABLE TRIGGER)": "ALTER TABLE journal DISABLE TRIGGER ALL",
    "Drop its guard (DROP TRIGGER)": "DROP TRIGGER journal_rows_stay ON journal",
    "Slip past triggers (session_replication_role)": (
        "SET session_replication_role = 'replica'"
    ),
    "Drop the journal": "DROP TABLE journal",
    "Give itself rights (GRANT, then UPDATE)": (
        "GRANT UPDATE ON journal TO PUBLIC; UPDATE journal SET actor = 'nobody'"
    ),
    "Change a file's bytes (UPDATE journal_contents)": "UPDATE journal_contents SET body = 'x'",
    "Say that a file is another kind (UPDATE)": (
        "UPDATE journal_contents SET media_type = 'text/html'"
    ),
    "Take a file away (DELETE)": "DELETE FROM journal_contents",
    "Empty the files (TRUNCATE)": "TRUNCATE journal_contents",
    "Put bytes under another's digest (INSERT)": (
        "INSERT INTO journal_contents VALUES "
        "('o', 'c', repeat('0', 64), 'image/jpeg', 1, 'x', now(), 'y')"
    ),
    "Put other bytes under a digest that is there (ON CONFLICT)": (
        "INSERT INTO journal_contents SELECT * FROM journal_contents "
        "ON CONFLICT (org, contact, sha256) DO UPDATE SET body = 'x'"
    ),
    "Change a site's key": "UPDATE journal_origins SET public_key = '\\x00'",
}
BECOMING_ANOTHER: Final = {
    "Become the owner (SET ROLE)": "SET ROLE standfast_owner",
    "Become the superuser (SET ROLE)": "SET ROLE postgres",
    "Become the superuser (SET SESSION AUTHORIZATION)": "SET SESSION AUTHORIZATION postgres",
    "Make a superuser (CREATE ROLE)": "CREATE ROLE mine SUPERUSER",
    "Become a superuser (ALTER ROLE)": "ALTER ROLE standfast_app SUPERUSER",
}
OUT_OF_THE_DATABASE: Final = {
    "Run a program (COPY TO PROGRAM)": "COPY (SELECT 1) TO PROGRAM 'cat'",
    "Run a program (COPY FROM PROGRAM)": "COPY journal_streams FROM PROGRAM 'id'",
    "Write a file (COPY TO)": "COPY (SELECT 1) TO '/tmp/standfast-attack'",
    "Write a file (lo_export)": "SELECT lo_export(1, '/tmp/standfast-attack')",
    "Read a file (pg_read_file)": "SELECT pg_read_file('PG_VERSION')",
    "Read a folder (pg_ls_dir)": "SELECT pg_ls_dir('.')",
    "Reach another database (CREATE EXTENSION dblink)": "CREATE EXTENSION dblink",
    "Change the server (ALTER SYSTEM)": "ALTER SYSTEM SET fsync = off",
}
LAYING_TRAPS: Final = {
    "Lay a function in the search path (public)": (
        "CREATE FUNCTION public.digest(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'"
    ),
    "Lay a function in the search path (read)": (
        "CREATE FUNCTION read.lower(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'"
    ),
    "Lay a table in the search path (TEMP)": "CREATE TEMP TABLE journal (x int)",
    "Make a schema of its own": "CREATE SCHEMA mine",
}
AGAINST_ISOLATION: Final = {
    "Read the key that tokens are signed with": "SELECT inside FROM tenancy.keys",
    "Sign a token for an organisation of one's choice": (
        "SELECT tenancy.sign('harrowmere-ambulance')"
    ),
    "Change the key that tokens are signed with": "SELECT tenancy.rotate()",
    "Say that it is another time, for old tokens": (
        "CREATE OR REPLACE FUNCTION tenancy.now() RETURNS timestamptz LANGUAGE sql "
        "AS $$ SELECT '2000-01-01'::timestamptz $$"
    ),
    "Drop the policy of a table (DROP POLICY)": "DROP POLICY shown ON read.calls_cases",
    "Make a policy of its own (CREATE POLICY)": (
        "CREATE POLICY mine ON read.calls_cases USING (true)"
    ),
    "Switch row-level security off (ALTER TABLE)": (
        "ALTER TABLE read.calls_cases DISABLE ROW LEVEL SECURITY"
    ),
    "Pass by row-level security (BYPASSRLS)": "ALTER ROLE standfast_reader BYPASSRLS",
    "Read the keys that sessions' tokens are made with": "SELECT inside FROM tenancy.doors",
    "Have sessions' tokens proved by a key of one's own": "SELECT tenancy.open_door('\\x6d79')",
    "Ask whether a token was made here, until one was": (
        "SELECT tenancy.made_here(repeat('0', 64), 'session/org/staff')"
    ),
}
BEYOND_WRITING: Final = {
    "Read what happened to everybody (SELECT body)": "SELECT body FROM public.journal",
    "List everybody's streams": "SELECT stream FROM public.journal_streams",
    "List everybody's streams by what is appended": "SELECT DISTINCT stream FROM public.journal",
    "Read every organisation's cases": "SELECT * FROM read.calls_cases",
    "Read every organisation's people": "SELECT * FROM read.people_people",
    "Read who opened which record": "SELECT * FROM read.access_entries",
    "Change whose a session is (UPDATE)": (
        "UPDATE read.identity_sessions SET staff_id = 'ines.maro'"
    ),
    "Take an entry of the access log away (DELETE)": "DELETE FROM read.access_entries",
    "Read rows back from writing them (RETURNING)": (
        "DELETE FROM read.calls_cases RETURNING case_id"
    ),
    "Read rows through a lock (SELECT FOR UPDATE)": (
        "SELECT * FROM read.prescribing_needs FOR UPDATE"
    ),
    "List the keys of records (SELECT journal_data_keys)": (
        "SELECT * FROM public.journal_data_keys"
    ),
    "Destroy a record's key with no word of it left (erase_keys)": (
        "SELECT tenancy.erase_keys('records.erasure/x', '{}', '{}', '{}', '{}')"
    ),
    "Destroy a record's key (DELETE)": "DELETE FROM public.journal_data_keys",
    "Put a key of its own in a record's place (UPDATE)": (
        "UPDATE public.journal_data_keys SET wrapped = 'x'"
    ),
    "Set a stream back, so that a fact is decided twice": (
        "UPDATE public.journal_streams SET version = 0"
    ),
}
HOLDING_OTHERS_UP: Final = {
    "End others' work (pg_terminate_backend)": (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    ),
    "Stop others' queries (pg_cancel_backend)": (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    ),
    "Fill the disk with large objects (lo_from_bytea)": "SELECT lo_from_bytea(0, 'x')",
    "Hold connections for hours (pg_sleep)": "SELECT pg_sleep(3600)",
}
BEYOND_READING: Final = {
    "Read the journal past every policy": "SELECT body FROM public.journal",
    "Read the files past their function": "SELECT body FROM public.journal_contents",
    "List the keys of records (SELECT journal_data_keys)": (
        "SELECT * FROM public.journal_data_keys"
    ),
    "Ask for a record's key by its id (data_keys)": "SELECT * FROM tenancy.data_keys('{x}')",
    "Ask for a record's key by the record (data_keys_of)": (
        "SELECT * FROM tenancy.data_keys_of('{x}', '{y}')"
    ),
    "Read a stream as whoever folds it": (
        "SELECT * FROM tenancy.stream_facts('identity.staff/sam.whitlock')"
    ),
    "Write rows as the writer does (put)": "SELECT read.put_identity_sessions('[]')",
    "Take rows away as the writer does (take)": (
        "SELECT read.take_access_entries('{x}', '{y}')"
    ),
    "Write a fact of its own (INSERT)": (
        "INSERT INTO public.journal_streams (stream, version) VALUES ('calls.case/x', 1)"
    ),
    "Write a row (INSERT)": "INSERT INTO read.calls_queue SELECT * FROM read.calls_queue",
    "Change a row that it sees (UPDATE)": "UPDATE read.identity_staff SET roles = '[]'",
    "Show itself rows without policies (row_security)": (
        "SET row_security = off; SELECT * FROM read.calls_cases"
    ),
    "Hold a lane's lock, so that nobody writes (pg_advisory_lock)": (
        "SELECT pg_advisory_lock(24330, 0)"
    ),
    "Hold the next lane's lock (pg_try_advisory_lock)": (
        "SELECT pg_try_advisory_lock(24330, 1)"
    ),
    "Lock a table against its writers (LOCK TABLE)": (
        "BEGIN; LOCK TABLE read.calls_cases IN SHARE MODE"
    ),
}


async def run(dsn: str, sql: str) -> Outcome:
    """Run *sql* as whoever *dsn* says; return who refused it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET default_transaction_read_only = off")  # anybody can
        await connection.execute(sql)
    except asyncpg.InsufficientPrivilegeError as error:
        return refused(f"PostgreSQL: {error.args[0]}")
    except asyncpg.PostgresError as error:
        return got_through(f"it failed, and not for want of a right: {error.args[0]}")
    finally:
        await connection.close()
    return got_through(sql)


async def as_the_program(sql: str, ground: Ground) -> Outcome:
    """Run *sql* as the role that the program writes as."""
    return await run(ground.database.app_dsn, sql)


async def as_a_page(sql: str, ground: Ground) -> Outcome:
    """Run *sql* as the role that pages read as."""
    return await run(ground.database.reader_dsn, sql)


for _name, _sql in {
    **AGAINST_THE_JOURNAL,
    **BECOMING_ANOTHER,
    **OUT_OF_THE_DATABASE,
    **LAYING_TRAPS,
    **AGAINST_ISOLATION,
    **HOLDING_OTHERS_UP,
}.items():
    add(_name, "standfast_app", partial(as_the_program, _sql))
    add(_name, "standfast_reader", partial(as_a_page, _sql))
for _name, _sql in BEYOND_WRITING.items():
    add(_name, "standfast_app", partial(as_the_program, _sql))
for _name, _sql in BEYOND_READING.items():
    add(_name, "standfast_reader", partial(as_a_page, _sql))
