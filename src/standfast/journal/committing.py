"""One commit: its entries, sealed and chained, and all that goes to disk with them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from standfast.journal.appending import write_down
from standfast.journal.contents import keep
from standfast.journal.database import Connection
from standfast.journal.entries import Entry, digest
from standfast.journal.lanes import Lane
from standfast.journal.sealing import DataKey, NewKeys, Record, body_bound, seal
from standfast.journal.units import Conflict, Draft, Erasing, Unit


def chained(
    drafts: Sequence[Draft],
    lane: Lane,
    keys: Mapping[Record, DataKey],
    *,
    now: datetime,
    tick: Callable[[datetime], int],
) -> list[Entry]:
    """Return the entries of *drafts*: sealed, numbered, each with the hash of all before it."""
    seq, prev = lane.seq, lane.head
    entries: list[Entry] = []
    for draft in drafts:
        seq += 1
        key_id, body = _sealed(draft, keys, lane.origin, seq)
        entry = Entry(
            origin=lane.origin,
            seq=seq,
            stream=draft.stream,
            type=draft.tag,
            subject=draft.subject,
            org=draft.org,
            actor=draft.actor,
            hlc=tick(now),
            occurred_at=draft.occurred_at,
            recorded_at=now,
            key_id=key_id,
            body=body,
            prev=prev,
            hash=b"",
            sig=None,
        )
        prev = digest(entry)
        entries.append(msgspec.structs.replace(entry, hash=prev))
    return entries


def _sealed(
    draft: Draft, keys: Mapping[Record, DataKey], origin: str, seq: int
) -> tuple[str | None, bytes]:
    """Return the body of *draft* as it is stored, and which key opens it."""
    if draft.record is None:
        return None, draft.body
    key = keys[draft.org, draft.record]
    bound = body_bound(origin, seq, draft.stream, draft.org)
    return key.id, seal(key.cipher, draft.body, bound)


async def write(
    connection: Connection,
    entries: Sequence[Entry],
    units: Sequence[Unit],
    new_keys: NewKeys | None,
    keys: Mapping[Record, DataKey],
) -> None:
    """Write journal, versions, rows and files in one commit. Raises :class:`Conflict`."""
    expected = {stream: n for unit in units for stream, n in unit.expected.items()}
    changes = [change for unit in units for change in unit.changes]
    erasing = [each for unit in units if (each := unit.erasing) is not None]
    taken = [stream for unit in units for stream in unit.taken]
    try:
        if not (units[0].contents or erasing or taken):
            return await write_down(connection, entries, expected, changes, new_keys)
        async with connection.transaction():  # one with files is alone
            await write_down(connection, entries, expected, changes, new_keys)
            if taken:
                await connection.execute("SELECT tenancy.leave_strangers_out($1)", taken)
            await _keep_files(connection, units[0], keys, entries[0].recorded_at)
            for each in erasing:
                await _erase_keys(connection, each)
    except asyncpg.SerializationError as error:
        raise Conflict from error


async def _keep_files(
    connection: Connection, unit: Unit, keys: Mapping[Record, DataKey], at: datetime
) -> None:
    draft = unit.drafts[0]
    for content in unit.contents:
        await keep(
            connection,
            content,
            org=draft.org,
            contact=draft.stream.partition("/")[2],
            actor=draft.actor,
            at=at,
            key=None if draft.record is None else keys[draft.org, draft.record],
        )


async def _erase_keys(connection: Connection, erasing: Erasing) -> None:
    """Destroy the keys that the word of it names, if what they seal stands as it was read."""
    await connection.execute(
        "SELECT tenancy.erase_keys($1, $2, $3, $4, $5)",
        erasing.stream,
        list(erasing.versions),
        list(erasing.versions.values()),
        list(erasing.since),
        list(erasing.since.values()),
    )
