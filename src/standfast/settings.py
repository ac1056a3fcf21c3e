"""What a site decides for itself, read once from the environment."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

DEMONSTRATION_SECRET = "demonstration"  # noqa: S105 - refused outside demonstration mode


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one node. Each has its environment variable, ``STANDFAST_`` before it."""

    database_url: str
    """The application's role, which may add to the journal and change nothing in it."""
    owner_url: str
    """The owner of the tables; used at start and by ``rebuild``, never by a page."""
    data: Path
    """Where the site's key lives, and the embedded database."""
    site: str = "harrowmere"
    site_name: str = "Standfast"
    epoch: int = 1
    demonstration: bool = False
    secure_cookies: bool = False
    telephony_secret: str = DEMONSTRATION_SECRET
    """Signs the telephony feed's events."""
    receive_key: str = DEMONSTRATION_SECRET
    """What a sender of messages shows, until mutual TLS."""
    receiving_org: str = "harrowmere-urgent-care"
    """The organisation whose clinical queue takes the referrals that come in as messages."""
    receiving_org_name: str = "Harrowmere Urgent Care"
    receiving_service: str = ""
    """The DoS service id that a message must be addressed to; empty takes any."""
    accept_seconds: int = 60
    """How long an ambulance request may wait for a desk before the caller's screen says NOT SENT."""
    pool_size: int = 6

    @classmethod
    def from_environment(cls) -> "Settings":
        """Return the settings of this process. Raises KeyError for a missing address."""
        given = {
            name: os.environ[f"STANDFAST_{name.upper()}"]
            for name in cls.__struct_fields__
            if f"STANDFAST_{name.upper()}" in os.environ
        }
        return msgspec.convert(
            given, cls, strict=False, dec_hook=lambda kind, value: kind(value)
        )

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make :meth:`from_environment` return this again."""
        return {
            f"STANDFAST_{name.upper()}": str(getattr(self, name))
            for name in self.__struct_fields__
        }
