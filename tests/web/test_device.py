"""What a device may say of time, and what a broken look does not stop."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.calls.model_case import CASE
from standfast.journal.verify import verify
from standfast.web.device import OLDEST, believable
from standfast.web.timers import Timer, run_timer
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, open_site, somebody

AMIRA = somebody(
    "amira.khan", "Amira Khan", "call_handler", PROVIDER, "calls.take", "calls.read"
)
CASE_ID = "01900000-0000-7000-8000-000000000001"


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_believed_only_if_it_can_be_when_it_happened(at: datetime) -> None:
    assert NOON - OLDEST <= believable(at, NOON) <= NOON


def test_a_true_instant_of_an_entry_that_comes_late_is_kept() -> None:
    late = NOON - timedelta(hours=71)
    assert believable(late, NOON) == late


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_clock_gone_mad_spoils_neither_the_journal_nor_a_page(
    database: Database, at: str
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        entry = {
            "id": "01900000-0000-7000-8000-000000000002",
            "case_id": CASE_ID,
            "kind": "calls.open",
            "at": at,
            "body": {},
        }
        assert (await site.post_json("/device/entries", [entry])).json()[0][
            "outcome"
        ] == "stored"
        assert (await site.state(CASE, CASE_ID)).opened_at == NOON
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 200
    owner = await asyncpg.connect(database.owner_dsn)
    assert (await verify(owner)).fault is None
    await owner.close()


async def test_a_look_that_breaks_is_taken_again(database: Database) -> None:
    looks: list[datetime] = []

    async def breaks(_: object, now: datetime) -> None:
        looks.append(now)
        if len(looks) < 3:
            raise ZeroDivisionError
        raise KeyboardInterrupt

    async with open_site(database, actor=AMIRA) as site:
        with pytest.raises(KeyboardInterrupt):
            await run_timer(Timer("broken", 0, breaks), site.platform)
    assert len(looks) == 3
