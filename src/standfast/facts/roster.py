"""The signed list of who may come in while a site is cut off. This file only ever grows."""

from datetime import datetime
from typing import TypeAlias

from standfast.kernel.messages import Event


class RosterMade(Event, frozen=True, kw_only=True, tag="identity.roster_made.v1"):
    """A roster was signed and put on disk. ``digest`` is the SHA-256 of what was signed, in hex.

    ``sequence`` rises by one with each; whatever is lower than the newest is no longer believed.
    """

    site: str
    org: str
    sequence: int
    digest: str
    staff: int
    made_at: datetime
    expires_at: datetime


RosterEvent: TypeAlias = RosterMade
