"""An organisation's rows are its own: in PostgreSQL, whatever a query says or forgets."""

import ast
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from msgspec import structs

from standfast.app import PROJECTIONS
from standfast.identity.permissions import ROLES, Role, permissions_of
from standfast.identity.sessions import COOKIE
from standfast.journal.database import Pool
from standfast.journal.tenancy import condition
from standfast.journal.tenant import NoTenant, NotEntitled, read_as
from standfast.kernel.rows import Row
from tests.identity.examples import actor_in, load_staff
from tests.identity.making import CASE_ID
from tests.identity.world import load_world
from tests.support.database import Database
from tests.support.site import (
    LONG_AGO,
    PROVIDER,
    TRUST,
    Site,
    TokenKey,
    open_site,
    say_the_time,
)
from tests.test_access import OWNED as PAGES_OF_THINGS
from tests.test_access import ask, filled, place_of
from tools import facts

pytestmark = pytest.mark.anyio

ROWS: Final = {row.TABLE: row for each in PROJECTIONS for row in each.tables}

EVERYBODYS: Final[Mapping[str, str]] = {
    "booking_holds": "who books must see what is taken; it holds no patient",
    "booking_slots": "who books must see what is free; it holds no patient",
    "directory_postcodes": "where a postcode lies is public",
    "directory_services": "the directory of services is one for all",
    "identity_organisations": "what an organisation is called and how it is rung",
    "identity_staff": "who did something is said by name, wherever it is shown",
}
"""Tables that every organisation reads, and why. No patient is in any of them."""

TWO_PARTIES: Final[Mapping[str, str]] = {
    "booking_bookings": "the clinic's, and of the organisation that made the booking",
}

RARE: Final = "$1 IN (org, from_org)"
"""A copy of somebody's record looks for both parties of a booking: no index answers that."""

WHO_READS_ALL: Final[Mapping[str, str]] = {
    "access/implied.py": "a timer: what follows from work of before the gate",
    "app.py": "puts it together",
    "calls/pages_oversight.py": "a timer, which acts for the site",
    "clients/gate.py": "a door: whose access token this is",
    "clients/pages_token.py": "a door: whose assertion this is",
    "files/quarantine.py": "a timer: files that wait for the scanner, which acts for the site",
    "identity/ending.py": "a timer: sessions of leavers",
    "identity/founding.py": "the first two of a site, before anybody can sign in",
    "identity/pages_oidc.py": "a door: whose account of the sign-in service this is",
    "identity/pages_sign_in.py": "a door: whose passkeys and whose code these are",
    "identity/passkeys.py": "a door: whose passkey this is",
    "web/live.py": "health: whether the program's own role could write; no row of anybody",
    "identity/support.py": "a timer: grants whose time is up",
    "identity/rosters.py": "a timer: the roster is the whole site's",
    "identity/telling.py": "a door: whose passkey was tried in vain",
    "identity/sessions.py": "a door: older sessions of whoever signs in, and of a leaver",
    "continuity/standing.py": "a timer: which packs of paper grew old; no patient",
    "dispatch/pages.py": "a timer, which acts for the site",
    "replication/pages.py": "a timer: what the exchange found out about peers; no row of anybody",
}
"""Who may use ``platform.all_orgs``, which reads every organisation's rows. No page may."""

AT_THE_DOOR: Final[Mapping[str, str]] = {
    "clients_clients": "which client an assertion names",
    "clients_switches": "whether the API is off, before it is known whose",
    "clients_tokens": "whose access token this is",
    "continuity_packs": "how old the newest pack of paper is: a timer; no patient",
    "identity_enrolments": "whose code this is; the site's first two",
    "identity_organisations": "what an organisation is called; everybody's",
    "identity_passkeys": "whose passkey this is; the roster",
    "identity_service_links": "whose account of the sign-in service this is",
    "identity_service_sessions": "whom the sign-in service has signed out",
    "identity_sessions": "older sessions of whoever signs in, and of leavers",
    "identity_staff": "who may come in; everybody's",
    "identity_support": "grants whose time is up",
}
"""What the role that writes may read, of every organisation. No patient is in any of them."""

