"""Invented callers, so that the demonstration always has somebody waiting.

They come in by the front door: the telephony feed, signed like an exchange's own events.
"""

import asyncio
import hashlib
import hmac
import random
import time
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from standfast.demo.structs import Person
from standfast.demo.world import make_world
from standfast.journal.database import CONNECTION_LOST, connect
from standfast.settings import DEMONSTRATION_SECRET, Settings

MOST_WAITING: Final = 4
"""Callers who wait at the same time; nobody rings while there are so many."""

BETWEEN: Final = 15.0
"""Seconds, about, from one caller to the next."""


def signature(secret: str, body: bytes) -> str:
    """Return what the telephony feed's signature header says of *body*."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def keep_ringing(settings: Settings, address: str) -> None:
    """Ring now and then, for as long as the process lives, while few are waiting."""
    asyncio.run(_keep_ringing(settings, address))


async def _keep_ringing(settings: Settings, address: str) -> None:
    dice = random.Random(time.time_ns())  # noqa: S311 - who rings next is no secret
    callers = make_world(1, datetime.now(UTC)).people
    async with httpx.AsyncClient(base_url=address, timeout=5) as exchange:
        while True:
            try:
                if await _waiting(settings) < MOST_WAITING:
                    await _ring(exchange, DEMONSTRATION_SECRET, dice.choice(callers))
            except (*CONNECTION_LOST, httpx.HTTPError, asyncpg.PostgresError):
                pass  # the node is starting, stopping or being repaired: nobody gets through
            await asyncio.sleep(BETWEEN * dice.uniform(0.5, 1.5))


async def _waiting(settings: Settings) -> int:
    connection = await connect(settings.owner_url)
    try:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM calls_calls WHERE status = 'waiting'"
            )
        )
    finally:
        await connection.close()


async def _ring(exchange: httpx.AsyncClient, secret: str, caller: Person) -> None:
    body = msgspec.json.encode(
        {
            "event": "ring",
            "call_id": str(uuid4()),
            "number": caller.phones[0] if caller.phones else "",
            "at": datetime.now(UTC),
        }
    )
    headers = {
        "Content-Type": "application/json",
        "X-Standfast-Signature": signature(secret, body),
    }
    await exchange.post("/telephony/events", content=body, headers=headers)
