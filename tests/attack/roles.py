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
        "GRANT UPDATE ON journal TO standfast_app; UPDATE journal SET actor = 'nobody'"
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


async def run(dsn: str, sql: str) -> Outcome:
    """Run *sql* as whoever *dsn* says; return who refused it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    except asyncpg.PostgresError as error:
        return refused(f"PostgreSQL: {error.args[0]}")
    finally:
        await connection.close()
    return got_through(sql)


async def as_the_program(sql: str, ground: Ground) -> Outcome:
    """Run *sql* as the role that the program writes as."""
    return await run(ground.database.app_dsn, sql)


for _name, _sql in {
    **AGAINST_THE_JOURNAL,
    **BECOMING_ANOTHER,
    **OUT_OF_THE_DATABASE,
    **LAYING_TRAPS,
}.items():
    add(_name, "standfast_app", partial(as_the_program, _sql))