TOLD_TO_THE_WRITER: Final[Mapping[str, str]] = {
    "stream_facts": "what one stream says, to whoever folds it and knows its name",
    "data_keys": "sealed data keys, by ids that nobody guesses",
    "data_keys_of": "sealed data keys of records whose names it knows",
    "erase_keys": "destroys the keys that a word in the journal names, and shows nothing",
    "keys_used": "adds data keys, and shows none",
    "leave_strangers_out": "leaves out what others wrote first in a stream of ours; shows nothing",
    "registered_here": "whether this site has an organisation whose name it knows",
    "stream_version": "how far that stream has come",
    "streams_moved": "moves streams on, and says how far those have come",
    "access_silent": "ids of work that no relationship is known of: a timer",
    "access_work_facts": "what one contact says, to the same timer, which knows its id",
    "calls_not_accepted": "ids of cases whose request nobody accepted in time: a timer",
    "files_waiting": "the file that waits for the scanner, which nobody may open yet: a timer",
    "keep_content": "adds a file, and shows none",
    "dispatch_late": "ids of requests that are late at a desk: a timer",
    "exchange_found": "which peer was stopped, and what of it proves a fork: a timer",
    "exchange_noted": "marks what that timer has made facts of",
}
"""What runs as the owner for the role that writes, besides writing and what pages may ask."""

PROVING: Final[Mapping[str, str]] = {
    "clients_open": "an API client's own token gives leave to read for its organisation",
    "identity_open": "a session's own token gives leave to read for its organisation",
    "access_opened": "says whether the token's organisation has an entry of this reader",
    "access_opened_case": "the same of a case, or of the record of its patient",
    "continuity_picture": "of the token's organisation's form; of a case, if it was opened",
    "files_bytes": "of a file of the token's organisation whose case this reader has opened",
    "proved": "proves a token",
    "records_facts_about": "of a person whose record this reader has opened, which is on disk",
    "access_id_is_free": "whether an id that a sender chose is nothing else's, and no more",
    "access_is_ours": "whether the token's organisation is a party to a contact, and no more",
    "access_contact_facts": "of contacts that this reader has opened, which is on disk",
    "calls_kept_entries": "ids of devices' entries, of the token's organisation's own facts",
    "identity_acts": "of the token's organisation's own facts",
    "exchange_held": "how far each peer says it holds each origin; of no organisation",
    "exchange_standing": "who answered, and how far behind; of no organisation",
    "heads": "where each chain of the journal stands; of no organisation",
    "latest_entries": "times, of keys under which the token's organisation wrote something",
    "people_candidates": "ids of people of the token's organisation",
    "people_facts": "of a person whose record this reader has opened, which is on disk",
}
"""What runs as the tables' owner when a page asks. Each looks at the token by itself."""


# --- Declared ------------------------------------------------------------------------------


def test_every_table_says_whose_its_rows_are() -> None:
    said = {table: row.READ_BY for table, row in ROWS.items()}

    assert {table for table, who in said.items() if not who} == set(EVERYBODYS)
    assert {table for table, who in said.items() if len(who) > 1} == set(TWO_PARTIES)
    assert {who for who in said.values() if len(who) == 1} == {("org",)}


