"""The security doctor's look at the escrow of data keys: how old, and what should be gone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from standfast.cli.looking import Look, bad, fine, watch
from standfast.vault.escrow import written

NEWEST_WITHIN: Final = timedelta(days=2)
KEPT_FOR: Final = timedelta(days=30)
"""An escrow that is kept longer undoes the erasures since, beside a backup as old."""


def looks(data: Path, now: datetime) -> Iterator[Look]:
    """Yield what there is to say of the escrow of records' keys."""
    made = [each for each in written(data) if Path(each.path).exists()]
    what, do = "Escrow of records' keys", "standfast keys escrow FILE, every day"
    if not written(data):
        yield watch(what, "none was ever written", do)
        return
    newest = max(each.made_at for each in written(data))
    days = (now - newest).days
    found = f"the newest is {days} days old"
    yield watch(what, found, do) if now - newest > NEWEST_WITHIN else fine(what, found)
    old = [each.path for each in made if now - each.made_at > KEPT_FOR]
    if old:
        yield bad(
            "Old escrows",
            f"older than 30 days: {', '.join(old)}",
            "Destroy them: they undo erasures",
        )
