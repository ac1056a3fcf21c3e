"""Identifiers: time-ordered for what is new, derived for what follows from something."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f1dd0a4-90a5-5b5e-9a52-8a8c5d2b6f10")


def uuid7(now: datetime, random: bytes) -> str:
    """Return a UUID of version 7 for the instant *now*; *random* is ten random bytes."""
    milliseconds = int(now.timestamp() * 1000)
    value = bytearray(milliseconds.to_bytes(6, "big") + random[:10])
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    return str(UUID(bytes=bytes(value)))


def child_id(parent: str, name: str) -> str:
    """Return the id of the thing called *name* that belongs to *parent*: always the same.

    What follows from one fact twice (a retry, a replay) is then the same thing, not a second.
    """
    return str(uuid5(_NAMESPACE, f"{parent}/{name}"))
