"""The security doctor's look at the database: who may do what, and what guards the journal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from standfast.cli.looking import Look, bad, fine, watch
from standfast.cli.node import Addresses
from standfast.demo.load import demonstration_present
from standfast.facts.people import ASK_THE_WAY_IN, WAYS_IN
from standfast.journal.database import Connection, connect
from standfast.journal.foreign import EXCHANGE_ROLE
from standfast.journal.schema import APP_ROLE, GUARDED
from standfast.postgres.settings import hba_conf

_POWERS: Final = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolbypassrls", "rolreplication")
_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")

_SAID_WAYS_IN: Final = (
    "calls.place_recorded.v1",
    "calls.ambulance_requested.v1",
    "calls.ambulance_details_changed.v1",
    "dispatch.request_received.v1",
    "dispatch.details_received.v1",
    "people.safety_recorded.v1",
)
"""The facts that once said in the clear how to get into a home."""

_IN_THE_CLEAR: Final = "|".join(
    [
        '"access_notes":"[^"]',
        f'"kind":"({"|".join(sorted(WAYS_IN))})","label":"(?!{ASK_THE_WAY_IN}")',
    ]
)


async def looks(where: Addresses, data: Path) -> AsyncIterator[Look]:
    """Yield what there is to say of the database."""
    owner = await connect(where.owner)
    try:
        yield await _demonstration(owner)
        yield await _powers(owner)
        yield await _grants(owner)
        yield await _guards(owner)
        yield await _isolation(owner)
        yield await _durable(owner)
        yield await ways_in(owner)
    finally:
        await owner.close()
    yield _one_role(where)
    yield _doors(data)


async def _demonstration(owner: Connection) -> Look:
    what = "Demonstration data"
    if await demonstration_present(owner):
        return bad(what, "in this database", "Live work needs a folder of its own: --data")
    return fine(what, "none")


async def _powers(owner: Connection) -> Look:
    what, who = "Database roles", "standfast%"
    records = await owner.fetch(
        f"SELECT rolname, {', '.join(_POWERS)} FROM pg_roles WHERE rolname LIKE $1",  # noqa: S608 - fixed columns
        who,
    )
    held = [
        f"{record['rolname']} has {power}"
        for record in records
        for power in _POWERS
        if record[power]
    ]
    members = await owner.fetch(
        """
        SELECT member.rolname AS member, role.rolname AS role
          FROM pg_auth_members
          JOIN pg_roles AS role ON role.oid = roleid
          JOIN pg_roles AS member ON member.oid = pg_auth_members.member
         WHERE member.rolname LIKE $1
        """,
        who,
    )
    held += [f"{record['member']} is also {record['role']}" for record in members]
    if held:
        return bad(what, "; ".join(held), "ALTER ROLE … NO…; REVOKE what is too much")
    return fine(what, f"{len(records)}, none with a power of its own")


async def _grants(owner: Connection) -> Look:
    what = "Rights on the journal"
    records = await owner.fetch(
        """
          SELECT table_name, grantee, privilege_type
            FROM information_schema.role_table_grants
           WHERE table_name = ANY ($1)
             AND grantee <> (SELECT tableowner FROM pg_tables WHERE tablename = table_name LIMIT 1)
             AND NOT (grantee = $2 AND privilege_type = 'INSERT')
             AND NOT (grantee = $3 AND privilege_type IN ('INSERT', 'SELECT')
                      AND table_name IN ('journal', 'journal_origins'))
        ORDER BY table_name, grantee, privilege_type
        """,
        list(GUARDED),
        APP_ROLE,
        EXCHANGE_ROLE,
    )
    more = [f"{r['grantee']} {r['privilege_type']} {r['table_name']}" for r in records]
    if more:
        return bad(what, "; ".join(more), "REVOKE them; the next start sets them right")
    return fine(what, f"{APP_ROLE} adds, nobody else anything")


async def _guards(owner: Connection) -> Look:
    what = "Guards of the journal"
    count = await owner.fetchval(
        """
        SELECT count(*)
          FROM pg_trigger
         WHERE tgenabled = 'A' AND tgrelid::regclass::text = ANY ($1) AND NOT tgisinternal
        """,
        list(GUARDED),
    )
    wanted = 2 * len(GUARDED)
    if count < wanted:
        return bad(
            what, f"{count} of {wanted} triggers", "standfast verify; then start the node"
        )
    return fine(what, f"{count} triggers, always on")


async def _isolation(owner: Connection) -> Look:
    what = "Organisations apart in the database"
    open_ones = await owner.fetch(
        """
          SELECT relname
            FROM pg_class
           WHERE relnamespace = 'read'::regnamespace AND relkind = 'r'
             AND NOT (relrowsecurity AND relforcerowsecurity)
        ORDER BY relname
        """
    )
    if open_ones:
        names = ", ".join(record["relname"] for record in open_ones)
        return bad(what, f"row-level security is off: {names}", "standfast rebuild")
    return fine(what, "row-level security on every table that pages read")


async def _durable(owner: Connection) -> Look:
    what = "What is acknowledged is on disk"
    off = [
        name
        for name in _DURABLE
        if await owner.fetchval("SELECT current_setting($1)", name)
        not in ("on", "remote_apply")
    ]
    if off:
        return bad(what, f"off: {', '.join(off)}", "Set them to on in PostgreSQL")
    return fine(what, ", ".join(_DURABLE))


async def ways_in(owner: Connection) -> Look:
    """Count what was said of ways into homes before it was sealed: it is in the journal for good."""
    what = "Ways into homes"
    clear = await owner.fetchval(
        """
        SELECT count(*)
          FROM journal
         WHERE type = ANY($1)
           AND CASE WHEN key_id IS NULL THEN convert_from(body, 'UTF8') ~ $2 END
        """,
        list(_SAID_WAYS_IN),
        _IN_THE_CLEAR,
    )
    if clear:
        found = f"{clear:,} facts from before sealing hold one in the clear"
        return watch(what, found, "Nothing rewrites a journal: guard the disk and old backups")
    return fine(what, "sealed wherever one was said")


def _one_role(where: Addresses) -> Look:
    what = "Owner and program apart"
    if where.owner == where.app:
        return bad(what, "one role for both", "Set STANDFAST_OWNER_URL: standfast roles")
    return fine(what, "two roles")


def _doors(data: Path) -> Look:
    what = "Who may connect (pg_hba)"
    path = data / "postgres" / "cluster" / "pg_hba.conf"
    try:
        found = path.read_text(encoding="utf-8")
    except OSError:
        return watch(what, "a PostgreSQL of your own", "See docs/security/database.md")
    if found != hba_conf():
        return bad(what, "pg_hba.conf is not ours", "Start the node: it writes it anew")
    return fine(what, "this machine's own users, over the socket, and no network port")
