"""What happened, in order, with who and when: facts as a person reads them."""

from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from standfast.journal.database import Reader
from standfast.journal.tenant import reader

NOTHING: Final = b"{}"
"""What stands for a body that cannot be opened: an object that is no event."""


class Fact(Struct, frozen=True, kw_only=True):
    """One fact of the journal. Both times are UTC."""

    origin: str
    seq: int
    stream: str
    type: str
    subject: str | None
    org: str
    actor: str
    hlc: int
    occurred_at: datetime
    recorded_at: datetime
    body: bytes
    key_id: str | None = None
    sealed: bool = False
    """It could not be opened: its key is not here, or was destroyed. The body says nothing."""

    @property
    def kind(self) -> str:
        """Which kind of stream it belongs to, such as ``calls.case``."""
        return self.stream.partition("/")[0]


async def facts(db: Reader, source: str, *values: object) -> list[Fact]:
    """Return the rows of the journal that *source*, a function's call, gives: oldest first, opened.

    What cannot be opened is there, and says so.
    """
    found = await db.fetch(
        Fact,
        f"""
          SELECT origin, seq, stream, type, subject, org, actor, hlc,
                 occurred_at, recorded_at, body, key_id
            FROM {source}
        ORDER BY hlc, origin, seq
        """,  # noqa: S608 - one of our own calls
        *values,
    )
    bodies = await db.opened(found)
    return [
        fact
        if fact.key_id is None
        else structs.replace(fact, body=body or NOTHING, sealed=not body)
        for fact, body in zip(found, bodies, strict=True)
    ]


async def contact_facts(db: Reader, contacts: list[str]) -> list[Fact]:
    """Return every fact of the contacts with these keys, oldest first.

    Streams that share a key belong to one contact: a case, its assessment, its incident. Of a
    contact to which the reader's organisation is no party there is nothing, and of one that the
    reader has not opened, which must be on disk: neither the case nor the person.
    """
    return await facts(db, "access_contact_facts($1, $2)", contacts, reader())


async def id_is_free(db: Reader, kind: str, key: str) -> bool:
    """Return whether a sender may begin a stream of this kind with this key.

    It is the key of nothing else, whatever and whosever: only of the same, sent again.
    """
    return bool(await db.fetch_value("SELECT access_id_is_free($1, $2)", kind, key))


class LatestEntry(Struct, frozen=True, kw_only=True):
    """When something was last written under a key, or about somebody."""

    key: str
    at: datetime


async def latest_entries(
    db: Reader, keys: list[str], *, besides: tuple[str, ...]
) -> dict[str, datetime]:
    """Return when something was last written in a stream with each of these keys, or about it.

    When it happened or when it was recorded, whichever is later. Streams whose kind begins with
    one of *besides* do not count, and neither do keys under which the reader's organisation
    never wrote anything.
    """
    found = await db.fetch(
        LatestEntry,
        "SELECT key, at FROM tenancy.latest_entries($1, $2)",
        keys,
        [f"{each}%" for each in besides],
    )
    return {each.key: each.at for each in found}
