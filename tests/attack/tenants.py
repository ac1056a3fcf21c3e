"""What somebody tries who has one organisation's token, or none, and wants another's rows."""

import json
import secrets
from hashlib import sha256

import asyncpg

from standfast.identity.sessions import COOKIE
from tests.attack.registry import Ground, Outcome, attack, got_through, refused
from tests.support.site import PROVIDER, TRUST, Site, TokenKey
from tests.test_isolation import ROWS, tokens_that_open_nothing

GUARDED = [row.TABLE for row in ROWS.values() if row.READ_BY]


async def rows_seen(ground: Ground, token: str) -> dict[str, int]:
    """Return how many rows of which table the readers' role sees with *token*."""
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        await reader.execute("SELECT set_config('standfast.tenant', $1, false)", token)
        counts = {
            table: await reader.fetchval(f"SELECT count(*) FROM read.{table}")
            for table in GUARDED
        }
    finally:
        await reader.close()
    return {table: count for table, count in counts.items() if count}


@attack("Read with a token that is missing, ended, forged or of another key")
async def bad_tokens(ground: Ground) -> Outcome:
    """Try every kind of bad token on every table."""
    tokens = await tokens_that_open_nothing(ground.database)
    for wrong, token in tokens.items():
        if seen := await rows_seen(ground, token):
            return got_through(f"{wrong}: {seen}")
    return refused(f"row-level security: 0 rows in {len(GUARDED)} tables, {len(tokens)} tokens")


@attack("Read another organisation's rows with one's own token, leaving org out")
async def anothers_rows(ground: Ground) -> Outcome:
    """Ask every table for whatever is not one's own."""
    key = await TokenKey.of(ground.database.owner_dsn)
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        for org, other in ((PROVIDER, TRUST), (TRUST, PROVIDER)):
            await reader.execute("SELECT tenancy.enter($1)", key.sign(org))
            for table in GUARDED:
                whose = "org" if ROWS[table].READ_BY == ("org",) else "NULLIF(org, from_org)"
                seen = await reader.fetchval(
                    f"SELECT count(*) FROM read.{table} WHERE {whose} = $1",
                    other,
                )
                if seen and ROWS[table].READ_BY == ("org",):
                    return got_through(f"{org} sees {seen} of {other}'s {table}")
    finally:
        await reader.close()
    return refused(f"row-level security, in {len(GUARDED)} tables")


@attack("Read a foreign contact's facts through the function that reads the journal")
async def foreign_contact(ground: Ground) -> Outcome:
    """Name every contact there is, as an organisation that had nothing to do with them."""
    key = await TokenKey.of(ground.database.owner_dsn)
    owner = await asyncpg.connect(ground.database.owner_dsn)
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        contacts = await owner.fetchval(
            "SELECT array_agg(DISTINCT split_part(stream, '/', 2)) FROM journal"
        )
        await reader.execute("SELECT tenancy.enter($1)", key.sign("elsewhere-111"))
        mine = key.sign("elsewhere-111/amira.khan")
        seen = await reader.fetchval(
            "SELECT count(*) FROM read.access_contact_facts($1, $2)", contacts, mine
        )
        seen += await reader.fetchval(
            "SELECT count(*) FROM read.people_facts('p-margaret', 'x')"
        )
    finally:
        await owner.close()
        await reader.close()
    if seen:
        return got_through(f"{seen} facts of {len(contacts)} foreign contacts")
    return refused(f"the function itself: 0 facts of {len(contacts)} contacts")


@attack("Read a person's past without an entry in the access log, and roll back")
async def past_unseen(ground: Ground) -> Outcome:
    """Have the organisation's token and one's own proof, but never have opened the record."""
    key = await TokenKey.of(ground.database.owner_dsn)
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        await reader.execute("SELECT tenancy.enter($1)", key.sign(PROVIDER))
        await reader.execute("SET default_transaction_read_only = off")
        turn = reader.transaction()
        await turn.start()
        seen = await reader.fetchval(
            "SELECT count(*) FROM read.people_facts('p-margaret', $1)",
            key.sign(f"{PROVIDER}/amira.khan"),
        )
        await turn.rollback()
    finally:
        await reader.close()
    if seen:
        return got_through(f"{seen} facts, and no trace")
    return refused("people_facts: no entry of this reader is on disk")


@attack("Read a case, or copy a person's record, without an entry in the access log")
async def case_unseen(ground: Ground) -> Outcome:
    """Have the organisation's token and one's own proof, and name every contact there is."""
    key = await TokenKey.of(ground.database.owner_dsn)
    owner = await asyncpg.connect(ground.database.owner_dsn)
    reader = await asyncpg.connect(ground.database.reader_dsn)
    proof = key.sign(f"{PROVIDER}/amira.khan")
    try:
        contacts = await owner.fetchval(
            "SELECT array_agg(DISTINCT split_part(stream, '/', 2)) FROM journal"
        )
        await reader.execute("SELECT tenancy.enter($1)", key.sign(PROVIDER))
        seen = await reader.fetchval(
            "SELECT count(*) FROM read.access_contact_facts($1, $2)", contacts, proof
        )
        seen += await reader.fetchval(
            "SELECT count(*) FROM read.records_facts_about('p-margaret', $1, $2)",
            contacts,
            proof,
        )
    finally:
        await owner.close()
        await reader.close()
    if seen:
        return got_through(f"{seen} facts of {len(contacts)} contacts, and no trace")
    return refused(f"the functions: no entry on disk, so 0 facts of {len(contacts)} contacts")


