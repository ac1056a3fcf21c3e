"""What a node remembers of its targets, beside its keys: what it wrote, and how it went."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from standfast.vault.files import replace

FILE: Final = "backups.json"
LOCK: Final = "backups.lock"

LATE: Final = timedelta(minutes=10)
"""A target that has taken nothing for so long is an alarm."""


class Known(Struct, frozen=True, kw_only=True):
    """One target. ``trouble`` is empty while all is well."""

    newest: int = 0
    """The highest number that was ever written: a lower one there means that some are gone."""
    taken_at: datetime | None = None
    """When it last held everything that there was."""
    trouble: str = ""
    verified_at: datetime | None = None
    verified_rows: int = 0
    fault: str = ""
    """What the last proof found wrong."""


def known(data: Path) -> dict[str, Known]:
    """Return what is remembered of every target, by its folder."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=dict[str, Known])
    except FileNotFoundError:
        return {}


def known_of(data: Path, folder: Path) -> Known:
    """Return what is remembered of one target."""
    return known(data).get(str(folder), Known())


def remember(data: Path, folder: Path, now_known: Known) -> None:
    """Keep *now_known* of the target *folder*."""
    replace(data / FILE, msgspec.json.encode({**known(data), str(folder): now_known}))
