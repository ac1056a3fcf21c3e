"""The pharmacist at work, and what the prescriber hears of it. Real pages, real PostgreSQL."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from standfast.facts.people import AllergyStatus
from standfast.facts.prescribing import NeedEvent
from standfast.kernel.messages import Command, Decider
from standfast.prescribing.model import NEED
from standfast.prescribing.state import Need, Stage
from tests.prescribing.examples import ADA, LEILA, OTHER_PHARMACIST
from tests.prescribing.place import (
    NEED_PAGE,
    ask_for,
    furnish,
    known,
    record,
    send_it,
    sign_it,
)
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

LIST = "/prescribing/dispensing"


class SaySuppliedTwice(Command, frozen=True, kw_only=True):
    """What only a merge of two sites can bring about."""


def supplied_twice(need: Need, _: SaySuppliedTwice, now: datetime) -> Sequence[NeedEvent]:
    first = need.supplied[0].supplies[0]
    at = now + timedelta(seconds=5)
    return (replace(first, by="Tariq Aziz", staff_id="tariq.aziz", supplied_at=at),)


TWICE: Decider[Need, SaySuppliedTwice, NeedEvent] = Decider(
    stream=NEED.stream,
    event_type=NEED.event_type,
    initial=NEED.initial,
    decide=supplied_twice,
    evolve=NEED.evolve,
    org=NEED.org,
)


async def prescribed(site: Site) -> str:
    """Send Leila a prescription, and sit down at her browser; return its address."""
    await furnish(site)
    await record(site, AllergyStatus.NONE_KNOWN)
    await ask_for(site)
    await sign_it(site)
    prescription_id = await send_it(site)
    site.as_(LEILA)
    return f"{LIST}/{prescription_id}"


async def test_the_pharmacist_sees_what_was_sent_exactly_as_it_was_signed(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        assert "amoxicillin" in (await site.get(LIST)).text
        text = (await site.get(page)).text
        for exact in (
            "OKONKWO-BRIGHT, Margaret (Mrs)",
            "15 capsules",
            "One three times a day for 5 days",
            "Signature checked",
            "Demonstration 000001",
            "Harrowmere Urgent Care",
        ):
            assert exact in text


async def test_another_pharmacy_finds_nothing(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        site.as_(OTHER_PHARMACIST)
        assert "No prescription waits" in (await site.get(LIST)).text
        for path in ("", "/print", "/_state"):
            assert (await site.get(page + path)).status_code == 404
        for path in ("/supply", "/cannot-supply", "/undo"):
            answer = await site.post(page + path, {"reason": "x"})
            assert answer.status_code == 404
        assert (await known(site)).stage is Stage.SENT


async def test_a_prescriber_does_not_dispense(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        site.as_(ADA)
        assert (await site.post(f"{page}/supply")).status_code == 403


async def test_supplied_by_name_is_seen_by_the_prescriber(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        assert (await site.post(f"{page}/supply")).status_code == 303
        assert f"Supplied by {LEILA.name}" in (await site.get(page)).text
        site.as_(ADA)
        text = (await site.get(NEED_PAGE)).text
        assert f"Supplied by {LEILA.name}, Quayside Pharmacy" in text


async def test_pressed_ten_times_at_once_it_is_supplied_once(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        answers = await asyncio.gather(*(site.post(f"{page}/supply") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {303}
        (one,) = (await known(site)).supplied
        assert len(one.supplies) == 1


async def test_a_colleague_at_the_same_counter_is_told_who_supplied_it(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        await site.post(f"{page}/supply")
        site.as_(replace(LEILA, staff_id="tariq.aziz", name="Tariq Aziz"))
        answer = await site.post(f"{page}/supply")
        assert answer.status_code == 422
        assert f"{LEILA.name} has supplied it already" in answer.text


async def test_not_able_to_supply_needs_a_reason_and_goes_back_with_it(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        answer = await site.post(f"{page}/cannot-supply", {"reason": ""})
        assert answer.status_code == 422
        assert "Enter why it cannot be supplied." in answer.text
        await site.post(f"{page}/cannot-supply", {"reason": "Out of stock until Monday"})
        assert "Not supplied: Out of stock until Monday" in (await site.get(page)).text
        late = await site.post(f"{page}/supply")
        assert late.status_code == 422
        site.as_(ADA)
        queue = (await site.get("/prescribing/queue")).text
        assert "Quayside Pharmacy cannot supply it: Out of stock until Monday" in queue
        assert "Back in the queue" in queue
        await sign_it(site)
        again = await send_it(site, "svc-northgate")
        assert f"{LIST}/{again}" != page
        site.as_(OTHER_PHARMACIST)
        assert (await site.post(f"{LIST}/{again}/supply")).status_code == 303
        assert len((await known(site)).supplied) == 1


async def test_a_cancelled_prescription_says_so_at_the_counter(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        site.as_(ADA)
        order = {"prescription_id": page.rpartition("/")[2], "reason": "Cannot get there"}
        assert (await site.post(f"{NEED_PAGE}/cancel", order)).status_code == 303
        site.as_(LEILA)
        text = (await site.get(page)).text
        assert "Cancelled by the prescriber. Do not supply." in text
        assert "Cannot get there" in text
        assert "has cancelled this prescription" in (await site.post(f"{page}/supply")).text


async def test_a_slip_is_undone_for_two_minutes_and_no_longer(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        await site.post(f"{page}/supply")
        site.clock.move(seconds=30)
        assert "nothing was handed out" in (await site.get(page)).text
        assert (await site.post(f"{page}/undo")).status_code == 303
        assert (await known(site)).stage is Stage.SENT
        await site.post(f"{page}/supply")
        site.clock.move(minutes=3)
        assert "nothing was handed out" not in (await site.get(page)).text
        answer = await site.post(f"{page}/undo")
        assert "More than 2 minutes have passed" in answer.text


async def test_the_pharmacys_open_page_is_told_when_something_is_sent(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        await ask_for(site)
        await sign_it(site)
        moves = site.platform.feed.follow(lambda topic: topic[0] == LEILA.org)
        waiting = asyncio.ensure_future(anext(moves))
        await asyncio.sleep(0)
        await send_it(site)
        async with asyncio.timeout(5):
            assert "prescribing.need" in await waiting


async def test_the_printed_form_at_the_pharmacy_is_marked_too(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        text = (await site.get(f"{page}/print")).text
        assert 'data-mark="DEMONSTRATION"' in text
        await site.post(f"{page}/cannot-supply", {"reason": "None left"})
        assert 'data-mark="CANCELLED"' in (await site.get(f"{page}/print")).text


async def test_a_supply_at_two_sites_is_an_alarm_on_both_screens(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        await site.post(f"{page}/supply")
        await site.execute(TWICE, "case-1", SaySuppliedTwice())
        assert "Supplied more than once" in (await site.get(page)).text
        site.as_(ADA)
        assert "Supplied more than once" in (await site.get(NEED_PAGE)).text
        assert "Supplied more than once" in (await site.get("/prescribing/queue")).text
