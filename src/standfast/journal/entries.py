"""One row of the journal, and the hash that binds it to the row before."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

GENESIS: Final = b"\0" * 32
"""What stands before the first row of an origin."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Entry(Struct, frozen=True, kw_only=True):
    """A row of the journal, column for column. Both times are UTC, to the microsecond."""

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
    key_id: str | None
    body: bytes
    prev: bytes
    hash: bytes
    sig: bytes | None

    @property
    def kind(self) -> str:
        """Which kind of stream it belongs to, such as ``calls.case``."""
        return self.stream.partition("/")[0]

    @property
    def order(self) -> tuple[int, str, int]:
        """The canonical order in which every site folds a stream."""
        return self.hlc, self.origin, self.seq


COLUMNS: Final = Entry.__struct_fields__


def digest(entry: Entry) -> bytes:
    """Return the SHA-256 that *entry* must carry.

    It covers MessagePack of the array [prev, origin, seq, stream, type, subject, org, actor,
    hlc, occurred_at, recorded_at, key_id, body], both times as microseconds since 1970. The
    body is hashed as it is stored: a sealed one stays provable after its key is destroyed.
    """
    return hashlib.sha256(
        msgspec.msgpack.encode(
            (
                entry.prev,
                entry.origin,
                entry.seq,
                entry.stream,
                entry.type,
                entry.subject,
                entry.org,
                entry.actor,
                entry.hlc,
                micros(entry.occurred_at),
                micros(entry.recorded_at),
                entry.key_id,
                entry.body,
            )
        )
    ).digest()


def micros(at: datetime) -> int:
    """Return *at* as it is hashed: whole microseconds since 1970-01-01 00:00 UTC."""
    return (at - _EPOCH) // _MICROSECOND
