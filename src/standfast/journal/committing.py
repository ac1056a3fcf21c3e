"""One commit: its entries, sealed and chained, and all that goes to disk with them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from standfast.journal.contents import keep
from standfast.journal.database import Connection
from standfast.journal.entries import Entry, digest
from standfast.journal.lanes import Lane
from standfast.journal.sealing import DataKey, NewKeys, Record, seal
from standfast.journal.statements import apply_changes, write_entries
from standfast.journal.units import Conflict, Draft, Unit


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
    body = seal(
        key.cipher, draft.body, origin=origin, seq=seq, stream=draft.stream, org=draft.org
    )
    return key.id, body


async def write(
    connection: Connection,
    entries: Sequence[Entry],
    units: Sequence[Unit],
    new_keys: NewKeys | None,
) -> None:
    """Write journal, versions and rows in one transaction. Raises :class:`Conflict`."""
    async with connection.transaction():
        moved = await write_entries(connection, entries, new_keys)
        for content in units[0].contents:  # such a unit is alone
            draft = units[0].drafts[0]
            await keep(
                connection,
                content,
                org=draft.org,
                contact=draft.stream.partition("/")[2],
                actor=draft.actor,
                at=entries[0].recorded_at,
            )
        for unit in units:
            for stream, version in unit.expected.items():
                if moved[stream] != version:
                    raise Conflict(stream)
        await apply_changes(connection, [change for unit in units for change in unit.changes])
