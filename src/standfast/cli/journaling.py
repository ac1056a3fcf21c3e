"""Writing to the journal from the console: the same rules and the same road as a page's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from standfast.app import CONSTRAINTS, PROJECTIONS, REACTIONS
from standfast.cli.opening import now, who
from standfast.facts.keyring import ChainEnd
from standfast.journal.database import connect, connect_pool
from standfast.journal.doors import forget_door_keys
from standfast.journal.keys import SiteKey
from standfast.journal.lanes import LOCK_SPACE
from standfast.journal.sealing import Sealing
from standfast.journal.store import Journal
from standfast.journal.succession import Head, has_written, heads_of, stated
from standfast.journal.writer import Site, Writer
from standfast.keyring.model import (
    KEYRING,
    KeyringCommand,
    RecordCertificate,
    RecordSealing,
    RecordSuccession,
)
from standfast.settings import Settings
from standfast.vault.certificates import read_ledger
from standfast.vault.names import SITE, SITE_NEXT, kind_of
from standfast.vault.vault import Vault, sealed_keys

LEAVES: Final = 2.0
"""Seconds in which PostgreSQL lets go of what a node held that has just stopped."""


class NodeRuns(Exception):
    """Something writes to this journal now."""


@asynccontextmanager
async def writing(
    settings: Settings, key: SiteKey, sealing: Sealing | None = None
) -> AsyncIterator[Journal]:
    """Lend the journal, with a writer that signs with *key*, inside the block.

    *sealing* has the keys of records; without it nothing about a person is written.
    """
    pool = await connect_pool(settings.database_url, size=2)
    site = Site(settings.site, settings.epoch)
    writer = Writer(settings.database_url, site=site, key=key, clock=now, sealing=sealing)
    running = asyncio.create_task(writer.run())
    try:
        yield Journal(
            pool,
            writer,
            projections=PROJECTIONS,
            reactions=REACTIONS,
            constraints=CONSTRAINTS,
            changed=lambda _: None,
        )
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        pool.terminate()


async def record(settings: Settings, key: SiteKey, *commands: KeyringCommand) -> None:
    """Record *commands* about the site's keys."""
    async with writing(settings, key) as journal:
        for command in commands:
            await journal.execute(KEYRING, settings.site, command, actor=who(), now=now())


async def record_sealing(settings: Settings, vault: Vault, data: Path) -> None:
    """Record how the keys are sealed now; nothing when the journal knows it already."""
    held = sealed_keys(data)
    if held is not None:
        command = RecordSealing(
            org=settings.receiving_org,
            wrapping_id=held.wrapping_id,
            how=held.sealing.says,
            sealed_at=held.wrapped_at,
            by=who(),
            site=settings.site,
        )
        await record(settings, SiteKey.of(vault.secret(SITE)), command)


async def record_certificates(settings: Settings, vault: Vault) -> None:
    """Record every certificate of the ledger that the journal does not know yet."""
    commands = [
        RecordCertificate(
            org=settings.receiving_org,
            serial=line.serial,
            kind=line.kind.value,
            names=line.names,
            issued_at=line.issued_at,
            expires_at=line.expires_at,
            by=who(),
            revoked_at=line.revoked_at,
            reason=line.reason,
        )
        for line in read_ledger(settings.data).issued
    ]
    if commands:
        await record(settings, SiteKey.of(vault.secret(SITE)), *commands)


async def finish_succession(settings: Settings, vault: Vault) -> bool:
    """End a change of the signing key that a crash has cut off; tell whether there was one.

    The journal decides: once the new key has signed a row it is the key, before that it is not.
    """
    next_ = vault.find(SITE_NEXT)
    if next_ is None:
        return False
    connection = await connect(settings.owner_url)
    try:
        took_over = await has_written(connection, SiteKey.of(next_).public)
    finally:
        await connection.close()
    if took_over:
        vault.succeed(SITE, SITE_NEXT)
    else:
        vault.drop(SITE_NEXT)
    return True


async def succeed_site_key(settings: Settings, vault: Vault, *, lost: bytes | None) -> None:
    """Let a new signing key take over from the present one, or from the *lost* public key.

    Raises :class:`NodeRuns` while anything else writes: each chain of the old key must end.
    """
    await nobody_writes(settings)
    await finish_succession(settings, vault)
    make = kind_of(SITE).make
    assert make is not None  # noqa: S101 - the catalogue says how
    old = lost if lost is not None else SiteKey.of(vault.secret(SITE))
    if lost is None:
        vault.put(SITE_NEXT, make())
    new = SiteKey.of(vault.secret(SITE_NEXT if lost is None else SITE))
    heads = await _heads(settings, old if isinstance(old, bytes) else old.public)
    said = stated(site=settings.site, old=old, new=new, at=now(), heads=heads)
    command = RecordSuccession(
        org=settings.receiving_org,
        site=said.site,
        old_public=said.old_public,
        new_public=said.new_public,
        at=said.at,
        heads=tuple(ChainEnd(head.origin, head.seq, head.hash) for head in said.heads),
        old_signature=said.old_signature,
        new_signature=said.new_signature,
        by=who(),
    )
    await record(settings, new, command)
    await forget_door_keys(settings.owner_url)
    if lost is None:
        vault.succeed(SITE, SITE_NEXT)


async def _heads(settings: Settings, public: bytes) -> list[Head]:
    connection = await connect(settings.owner_url)
    try:
        return await heads_of(connection, public)
    finally:
        await connection.close()


async def nobody_writes(settings: Settings) -> None:
    """Return once nothing writes to this journal. Raises :class:`NodeRuns`."""
    connection = await connect(settings.owner_url)
    try:
        held = await connection.fetch(
            """
            SELECT objid::int4 AS lane
              FROM pg_locks
             WHERE locktype = 'advisory' AND classid = $1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            LOCK_SPACE,
        )
        for each in held:
            await connection.execute(
                "SELECT pg_advisory_lock($1, $2)", LOCK_SPACE, each["lane"], timeout=LEAVES
            )
    except TimeoutError as error:
        raise NodeRuns from error
    finally:
        await connection.close()
