"""Reading sealed facts as a test does: with the ring of keys that every site of a test has."""

from typing import Final

from standfast.journal.database import Connection
from standfast.journal.sealing import Sealing, opened_facts
from standfast.vault.names import DATA_KEYS

RING: Final = bytes(range(32))
"""So that two sites on one database, one after the other, open what each other sealed."""


class Keys:
    """A vault of one secret."""

    def __init__(self, ring: bytes = RING) -> None:
        self.ring = ring

    def secret(self, name: str) -> bytes:
        assert name == DATA_KEYS
        return self.ring

    def anew(self, name: str) -> bytes:
        return self.secret(name)

    def lately(self, name: str) -> bytes:
        return self.secret(name)


def sealing() -> Sealing:
    """Return the keys of a test's sites."""
    return Sealing(Keys())


async def bodies(owner: Connection, condition: str = "true", *values: object) -> list[str]:
    """Return the facts that meet *condition* as they were written, in canonical order."""
    rows = await owner.fetch(
        "SELECT type, body, hlc, origin, seq, stream, org, key_id FROM journal"  # noqa: S608
        f" WHERE {condition} ORDER BY hlc, origin, seq",
        *values,
    )
    return [body.decode() for _, body, _ in await opened_facts(sealing(), owner, rows)]


async def readable_bodies(owner: Connection) -> list[tuple[str, str | None, bytes]]:
    """Return the stream, the key and the opened body of every fact."""
    rows = await owner.fetch(
        "SELECT type, body, hlc, origin, seq, stream, org, key_id FROM journal"
    )
    told = await opened_facts(sealing(), owner, rows)
    return [
        (row["stream"], row["key_id"], body)
        for row, (_, body, _) in zip(rows, told, strict=True)
    ]


async def hand_over(here: Connection, there: Connection) -> None:
    """Give the data keys at *here* to *there*, as one site hands them to another."""
    keys = await here.fetch(
        "SELECT key_id, org, record, wrapped_by, wrapped, made_at FROM journal_data_keys"
    )
    await there.executemany(
        "INSERT INTO journal_data_keys"
        " (key_id, org, record, wrapped_by, wrapped, made_at, made_here)"
        " VALUES ($1, $2, $3, $4, $5, $6, false) ON CONFLICT DO NOTHING",
        [tuple(each) for each in keys],
    )
