"""The roles of a site's database, and what PostgreSQL lets everybody do that none of ours may.

Run by the superuser at every start, any number of times: so a folder that an earlier version
made gets what this one needs. A site with a PostgreSQL of its own runs it by hand
(``standfast roles``, docs/security/database.md).
"""

from typing import Final

from standfast.postgres.settings import APP, EXCHANGE, OWNER, READER

_ROLE: Final = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN;
    END IF;
END $$;
"""

_ROLES: Final = f"""
ALTER ROLE {READER} SET default_transaction_read_only = on;
ALTER ROLE {READER} SET statement_timeout = '15s';
ALTER ROLE {READER} SET lock_timeout = '5s';
ALTER ROLE {READER} SET idle_in_transaction_session_timeout = '15s';
"""

_DATABASE: Final = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {app}, {reader}, {exchange};
"""

OURS_ALONE: Final = ("pg_advisory%", "pg_try_advisory%", "pg_notify")
"""A lane is held by a lock: whoever may take locks could stop all writing."""

NOBODYS: Final = ("lo\\_%", "lowrite", "pg_terminate_backend", "pg_cancel_backend", "pg_sleep%")
"""Filling the disk, and ending or holding up others' work. The superuser may, all the same."""

_FUNCTIONS: Final = """
DO $$
DECLARE
    each regprocedure;
BEGIN
    FOR each IN SELECT oid FROM pg_proc
                 WHERE pronamespace = 'pg_catalog'::regnamespace
                   AND proname LIKE ANY (ARRAY[{patterns}]) LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each);
        {grant}
    END LOOP;
END $$;
"""
_GRANT: Final = f"EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {APP}, {OWNER}', each);"


def everything(database: str) -> str:
    """Return what psql has to run, as the superuser, for *database* to be ours."""
    made = "".join(_ROLE.format(role=role) for role in (OWNER, APP, READER, EXCHANGE))
    rights = _DATABASE.format(database=database, app=APP, reader=READER, exchange=EXCHANGE)
    return f"{made}{_ROLES}{rights}\\connect {database}\n{functions()}"


def functions() -> str:
    """Return what takes PostgreSQL's own functions away from whoever has no need of them."""
    return _revoked(OURS_ALONE, _GRANT) + _revoked(NOBODYS, "")


def _revoked(patterns: tuple[str, ...], grant: str) -> str:
    listed = ", ".join(f"'{each}'" for each in patterns)
    return _FUNCTIONS.format(patterns=listed, grant=grant)
