"""What a call handler is offered for a case, and what the directory shows of each service."""

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.booking.model import BOOKING, CancelBooking
from standfast.directory.model import NEED, Capacity, WithdrawNeed
from standfast.facts.cases import DispositionTakenBack
from standfast.facts.directory import OPEN_PHARMACIES, SERVICE
from standfast.kernel.messages import Refused
from tests.booking.examples import OWEN, SESSION_AT_TWO, book, open_session, slot
from tests.directory.examples import (
    ALL,
    AMIRA,
    CASE,
    EMERGENCY,
    KINGSMOOR,
    NEED_WITHIN_TWO_HOURS,
    NORTHBRIDGE,
    SAM,
    SUNDAY_NOON,
    every_day,
    list_services,
    report,
    service,
    state_need,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site, somebody

pytestmark = pytest.mark.anyio

NEED_PAGE = f"/directory/needs/{CASE}"
PART = f"{NEED_PAGE}/_services"
KINGSMOOR_PAGE = f"/directory/services/{KINGSMOOR.service_id}"


async def set_up(site: Site) -> None:
    """List the services, open Kingsmoor's session and let the case want one."""
    await list_services(site)
    await open_session(site)
    await state_need(site)


def slots_in(text: str) -> list[str]:
    return re.findall(r'name="slot_id" value="([^"]+)"', text)


async def test_services_are_listed_nearest_first_with_distance_and_hours(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        page = await site.get(NEED_PAGE)
        assert page.status_code == 200
        assert page.text.index(NORTHBRIDGE.name) < page.text.index(f"<h3>{KINGSMOOR.name}")
        for words in (
            "1.2 km",
            "5.5 km",
            "Open until 23:00",
            "Open all hours",
            "2 of 5 services",
        ):
            assert words in page.text


async def test_the_free_slots_of_a_service_are_buttons_that_need_no_script(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        part = await site.get(PART)
        assert "<html" not in part.text
        assert f'method="post" action="/calls/{CASE}/book"' in part.text
        assert slots_in(part.text) == ["slot-0", "slot-1", "slot-3"]
        assert 'aria-label="Book Kingsmoor Urgent Treatment Centre at 14:00, Grace' in part.text


async def test_a_slot_within_the_time_frame_comes_before_those_after_it(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        part = (await site.get(PART)).text
        assert part.index("slot-0") < part.index("2 more times") < part.index("slot-1")


async def test_when_no_slot_is_in_time_that_is_said_and_the_next_one_offered(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        await state_need(
            site,
            replace(
                NEED_WITHIN_TWO_HOURS,
                due_at=SUNDAY_NOON + timedelta(hours=1),
                wanted_at=SUNDAY_NOON + timedelta(minutes=1),
            ),
        )
        part = (await site.get(PART)).text
        assert "No free time before 13:00. The next is later" in part
        assert slots_in(part)[0] == "slot-0"


async def test_somebody_who_must_be_seen_is_offered_the_telephone_only_second(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site, KINGSMOOR)
        await state_need(site)
        by_phone = replace(SESSION_AT_TWO, channel="phone", slots=(slot(0),))
        seen_at = replace(slot(0), slot_id="seen")
        seen = replace(SESSION_AT_TWO, session_id="session-2", slots=(seen_at,))
        await open_session(site, by_phone)
        await open_session(site, seen)
        part = (await site.get(PART)).text
        assert part.index('value="seen"') < part.index("1 more time") < part.index("slot-0")
        spoken = replace(
            NEED_WITHIN_TWO_HOURS,
            needs=("urgent_treatment",),
            wanted_at=SUNDAY_NOON + timedelta(minutes=1),
        )
        await state_need(site, spoken)
        assert set(slots_in((await site.get(PART)).text)) == {"slot-0", "seen"}


async def test_after_somebody_has_taken_a_slot_the_next_free_one_is_shown(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        await book(site, 0, case="another-case")
        with pytest.raises(Refused):
            await book(site, 0, case=CASE)
        assert slots_in((await site.get(PART)).text) == ["slot-1", "slot-3"]


async def test_a_service_that_takes_people_without_a_time_offers_to_send_them(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        part = (await site.get(PART)).text
        assert f'action="/calls/{CASE}/refer"' in part
        assert f'name="service_id" value="{NORTHBRIDGE.service_id}"' in part
        assert "Send there" in part
        assert f'name="service_id" value="{KINGSMOOR.service_id}"' not in part


async def test_a_service_without_slots_that_needs_a_time_is_rung_for_one(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site, KINGSMOOR)
        await state_need(site)
        part = (await site.get(PART)).text
        assert "No free time is offered here. Ring them for one." in part
        assert "01632 960 910" in part
        assert "Time agreed by phone" in part


async def test_each_service_is_one_digit_away_inside_the_focused_pane(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        part = (await site.get(PART)).text
        assert re.findall(r'data-number="(\d)"', part) == ["1", "2"]
        assert re.findall(r'aria-keyshortcuts="(\d)"', part) == ["1", "2"]


async def test_those_left_out_are_counted_and_each_says_why(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        await report(site, KINGSMOOR.service_id, Capacity.RED)
        part = (await site.get(PART)).text
        assert "Left out: 4, with why" in part
        assert f"<b>{KINGSMOOR.name}</b>: Full: red since 12:00" in part
        assert "Does not offer: Be seen in primary care" in part


async def test_how_busy_a_service_is_has_a_word_and_a_shape(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        await report(site, KINGSMOOR.service_id, Capacity.AMBER)
        await report(site, NORTHBRIDGE.service_id, Capacity.GREEN)
        part = (await site.get(PART)).text
        assert "Busy" in part
        assert "Quiet" in part
        assert "said at 12:00" in part


async def test_while_the_place_is_not_known_the_postcode_is_asked_for(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site)
        await state_need(site, replace(NEED_WITHIN_TWO_HOURS, point=None))
        part = await site.get(PART)
        assert part.status_code == 200
        assert "Distance not known: take the postcode" in part.text


async def test_when_nobody_fits_the_nearest_emergency_departments_are_offered(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site)
        await state_need(site, replace(NEED_WITHIN_TWO_HOURS, needs=("eye_emergency",)))
        part = (await site.get(PART)).text
        assert f"{EMERGENCY.name} (Catch-all)" in part
        assert "No service fits" in part


async def test_when_there_is_nobody_at_all_that_is_said(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await state_need(site)
        assert "No service can take this now" in (await site.get(PART)).text


async def test_once_booked_no_second_slot_is_offered_until_it_is_given_back(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        booking_id = await book(site, 0, case=CASE)
        part = (await site.get(PART)).text
        assert "Booked: Kingsmoor Urgent Treatment Centre, 14:00 on 22-Nov-2026" in part
        assert slots_in(part) == []
        gone = CancelBooking(reason="The clinician is ill", by="Owen Price", by_clinic=True)
        await site.execute(BOOKING, booking_id, gone, actor=OWEN)
        part = (await site.get(PART)).text
        assert "was cancelled: The clinician is ill. Choose another." in part
        assert slots_in(part) == ["slot-0", "slot-1", "slot-3"]


async def test_when_the_answers_change_nothing_can_be_booked_for_the_old_outcome(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        event = DispositionTakenBack(
            case_id=CASE, code="PC2", taken_back_at=SUNDAY_NOON + timedelta(minutes=1)
        )
        gone = WithdrawNeed(case_id=CASE, code=event.code, at=event.taken_back_at)
        await site.execute(NEED, CASE, gone)
        part = (await site.get(PART)).text
        assert "The answers changed since" in part
        assert slots_in(part) == []
        assert "Send there" not in part


@pytest.mark.parametrize("path", [NEED_PAGE, PART])
async def test_another_organisation_finds_no_such_need(database: Database, path: str) -> None:
    stranger = somebody("r.e", "Rita Elsewhere", "call_handler", "elsewhere", "directory.use")
    async with open_site(database, actor=AMIRA) as site:
        await set_up(site)
        assert (await site.get(path)).status_code == 200
        assert (await site.as_(stranger).get(path)).status_code == 404


async def test_the_directory_lists_every_service_as_it_stands(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site)
        await report(site, KINGSMOOR.service_id, Capacity.RED, accepting=False)
        page = await site.get("/directory")
        assert page.status_code == 200
        assert all(each.name.replace("'", "&#x27;") in page.text for each in ALL)
        for words in ("5 services, 5 open now", "Full", "Takes nobody", "Not reported"):
            assert words in page.text


async def test_the_directory_is_filtered_by_name_kind_and_what_is_open(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        shut = service(
            "shut", "Moor View", always_open=False, hours=every_day("18:00", "22:00")
        )
        await list_services(site, *ALL, shut)
        by_name = (await site.get("/directory/_services?name=moor")).text
        assert "2 services, 1 open now" in by_name
        assert "Closed until 18:00" in by_name
        by_kind = (await site.get("/directory/_services?kind=Emergency+department")).text
        assert "1 service, 1 open now" in by_kind
        is_open = (await site.get("/directory/_services?name=moor&open=yes")).text
        assert "Moor View" not in is_open
        nothing = (await site.get("/directory?name=%27%25%22<script>")).text
        assert "No service found" in nothing
        assert "<script>" not in nothing.partition("<main")[2]


async def test_a_service_shows_hours_ages_and_what_to_tell_the_caller(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await list_services(site, NORTHBRIDGE)
        page = await site.get(f"/directory/services/{NORTHBRIDGE.service_id}")
        for words in (
            "08:00 to 23:00",
            "Sunday",
            "Sees every age",
            "Ring the bell",
            "Open until",
        ):
            assert words in page.text
        assert "Report" not in page.text.partition("<main")[2]
        assert (await site.get("/directory/services/none")).status_code == 404


async def test_how_busy_it_is_is_reported_by_whoever_may(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await list_services(site, KINGSMOOR)
        path = f"{KINGSMOOR_PAGE}/capacity"
        answer = await site.post(path, {"capacity": "red", "accepting": "false"})
        assert answer.headers["location"] == KINGSMOOR_PAGE
        page = (await site.get(KINGSMOOR_PAGE)).text
        assert "Full" in page
        assert "Said at 12:00 by Sam Whitlock" in page
        assert (await site.as_(AMIRA).post(path, {"capacity": "red"})).status_code == 403


async def test_a_report_with_nothing_chosen_says_both_mistakes_at_once(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        await list_services(site, KINGSMOOR)
        answer = await site.post(f"{KINGSMOOR_PAGE}/capacity", {"capacity": "purple"})
        assert answer.status_code == 422
        assert "Choose how busy the service is" in answer.text
        assert "Choose whether the service takes people" in answer.text


async def test_a_service_is_told_to_whoever_asks(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await list_services(site, KINGSMOOR)
        ask = site.platform.ask
        assert await ask(SERVICE, org=PROVIDER, key=KINGSMOOR.service_id) == KINGSMOOR
        assert await ask(SERVICE, org=PROVIDER, key="none") is None


async def test_open_pharmacies_are_those_that_are_open_then_and_take_people(
    database: Database,
) -> None:
    supply: dict[str, Any] = {"needs": ("pharmacy_supply",), "always_open": False}
    late = service("late", "Late", hours=every_day("08:00", "00:00"), **supply)
    early = service("early", "Early", hours=every_day("08:00", "17:00"), **supply)
    full = service("full", "Full", hours=every_day("08:00", "00:00"), **supply)
    refusing = service("refusing", "Refusing", hours=every_day("08:00", "00:00"), **supply)
    async with open_site(database, actor=SAM) as site:
        await list_services(site, late, early, full, refusing, KINGSMOOR)
        await report(site, "full", Capacity.RED)
        await report(site, "refusing", Capacity.GREEN, accepting=False)

        async def open_at(instant: str) -> list[str]:
            found = await site.platform.ask(OPEN_PHARMACIES, org=PROVIDER, key=instant)
            return [each.name for each in found]

        assert await open_at("2026-11-22T12:00:00+00:00") == ["Early", "Late"]
        assert await open_at("2026-11-22T20:00:00+00:00") == ["Late"]
        assert await open_at("2026-11-23T03:00:00+00:00") == []
