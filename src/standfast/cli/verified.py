"""When this machine last proved the journal, and what came of it."""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from standfast.vault.files import replace

FILE: Final = "verified.json"


class Verified(Struct, frozen=True, kw_only=True):
    """One proof. ``fault`` is empty when all was sound."""

    at: datetime
    rows: int
    fault: str = ""


def remember(data: Path, verified: Verified) -> None:
    """Keep *verified* for the doctor and for monitoring."""
    replace(data / FILE, msgspec.json.encode(verified))


def last_verified(data: Path) -> Verified | None:
    """Return the last proof; None when there was none, or its file is unreadable."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Verified)
    except (OSError, ValueError):
        return None
