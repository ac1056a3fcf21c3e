"""The security doctor's look at the targets of segments: whether each takes what is new."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from standfast.backup.ledger import LATE, Known, known_of
from standfast.cli.backing import targets_of
from standfast.cli.looking import Look, bad, fine, watch
from standfast.settings import Settings

PROVED_WITHIN: Final = timedelta(days=2)
FEWEST: Final = 2


def looks(data: Path, settings: Settings, now: datetime) -> Iterator[Look]:
    """Yield what there is to say of each target, and of how many there are."""
    targets = targets_of(settings)
    what = "Backups in segments"
    if not targets:
        yield watch(what, "no target is named", "Set STANDFAST_BACKUP_TARGETS to two folders")
    elif len(targets) < FEWEST:
        yield watch(what, "one target", "Name a second one, on another machine")
    for folder in targets:
        yield _target(f"Backup to {folder}", known_of(data, folder), now)


def _target(what: str, known: Known, now: datetime) -> Look:
    if known.trouble or known.fault:
        return bad(what, known.trouble or known.fault, "standfast backup status")
    if known.taken_at is None:
        return bad(what, "nothing was ever taken", "standfast backup now")
    minutes = int((now - known.taken_at).total_seconds() // 60)
    if now - known.taken_at > LATE:
        return bad(what, f"nothing was taken for {minutes} minutes", "standfast backup now")
    if known.verified_at is None or now - known.verified_at > PROVED_WITHIN:
        return watch(what, "not proved lately", "standfast backup verify FOLDER, every night")
    return fine(what, f"everything, {minutes} minutes ago; proved")
