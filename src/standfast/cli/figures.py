"""The figures of a whole node: its workers', and what only its parent can look up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from asyncpg import PostgresError

from standfast.cli.opening import now
from standfast.cli.verified import last_verified
from standfast.journal.database import connect
from standfast.observability.figures import Measured, told
from standfast.settings import Settings
from standfast.vault.authority import life_of
from standfast.vault.names import TLS, TLS_API
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import public_of

QUEUES: Final = {
    "calls waiting": "SELECT count(*) FROM calls_calls WHERE status = 'waiting'",
    "clinical queue": "SELECT count(*) FROM calls_queue WHERE taken_id = ''",
    "ambulances nobody accepted": "SELECT count(*) FROM calls_unaccepted",
    "cases open": "SELECT count(*) FROM calls_cases WHERE closed_at IS NULL",
}
"""Counts only, over all organisations of the site."""


@contextmanager
def figures_told(settings: Settings) -> Iterator[None]:
    """Count in every worker, and answer monitoring, inside the block, if it is asked for."""
    if not settings.metrics_port:
        yield
        return
    more = (
        Measured("standfast_queue", "What waits, by kind.", "queue", lambda: _queues(settings)),
        Measured("standfast_age_seconds", "How old.", "what", lambda: _ages(settings.data)),
        Measured(
            "standfast_left_seconds", "Until it ends.", "what", lambda: _left(settings.data)
        ),
    )
    with told(settings.metrics_host, settings.metrics_port, *more):
        yield


def _queues(settings: Settings) -> dict[str, float]:
    try:
        return asyncio.run(_counted(settings.owner_url))
    except (PostgresError, OSError, TimeoutError):
        return {}


async def _counted(dsn: str) -> dict[str, float]:
    connection = await connect(dsn, command_timeout=5)
    try:
        return {name: float(await connection.fetchval(sql)) for name, sql in QUEUES.items()}
    finally:
        await connection.close()


def _ages(data: Path) -> dict[str, float]:
    last = last_verified(data)
    return {} if last is None else {"journal proved": (now() - last.at).total_seconds()}


def _left(data: Path) -> dict[str, float]:
    names = {"certificate": TLS, "certificate of the API": TLS_API}
    try:
        shown = {what: public_of(data, name) for what, name in names.items()}
    except VaultTrouble:
        return {}
    return {
        what: (life_of(bundle)[1] - now()).total_seconds()
        for what, bundle in shown.items()
        if bundle
    }
