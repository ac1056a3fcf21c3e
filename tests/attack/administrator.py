"""What a database administrator tries, who may do everything: it happens, and it is found."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
from msgspec import structs

from standfast.app import CONSTRAINTS, PROJECTIONS, REACTIONS
from standfast.facts.identity import OrganisationDetails
from standfast.identity.model import ORGANISATION, RegisterOrganisation
from standfast.journal.database import Reader, connect, connect_pool
from standfast.journal.entries import COLUMNS, GENESIS, Entry, digest
from standfast.journal.heads import Claim, contains, heads
from standfast.journal.keys import SiteKey
from standfast.journal.store import Journal
from standfast.journal.verify import Fault, verify
from standfast.journal.writer import Site, Writer
from tests.attack.registry import Ground, Outcome, add, attack, found, got_through

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = SiteKey.generate()
ORIGIN = "attacked.1.0"
ROWS = 12

Forge = Callable[[list[Entry]], Sequence[Entry]]

UNGUARDED = (
    "ALTER TABLE journal DISABLE TRIGGER ALL; {} ALTER TABLE journal ENABLE TRIGGER ALL;"
)


@asynccontextmanager
async def a_chain(ground: Ground) -> AsyncIterator[tuple["asyncpg.Connection[Any]", Reader]]:
    """Write a chain of which we have the key, as a site does; yield a connection to prove it."""
    dsn = ground.database.app_dsn
    pool = await connect_pool(dsn, size=1)
    writer = Writer(dsn, site=Site("attacked"), key=KEY, clock=lambda: NOON)
    writing = asyncio.create_task(writer.run())
    journal = Journal(
        pool,
        writer,
        projections=PROJECTIONS,
        reactions=REACTIONS,
        constraints=CONSTRAINTS,
        changed=lambda _: None,
    )
    for number in range(ROWS):
        details = OrganisationDetails(
            org=f"o-{number}", name=f"Practice {number}", kind="gp_practice", phone=""
        )
        command = RegisterOrganisation(organisation=details)
        await journal.execute(ORGANISATION, details.org, command, actor="it", now=NOON)
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    connection = await connect(ground.database.owner_dsn)
    try:
        yield connection, Reader(pool)
    finally:
        await connection.close()
        pool.terminate()


def as_superuser(ground: Ground, sql: str) -> None:
    """Run *sql* past every guard, and put the guards back."""
    ground.server.server.administer(UNGUARDED.format(sql), ground.database.name)


async def entries(connection: "asyncpg.Connection[Any]") -> list[Entry]:
    """Return the chain as it stands."""
    rows = await connection.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM journal WHERE origin = $1 ORDER BY seq",
        ORIGIN,
    )
    return [Entry(**dict(row)) for row in rows]


def written(entry: Entry) -> str:
    """Return the statement that makes the stored row what *entry* says."""
    sig = "NULL" if entry.sig is None else f"'\\x{entry.sig.hex()}'"
    return (
        f"UPDATE journal SET actor = '{entry.actor}', body = '\\x{entry.body.hex()}', "
        f"prev = '\\x{entry.prev.hex()}', hash = '\\x{entry.hash.hex()}', sig = {sig} "
        f"WHERE origin = '{entry.origin}' AND seq = {entry.seq};"
    )


def chained(changed: Sequence[Entry], key: SiteKey) -> list[Entry]:
    """Return *changed* as a chain that proves itself, each row signed with *key*."""
    prev, chain = GENESIS, []
    for entry in changed:
        linked = structs.replace(entry, prev=prev)
        prev = digest(linked)
        chain.append(structs.replace(linked, hash=prev, sig=key.sign(prev)))
    return chain


async def prove(connection: "asyncpg.Connection[Any]") -> Fault | None:
    """Return what ``standfast verify`` finds in the site's own chain."""
    verdict = await verify(connection)
    return verdict.fault


async def by_sql(sql: str, row: int, ground: Ground) -> Outcome:
    """Do *sql* as the superuser; the proof must name *row*."""
    async with a_chain(ground) as (connection, _):
        if await prove(connection) is not None:
            return got_through("the chain was not sound before: this proves nothing")
        as_superuser(ground, sql)
        fault = await prove(connection)
    if fault is None or (fault.origin, fault.seq) != (ORIGIN, row):
        return got_through(f"verify said {fault}")
    return found(f"standfast verify: row {fault.seq}, {fault.what}")


