"""What somebody is told of their own way in, and that they have read it. Only grows."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event


class Device(Struct, frozen=True, kw_only=True):
    """The browser at which something was done, as its owner may know it again."""

    words: str = ""
    """Of our own few, such as "Chrome on Windows": nothing that a browser says is kept as it is."""
    device_hash: str = ""
    """The SHA-256 of what it is known by, in hex; empty: nobody has signed in at it."""
    session_id: str = ""
    """The session in which it was done; empty: in none."""


class NoticeKind(StrEnum):
    """What a member of staff is told of."""

    TRY = "try"
    """Somebody tried to come in as them, and failed."""
    NEW_DEVICE = "new_device"
    """They, or somebody as them, came in at a device where they had not been before."""
    KEY_ADDED = "key_added"
    KEY_REMOVED = "key_removed"
    KEY_LOCKED = "key_locked"
    """It exists twice."""
    KEYS_REVOKED = "keys_revoked"
    """All of theirs, as after a loss."""
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_UNLINKED = "account_unlinked"
    """At the sign-in service."""


class NoticeGiven(Event, frozen=True, kw_only=True, tag="identity.notice_given.v1"):
    """Something concerns the way in of ``staff_id``. The tries of one day are one notice.

    ``about`` is a key's name, who did it (a staff id), or why a try failed (a refusal's word).
    """

    notice_id: str
    org: str
    staff_id: str
    kind: NoticeKind
    about: str
    at: Device
    given_at: datetime


class NoticeRead(Event, frozen=True, kw_only=True, tag="identity.notice_read.v1"):
    """The person has read it, as far as it went at ``read_upto``."""

    notice_id: str
    org: str
    session_id: str
    read_upto: datetime
    read_at: datetime


NoticeEvent: TypeAlias = NoticeGiven | NoticeRead
