"""Slots in a real database: one live booking each, whoever asks and however many at once."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from standfast.app import PROJECTIONS
from standfast.booking.model import BOOKING, CancelBooking, Refusal
from standfast.facts.booking import CASE_BOOKINGS, FREE_SLOTS, SLOT
from standfast.journal.database import connect
from standfast.journal.rebuild import check
from standfast.kernel.messages import Refused
from tests.booking.examples import (
    AMIRA,
    AT_TWO,
    CLINIC,
    JOE,
    SESSION_AT_TWO,
    book,
    booking_of,
    open_session,
    slot,
)
from tests.support.database import Database
from tests.support.sealed import sealing
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

CANCEL = CancelBooking(reason="Feels better", by="Amira Khan", by_clinic=False)


async def free_slots(site: Site) -> list[str]:
    end = NOON + timedelta(days=1)
    key = f"urgent-treatment,other|{NOON.isoformat()}|{end.isoformat()}"
    found = await site.platform.ask(FREE_SLOTS, org=PROVIDER, key=key)
    return [each.slot_id for each in found]


async def test_free_slots_are_those_that_neither_the_clinic_nor_a_booking_has(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        assert await free_slots(site) == ["slot-0", "slot-1", "slot-3"]
        await book(site, 0)
        assert await free_slots(site) == ["slot-1", "slot-3"]


async def test_a_slot_is_known_by_its_id_to_whoever_asks(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        found = await site.platform.ask(SLOT, org=PROVIDER, key="slot-1")
        assert found is not None
        assert (found.org, found.starts_at, found.free) == (CLINIC, slot(1).starts_at, True)
        taken = await site.platform.ask(SLOT, org=PROVIDER, key="slot-2")
        assert taken is not None
        assert not taken.free
        assert await site.platform.ask(SLOT, org=PROVIDER, key="no-such-slot") is None


async def test_a_slot_that_somebody_has_is_refused_in_words(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        await book(site, 0)
        with pytest.raises(Refused) as refused:
            await book(site, 0, case="case-2")
        assert refused.value.reason is Refusal.SLOT_TAKEN
        assert site.platform.sentence(refused.value.reason) == (
            "Somebody has just taken that slot. Book the next free one, shown here."
        )


async def test_a_slot_that_the_clinic_filled_itself_is_refused(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        with pytest.raises(Refused) as refused:
            await book(site, 2)
        assert refused.value.reason is Refusal.SLOT_TAKEN


async def test_a_slot_that_was_given_back_can_be_booked_again(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        first = await book(site, 0)
        await site.execute(BOOKING, first, CANCEL)
        assert await free_slots(site) == ["slot-0", "slot-1", "slot-3"]
        await book(site, 0, case="case-2")
        assert await free_slots(site) == ["slot-1", "slot-3"]


async def test_to_rebook_is_to_cancel_and_then_to_book(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        await site.execute(BOOKING, await book(site, 0), CANCEL)
        site.clock.move(minutes=1)
        await book(site, 1)
        found = await site.platform.ask(CASE_BOOKINGS, org=PROVIDER, key="case-1")
        assert [(each.starts_at, each.state, each.note) for each in found] == [
            (AT_TWO, "cancelled", "Feels better"),
            (slot(1).starts_at, "booked", ""),
        ]
        assert await site.platform.ask(CASE_BOOKINGS, org=CLINIC, key="case-1") == ()


async def test_the_clinic_cannot_fill_a_slot_that_somebody_has_booked(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        await book(site, 0)
        filled = replace(SESSION_AT_TWO, slots=(slot(0, free=False), *SESSION_AT_TWO.slots[1:]))
        with pytest.raises(Refused) as refused:
            await open_session(site, filled)
        assert refused.value.reason is Refusal.SLOT_TAKEN


@pytest.mark.parametrize("attempt", range(5))
async def test_of_two_people_on_two_machines_who_go_for_one_slot_one_is_booked(
    database: Database, attempt: int
) -> None:
    async with open_site(database, actor=AMIRA) as one, open_site(database, actor=JOE) as two:
        await open_session(one)
        first, second = booking_of(0, f"case-a{attempt}"), booking_of(0, f"case-b{attempt}")
        outcomes = await asyncio.gather(
            one.execute(BOOKING, first.booking_id, first),
            two.execute(BOOKING, second.booking_id, second),
            return_exceptions=True,
        )
        refused = [each for each in outcomes if isinstance(each, Refused)]
        booked = [each for each in outcomes if isinstance(each, tuple)]
        assert (len(booked), len(refused)) == (1, 1)
        assert refused[0].reason is Refusal.SLOT_TAKEN
        assert await free_slots(one) == await free_slots(two) == ["slot-1", "slot-3"]
        live = "SELECT count(*) FROM booking_bookings WHERE slot_id = 'slot-0'"
        assert await two.all_orgs.fetch_value(live) == 1
        written = "SELECT count(*) FROM journal WHERE type = 'booking.slot_booked.v1'"
        assert await one.all_orgs.fetch_value(written) == 1


async def test_of_many_people_at_one_machine_each_slot_goes_to_one(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        wishes = [booking_of(number, f"case-{who}") for number in (0, 1, 3) for who in range(6)]
        outcomes = await asyncio.gather(
            *(site.execute(BOOKING, wish.booking_id, wish) for wish in wishes),
            return_exceptions=True,
        )
        reasons = [each.reason for each in outcomes if isinstance(each, Refused)]
        assert reasons == [Refusal.SLOT_TAKEN] * 15
        assert sum(isinstance(each, tuple) for each in outcomes) == 3
        assert await free_slots(site) == []


async def test_the_rows_are_what_a_rebuild_makes_of_the_journal(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_session(site)
        await site.execute(BOOKING, await book(site, 0), CANCEL)
        await book(site, 0, case="case-2")
        owner = await connect(database.owner_dsn)
        try:
            hashes = await check(owner, PROJECTIONS, sealing=sealing())
        finally:
            await owner.close()
        ours = {table: pair for table, pair in hashes.items() if table.startswith("booking_")}
        assert len(ours) == 3
        assert all(before == after != "empty" for before, after in ours.values())
