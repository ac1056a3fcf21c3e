"""What happened, in order, with who and when: facts as a person reads them."""

from datetime import datetime

from msgspec import Struct

from standfast.journal.database import Reader
from standfast.journal.tenant import reader


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

    @property
    def kind(self) -> str:
        """Which kind of stream it belongs to, such as ``calls.case``."""
        return self.stream.partition("/")[0]


async def contact_facts(db: Reader, contacts: list[str]) -> list[Fact]:
    """Return every fact of the contacts with these keys, oldest first.

    Streams that share a key belong to one contact: a case, its assessment, its incident. Of a
    contact to which the reader's organisation is no party there is nothing, and of one that the
    reader has not opened, which must be on disk: neither the case nor the person.
    """
    return await db.fetch(
        Fact,
        """
          SELECT origin, seq, stream, type, subject, org, actor, hlc,
                 occurred_at, recorded_at, body
            FROM access_contact_facts($1, $2)
        ORDER BY hlc, origin, seq
        """,
        contacts,
        reader(),
    )


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