_ROW_5 = f"WHERE origin = '{ORIGIN}' AND seq = 5"
for _name, _sql, _row in (
    ("Change one letter of one row", f"UPDATE journal SET actor = 'In' {_ROW_5};", 5),
    ("Change when something happened", f"UPDATE journal SET occurred_at = now() {_ROW_5};", 5),
    ("Take one row out", f"DELETE FROM journal {_ROW_5};", 5),
    (
        "Take one row out and close the gap",
        (
            f"DELETE FROM journal {_ROW_5}; UPDATE journal SET seq = seq - 1 "
            f"WHERE origin = '{ORIGIN}' AND seq = 6;"
        ),
        5,
    ),
    (
        "Put a row in after the last",
        (
            f"INSERT INTO journal SELECT origin, {ROWS + 1}, {', '.join(COLUMNS[2:])} "
            f"FROM journal {_ROW_5};"
        ),
        ROWS + 1,
    ),
    (
        "Swap two rows",
        (
            f"UPDATE journal SET seq = 100 {_ROW_5}; UPDATE journal SET seq = 5 WHERE origin = "
            f"'{ORIGIN}' AND seq = 6; UPDATE journal SET seq = 6 WHERE origin = '{ORIGIN}' AND "
            "seq = 100;"
        ),
        5,
    ),
    (
        "Take a signature off the last row",
        f"UPDATE journal SET sig = NULL WHERE origin = '{ORIGIN}' AND seq = {ROWS};",
        ROWS,
    ),
):
    add(_name, "superuser", partial(by_sql, _sql, _row))


async def rewrite(ground: Ground, connection: "asyncpg.Connection[Any]", key: SiteKey) -> None:
    """Say in row 5 that somebody else did it, and make the whole chain anew with *key*."""
    changed = [
        structs.replace(entry, actor="somebody.else") if entry.seq == 5 else entry
        for entry in await entries(connection)
    ]
    as_superuser(ground, " ".join(written(each) for each in chained(changed, key)))


@attack("Rewrite the chain and sign it with another key")
async def another_key(ground: Ground) -> Outcome:
    """Everything but the key fits."""
    async with a_chain(ground) as (connection, _):
        await rewrite(ground, connection, SiteKey.generate())
        fault = await prove(connection)
    return got_through("Sound") if fault is None else found(f"standfast verify: {fault.what}")


@attack("Rewrite the chain, sign it with another key, and put that key into the database")
async def another_key_everywhere(ground: Ground) -> Outcome:
    """Everything in the database fits; the public key on the site's own disk does not."""
    stolen = SiteKey.generate()
    async with a_chain(ground) as (connection, _):
        await rewrite(ground, connection, stolen)
        ground.server.server.administer(
            "ALTER TABLE journal_origins DISABLE TRIGGER ALL; UPDATE journal_origins SET "
            f"public_key = '\\x{stolen.public.hex()}' WHERE origin = '{ORIGIN}';",
            ground.database.name,
        )
        verdict = await verify(connection, site_key=KEY.public)
    fault = verdict.fault
    if fault is None or fault.origin != ORIGIN:
        return got_through(f"verify said {fault}")
    return found(f"the key on the site's disk: {fault.what}")


@attack("Rewrite the whole chain with the site's own stolen key")
async def stolen_key(ground: Ground) -> Outcome:
    """Nothing in the site can tell: only a head that was held elsewhere."""
    async with a_chain(ground) as (connection, db):
        kept = [Claim(each.origin, each.seq, each.code) for each in await heads(db)]
        if await contains(connection, kept) is not None:
            return got_through("the heads were not in the journal before: this proves nothing")
        await rewrite(ground, connection, KEY)
        if await prove(connection) is not None:
            return got_through("it was found without heads: this proves nothing of them")
        fault = await contains(connection, kept)
    if fault is None:
        return got_through("the journal still contains every head")
    return found(f"a head held elsewhere: {fault.origin} row {fault.seq}")


@attack("Cut the newest rows off, and all their traces")
async def cut_off(ground: Ground) -> Outcome:
    """End the chain earlier, which is sound: only a head that was held elsewhere tells."""
    async with a_chain(ground) as (connection, db):
        kept = [Claim(each.origin, each.seq, each.code) for each in await heads(db)]
        as_superuser(ground, f"DELETE FROM journal WHERE origin = '{ORIGIN}' AND seq > 8;")
        if await prove(connection) is not None:
            return got_through("it was found without heads: this proves nothing of them")
        fault = await contains(connection, kept)
    if fault is None:
        return got_through("the journal still contains every head")
    return found(f"a head held elsewhere: {fault.what}")
