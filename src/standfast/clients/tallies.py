"""What each client did in the last days, added up and in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from standfast.clients.model_calls import Why
from standfast.clients.tables import REFUSALS_DAYS, UseRow, uses
from standfast.clients.words import REASONS
from standfast.facts.clients import RefusedCalls
from standfast.journal.database import Reader


class Tally(Struct, frozen=True, kw_only=True):
    """What a client did. ``latest_at`` is None when nothing of it was taken."""

    accepted: int
    refused: int
    reasons: tuple[tuple[str, int], ...]
    latest_at: datetime | None


async def tallies(db: Reader, org: str, now: datetime) -> Mapping[str, Tally]:
    """Return what each client of *org* did lately, by its id; "" is nobody known."""
    since = (now - timedelta(days=REFUSALS_DAYS)).date()
    rows: dict[str, list[UseRow]] = {}
    for row in await uses(db, org, since):
        rows.setdefault(row.client_id, []).append(row)
    return {client_id: _tally(each) for client_id, each in rows.items()}


def _tally(rows: Sequence[UseRow]) -> Tally:
    counts: dict[str, int] = {}
    for each in (one for row in rows for one in row.refused):
        counts[_says(each)] = counts.get(_says(each), 0) + each.count
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Tally(
        accepted=sum(row.accepted for row in rows),
        refused=sum(counts.values()),
        reasons=tuple(ordered),
        latest_at=max((row.latest_at for row in rows if row.latest_at), default=None),
    )


def _says(refused: RefusedCalls) -> str:
    """Return the reason in words; one of a newer program as it stands."""
    return REASONS[Why(refused.reason)] if refused.reason in set(Why) else refused.reason