def test_what_reads_everything_is_a_decision_and_stands_here() -> None:
    users = {
        str(path.relative_to(facts.SOURCE))
        for path in facts.SOURCE.rglob("*.py")
        if any(_reads_all(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }

    assert users == set(WHO_READS_ALL)


def _reads_all(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="all_orgs") | ast.keyword(arg="all_orgs"):
            return True
        case _:
            return False


async def test_every_table_is_guarded_and_every_guard_is_forced(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        found = await owner.fetch(
            """
            SELECT relname, relrowsecurity AND relforcerowsecurity AS guarded,
                   (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
                     WHERE polrelid = c.oid AND polname = 'shown') AS shown
              FROM pg_class c
             WHERE relnamespace = 'read'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
            """
        )
    finally:
        await owner.close()

    assert {each["relname"] for each in found} == set(ROWS)
    assert all(each["guarded"] for each in found)
    for each in found:
        assert ("tenancy.org()" in each["shown"]) is (each["relname"] not in EVERYBODYS)


async def test_what_runs_as_the_owner_for_a_page_is_a_decision_and_stands_here(
    database: Database,
) -> None:
    reader = await asyncpg.connect(database.reader_dsn)
    try:
        found = await reader.fetch(
            """
            SELECT proname, proconfig::text AS settings
              FROM pg_proc
             WHERE prosecdef AND pronamespace IN ('read'::regnamespace,
                   'tenancy'::regnamespace, 'public'::regnamespace)
               AND has_function_privilege(oid, 'EXECUTE')
            """
        )
    finally:
        await reader.close()

    assert {each["proname"] for each in found} == set(PROVING)
    assert all("search_path=" in (each["settings"] or "") for each in found)


async def test_the_role_that_writes_reads_nothing_of_a_patient(database: Database) -> None:
    app = await asyncpg.connect(database.app_dsn)
    try:
        read = await app.fetch(
            """
            SELECT relname
              FROM pg_class
             WHERE relnamespace IN ('read'::regnamespace, 'tenancy'::regnamespace)
               AND relkind IN ('r', 'p', 'v', 'm')
               AND (has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                    OR has_any_column_privilege(oid, 'SELECT'))
            """
        )
        journal = await app.fetch(
            """
            SELECT attname
              FROM pg_attribute
             WHERE attrelid = 'public.journal'::regclass AND attnum > 0
               AND has_column_privilege(attrelid, attnum, 'SELECT')
            """
        )
        told = await app.fetch(
            """
            SELECT proname
              FROM pg_proc
             WHERE prosecdef AND has_function_privilege(oid, 'EXECUTE')
               AND pronamespace IN ('read'::regnamespace, 'tenancy'::regnamespace)
            """
        )
    finally:
        await app.close()

    assert {each["relname"] for each in read} == set(AT_THE_DOOR)
    assert {row.TABLE for row in ROWS.values() if row.AT_THE_DOOR} == set(AT_THE_DOOR)
    assert {each["attname"] for each in journal} == {"origin", "seq", "hash", "hlc"}
    writing = {f"{what}_{table}" for table in ROWS for what in ("put", "take")}
    assert {each["proname"] for each in told} == writing | set(TOLD_TO_THE_WRITER) | set(
        PROVING
    )


def test_the_condition_is_a_scalar_that_is_asked_once_a_query() -> None:
    assert condition(ROWS["calls_cases"]) == "org = (SELECT tenancy.org())"
    assert condition(ROWS["booking_bookings"]) == "(SELECT tenancy.org()) IN (org, from_org)"
    assert condition(ROWS["booking_slots"]) == "true"


# --- Kept ----------------------------------------------------------------------------------


async def orgs_seen(connection: "asyncpg.Connection[Any]", row: type[Row]) -> set[str]:
    """Return whose rows a query sees that says nothing of organisations at all."""
    found = await connection.fetch(f"SELECT DISTINCT org FROM read.{row.TABLE}")  # noqa: S608 - our names
    return {each[0] for each in found}


async def test_a_query_that_forgot_the_organisation_shows_nobody_elses_rows(
    database: Database,
) -> None:
    guarded = [row for row in ROWS.values() if row.READ_BY == ("org",)]
    async with open_site(database) as site:
        await load_world(site)
        everything = {row.TABLE: await _all_orgs(site, row) for row in guarded}
        key = await TokenKey.of(database.owner_dsn)
        reader = await asyncpg.connect(database.reader_dsn)
        for org in {org for orgs in everything.values() for org in orgs}:
            await reader.fetchval("SELECT tenancy.enter($1)", key.sign(org))
            for row in guarded:
                mine = await orgs_seen(reader, row)
                assert mine == everything[row.TABLE] & {org}, row.TABLE
        await reader.close()

    assert {org for orgs in everything.values() for org in orgs} >= {PROVIDER, TRUST}


async def _all_orgs(site: Site, row: type[Row]) -> set[str]:
    sql = f"SELECT coalesce(array_agg(DISTINCT org), '{{}}') FROM {row.TABLE}"  # noqa: S608 - ours
    return set(await site.all_orgs.fetch_value(sql))


async def tokens_that_open_nothing(database: Database) -> dict[str, str]:
    """Return what somebody might try, by what is wrong with it."""
    key = await TokenKey.of(database.owner_dsn)
    good = key.sign(PROVIDER)
    ended = int(LONG_AGO.timestamp())
    return {
        "none at all": "",
        "ended": key.sign(PROVIDER, until=ended),
        "another organisation's name on it": good.replace(PROVIDER, TRUST),
        "a longer life": good.replace("4102444800", "9102444800"),
        "another key": TokenKey(key.number, bytes(64)).sign(PROVIDER),
        "a key that does not exist": TokenKey(99, bytes(64)).sign(PROVIDER),
        "cut short": good[:-1],
        "no signature": good.rpartition("|")[0],
        "not a token": "|" * 80,
        "SQL": "' OR true --" * 8,
        "not a number": TokenKey(key.number, bytes(64)).sign(f"{PROVIDER}|x"),
    }


async def test_a_token_that_is_not_good_shows_nothing_and_says_nothing(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await load_world(site)
    reader = await asyncpg.connect(database.reader_dsn)
    try:
        for wrong, token in (await tokens_that_open_nothing(database)).items():
            assert await reader.fetchval("SELECT tenancy.enter($1)", token) is None, wrong
            for row in ROWS.values():
                if row.READ_BY:
                    sql = f"SELECT count(*) FROM read.{row.TABLE}"  # noqa: S608 - our own names
                    count = await reader.fetchval(sql)
                    assert count == 0, (wrong, row.TABLE)
        good = (await TokenKey.of(database.owner_dsn)).sign(PROVIDER)
        assert await reader.fetchval("SELECT tenancy.enter($1)", good) == PROVIDER
        assert await reader.fetchval("SELECT count(*) FROM read.calls_cases") > 0
    finally:
        await reader.close()


async def test_a_key_that_was_changed_proves_what_it_signed_until_it_is_changed_again(
    database: Database,
) -> None:
    key = await TokenKey.of(database.owner_dsn)
    owner = await asyncpg.connect(database.owner_dsn)
    reader = await asyncpg.connect(database.reader_dsn)
    try:
        for proves in (PROVIDER, None):
            await owner.execute("SELECT tenancy.rotate()")
            answer = await reader.fetchval("SELECT tenancy.enter($1)", key.sign(PROVIDER))
            assert answer == proves
    finally:
        await owner.close()
        await reader.close()


async def test_a_page_that_nobody_is_known_to_ask_is_broken_and_not_empty(
    database: Database,
) -> None:
    async with open_site(database) as site:
        site.as_(None)
        with pytest.raises(NoTenant):
            await site.platform.db.fetch_value("SELECT count(*) FROM calls_cases")
        assert await site.platform.public.fetch_value("SELECT count(*) FROM calls_cases") == 0
        read_as("a token that nobody signed")
        with pytest.raises(NotEntitled):
            await site.platform.db.fetch_value("SELECT count(*) FROM calls_cases")


async def test_a_connection_that_was_one_organisations_is_anothers_only_by_its_token(
    database: Database,
) -> None:
    async with open_site(database, pool_size=1) as site:
        await load_world(site)
        for org in (PROVIDER, TRUST, PROVIDER):
            site.read_for(org)
            found = await site.platform.db.fetch_value(
                "SELECT coalesce(array_agg(DISTINCT org), '{}') FROM calls_cases"
            )
            assert found == ([PROVIDER] if org == PROVIDER else [])
            assert await site.platform.public.fetch_value("SELECT tenancy.org()") is None


# --- Sessions ------------------------------------------------------------------------------


async def test_a_session_gives_leave_to_read_for_as_long_as_it_lives(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": "sam.whitlock"})
        token = site.browser.cookies[COOKIE]
        leave = "SELECT leave FROM read.identity_open($1)"
        reader = await asyncpg.connect(database.reader_dsn)
        owner = await asyncpg.connect(database.owner_dsn)
        try:
            given = await reader.fetchval(leave, token)
            who = await reader.fetchval("SELECT who FROM read.identity_open($1)", token)
            proof = await reader.fetchval("SELECT tenancy.proved($1)", who)
            assert proof == f"{PROVIDER}/sam.whitlock"
            assert await reader.fetchval("SELECT tenancy.enter($1)", given) == PROVIDER
            assert await reader.fetchval(leave, token[::-1]) is None
            kept = await reader.fetchval("SELECT token_hash FROM read.identity_sessions")
            assert await reader.fetchval(leave, kept) is None
            await say_the_time(owner, site.clock() + timedelta(hours=13))
            assert await reader.fetchval(leave, token) is None
            assert await reader.fetchval("SELECT tenancy.org()") is None
            await say_the_time(owner, LONG_AGO)
            await site.post("/sign-out")
            assert await reader.fetchval(leave, token) is None
        finally:
            await reader.close()
            await owner.close()


# --- Opened --------------------------------------------------------------------------------


async def test_a_persons_past_is_shown_to_whoever_has_opened_it_and_that_is_on_disk(
    database: Database,
) -> None:
    amira, ruth = actor_in(Role.CALL_HANDLER), actor_in(Role.SUPERVISOR)
    ruth = structs.replace(ruth, staff_id="ruth.calder")
    past = "SELECT count(*) FROM read.people_facts('p-margaret', $1)"
    async with open_site(database) as site:
        await load_world(site)
        key = await TokenKey.of(database.owner_dsn)
        reader = await asyncpg.connect(database.reader_dsn)
        await reader.fetchval("SELECT tenancy.enter($1)", key.sign(PROVIDER))
        proof = key.sign(f"{PROVIDER}/{amira.staff_id}")

        assert await reader.fetchval(past, proof) == 0
        opened = await site.as_(amira).get("/people/p-margaret")
        assert opened.status_code == 200
        assert await reader.fetchval(past, proof) > 0
        for other in (
            key.sign(f"{PROVIDER}/{ruth.staff_id}"),
            key.sign(f"{TRUST}/{amira.staff_id}"),
            key.sign(PROVIDER),
            proof[:-1],
            "",
        ):
            assert await reader.fetchval(past, other) == 0
        owner = await asyncpg.connect(database.owner_dsn)
        await say_the_time(owner, site.clock() + timedelta(minutes=21))
        later = key.sign(f"{PROVIDER}/{amira.staff_id}")
        assert await reader.fetchval(past, later) == 0
        await owner.close()
        await reader.close()


async def test_a_case_is_told_and_copied_to_whoever_has_opened_it_and_that_is_on_disk(
    database: Database,
) -> None:
    amira, ruth = actor_in(Role.CALL_HANDLER), actor_in(Role.SUPERVISOR)
    case = "SELECT count(*) FROM read.access_contact_facts($2, $1)"
    copied = "SELECT count(*) FROM read.records_facts_about('p-margaret', $2, $1)"
    async with open_site(database) as site:
        await load_world(site)
        key = await TokenKey.of(database.owner_dsn)
        reader = await asyncpg.connect(database.reader_dsn)
        await reader.fetchval("SELECT tenancy.enter($1)", key.sign(PROVIDER))
        proof = key.sign(f"{PROVIDER}/{amira.staff_id}")
        others = (
            key.sign(f"{PROVIDER}/{ruth.staff_id}"),
            key.sign(f"{TRUST}/{amira.staff_id}"),
            key.sign(PROVIDER),
            proof[:-1],
            "",
        )

        for sql, page in ((case, f"/calls/{CASE_ID}"), (copied, "/people/p-margaret")):
            assert await reader.fetchval(sql, proof, [CASE_ID]) == 0
            assert (await site.as_(amira).get(page)).status_code == 200
            assert await reader.fetchval(sql, proof, [CASE_ID]) > 0
            for other in others:
                assert await reader.fetchval(sql, other, [CASE_ID]) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetchval("SELECT count(*) FROM tenancy.contact_facts('{x}')")
        owner = await asyncpg.connect(database.owner_dsn)
        await say_the_time(owner, site.clock() + timedelta(minutes=21))
        later = key.sign(f"{PROVIDER}/{amira.staff_id}")
        assert await reader.fetchval(case, later, [CASE_ID]) == 0
        await owner.close()
        await reader.close()


# --- Quick ---------------------------------------------------------------------------------


async def queries_of_pages(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[str, tuple[object, ...]]]:
    """Return every statement that the pages of the world read by, with the values of one time."""
    asked: dict[str, tuple[str, tuple[object, ...]]] = {}
    for name in ("fetch", "fetchrow", "fetchval"):
        plain = getattr(Pool, name)

        async def heard(
            pool: Pool, sql: str, *values: object, tenant: str = "", plain: Any = plain
        ) -> Any:
            if tenant:
                asked[sql] = (tenant, values)
            return await plain(pool, sql, *values, tenant=tenant)

        monkeypatch.setattr(Pool, name, heard)
    for page in PAGES_OF_THINGS:
        place = place_of(page)
        owner = structs.replace(
            actor_in(Role.SUPERVISOR, place.owner), permissions=permissions_of(ROLES)
        )
        await ask(site.as_(owner), page, filled(page.path, place))
    for path in ("/calls/waiting", "/calls/queue", "/calls/oversight", "/prescribing/queue"):
        await site.get(path)
    return asked


def scans(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every scan of a table in *plan*."""
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def conditions(plan: Mapping[str, Any]) -> str:
    """Return what an index is asked in *plan*: in the scan itself, or in a bitmap beneath it."""
    return " ".join(
        [plan.get("Index Cond", ""), *(conditions(part) for part in plan.get("Plans", ()))]
    )


async def test_every_query_of_a_page_asks_an_index_for_its_organisation(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[str] = []
    async with open_site(database) as site:
        await load_world(site)
        asked = await queries_of_pages(site, monkeypatch)
        reader = await asyncpg.connect(
            database.reader_dsn,
            server_settings={"search_path": "read, public", "enable_seqscan": "off"},
        )
        await reader.set_type_codec(
            "json", schema="pg_catalog", encoder=str, decoder=json.loads, format="text"
        )
        for sql, (tenant, values) in asked.items():
            if RARE in sql:
                continue
            await reader.fetchval("SELECT tenancy.enter($1)", tenant)
            (explained,) = await reader.fetchval(f"EXPLAIN (FORMAT json) {sql}", *values)
            for scan in scans(explained["Plan"]):
                row = ROWS.get(scan["Relation Name"])
                if row is not None and row.READ_BY and not _by_index(scan, row):
                    wrong.append(f"{scan['Relation Name']}: {' '.join(sql.split())}")
        await reader.close()

    assert len(asked) > 40
    assert wrong == []


def _by_index(scan: Mapping[str, Any], row: type[Row]) -> bool:
    asked = conditions(scan)
    return any(f"{column} =" in asked for column in (*row.READ_BY, "token_hash"))