@attack("See foreign rows by a filter that talks (a leaky function in WHERE)")
async def leaky_filter(ground: Ground) -> Outcome:
    """Put a cast that fails on foreign rows before the policy, and read its error message."""
    key = await TokenKey.of(ground.database.owner_dsn)
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        await reader.execute("SELECT tenancy.enter($1)", key.sign("elsewhere-111"))
        await reader.fetch("SELECT 1 FROM read.people_people WHERE details::text::int = 1")
    except asyncpg.DataError as error:
        return got_through(str(error))
    finally:
        await reader.close()
    return refused("row-level security: nothing of ours runs on rows that are not shown")


async def _sign_in(site: Site) -> str:
    """Sign somebody in; return the token that their browser holds."""
    await site.post("/sign-in", {"staff_id": "sam.whitlock"})
    return str(site.browser.cookies[COOKIE])


async def _row_of(site: Site) -> str:
    """Return the newest session's row, as the function that writes rows takes it."""
    row = "SELECT json_agg(s) FROM (SELECT * FROM identity_sessions LIMIT 1) AS s"
    return str(await site.all_orgs.fetch_value(f"SELECT ({row})::text"))


async def _opened(ground: Ground, token: str) -> bool:
    reader = await asyncpg.connect(ground.database.reader_dsn)
    try:
        return bool(await reader.fetchval("SELECT leave FROM read.identity_open($1)", token))
    finally:
        await reader.close()


@attack("Invent a session as the role that writes: its row, and the fact in the journal")
async def invented_session(ground: Ground) -> Outcome:
    """Copy a session that lives, with a token of one's own; say in the journal that it began."""
    token, session_id = secrets.token_hex(32), "invented"
    async with ground.site(real_sign_in=True) as site:
        real = await _sign_in(site)
        (row,) = json.loads(await _row_of(site))
        row |= {"session_id": session_id, "token_hash": sha256(token.encode()).hexdigest()}
        app = await asyncpg.connect(ground.database.app_dsn)
        try:
            await app.execute("SELECT read.put_identity_sessions($1)", json.dumps([row]))
            body = {
                "type": "identity.signed_in.v1",
                "expires_at": "2100-01-01T00:00:00Z",
                **row,
            }
            await app.execute(
                "INSERT INTO public.journal VALUES ('mine', 1, $1, 'identity.signed_in.v1', NULL,"
                " $2, 'x', 1, now(), now(), NULL, $3, '', '', NULL)",
                f"identity.session/{session_id}",
                row["org"],
                json.dumps(body).encode(),
            )
        finally:
            await app.close()
        if not await _opened(ground, real):
            return got_through("a session that lives opens nothing: this proves nothing")
        if await _opened(ground, token):
            return got_through("the invented session opened its organisation's rows")
    return refused("identity_open: no door of this site made the token")


@attack("Go on after signing out, by a row that the writing role puts back")
async def risen_session(ground: Ground) -> Outcome:
    """Hold a token that a door did make, and give its session a row without end."""
    async with ground.site(real_sign_in=True) as site:
        token = await _sign_in(site)
        (row,) = json.loads(await _row_of(site))
        if not await _opened(ground, token):
            return got_through("a session that lives opens nothing: this proves nothing")
        await site.post("/sign-out")
        row["expires_at"] = "2100-01-01T00:00:00+00:00"
        app = await asyncpg.connect(ground.database.app_dsn)
        try:
            await app.execute("SELECT read.put_identity_sessions($1)", json.dumps([row]))
        finally:
            await app.close()
        if await _opened(ground, token):
            return got_through("the session is open again")
    return refused("identity_open: the journal says that it is over")


@attack("Mint a token from the hash of a session that lies in the tables")
async def from_the_hash(ground: Ground) -> Outcome:
    """Read the sessions of one's organisation, and offer what is found as a session's token."""
    async with ground.site(real_sign_in=True) as site:
        await site.post("/sign-in", {"staff_id": "sam.whitlock"})
        key = await TokenKey.of(ground.database.owner_dsn)
        reader = await asyncpg.connect(ground.database.reader_dsn)
        try:
            await reader.execute("SELECT tenancy.enter($1)", key.sign(PROVIDER))
            kept = await reader.fetchval("SELECT token_hash FROM read.identity_sessions")
            leave = await reader.fetchval("SELECT leave FROM read.identity_open($1)", kept)
        finally:
            await reader.close()
    if kept is None:
        return got_through("nobody signed in: this proves nothing")
    return got_through("the hash opened it") if leave else refused("identity_open: no session")
