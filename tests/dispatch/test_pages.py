"""The desk on screen, from the request to the end, on a real database."""

from html import unescape
from typing import Final

import pytest
from msgspec.structs import replace

from standfast.dispatch import words
from standfast.dispatch.commands import LowerCategory
from standfast.dispatch.model import INCIDENT, incident_number
from standfast.dispatch.model_map import MAP, PublishMap
from standfast.dispatch.model_vehicle import VEHICLE
from standfast.dispatch.tables import PROJECTIONS
from standfast.facts.dispatch import Category, VehicleStatus
from standfast.kernel.geo import Point
from tests.dispatch.examples import (
    ACCEPT,
    CASE_ID,
    NADIA,
    NOON,
    OTHER_CASE,
    PIOTR,
    SEND,
    STRANGER,
    a_request,
    a_shift,
    minutes,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site, somebody

pytestmark = pytest.mark.anyio

CHOSEN: Final = f"/dispatch/board?incident={CASE_ID}"
ACTS: Final = f"/dispatch/incidents/{CASE_ID}"
NUMBER: Final = incident_number(CASE_ID)


async def text(site: Site, path: str = "/dispatch/board") -> str:
    page = await site.get(path)
    assert page.status_code == 200
    return " ".join(unescape(page.text).split())


async def a_busy_desk(site: Site) -> None:
    await site.execute(VEHICLE, "ha12", a_shift())
    await site.execute(VEHICLE, "ha19", a_shift("ha19", point=Point(10_000, 10_000)))
    await site.execute(INCIDENT, CASE_ID, a_request())


async def test_an_empty_board_says_so(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        shown = await text(site)

    assert "No incidents" in shown
    assert "0 to accept" in shown
    assert "No vehicle on shift" in shown


async def test_a_request_is_on_the_board_with_all_that_is_known(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        shown = await text(site)

    for said in (
        "1 to accept",
        "Chest pain",
        NUMBER,
        "C-7F3K2",
        "14 Mill Lane, Northbridge",
        "Hotel Mike 1, 4 Quebec Tango",
        "Show how to get in",
        "OKONKWO, Margaret",
        "07700 900 417",
        "Like a band round my chest",
        "Accept the oldest",
    ):
        assert said in shown


async def test_nothing_of_a_long_finding_is_cut_off(database: Database) -> None:
    """H14: no truncation at 64 kB."""
    long = "Breathless: Yes. " + "word " * 13_000 + "the end"
    async with open_site(database, actor=NADIA) as site:
        await site.execute(INCIDENT, CASE_ID, a_request(findings=(long,)))
        shown = await text(site)

    assert long in shown


async def test_f2_takes_the_oldest_request(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await site.execute(INCIDENT, CASE_ID, a_request(Category.C4))
        younger = a_request(Category.C1, case_id=OTHER_CASE, accept_by=NOON + minutes(2))
        await site.execute(INCIDENT, OTHER_CASE, younger)
        taken = await site.post("/dispatch/accept-oldest")
        shown = await text(site, taken.headers["location"])

    assert taken.headers["location"] == CHOSEN
    assert "Nadia Brook has it since 12:00" in shown
    assert "1 to accept" in shown


async def test_the_second_desk_is_told_who_has_it(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.post(f"{ACTS}/accept")
        refused = await site.as_(PIOTR).post(f"{ACTS}/accept")

    assert refused.status_code == 409
    assert "Nadia Brook at Harrowmere Ambulance took it at 12:00." in refused.text


async def test_nothing_to_accept_is_said(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        refused = await site.post("/dispatch/accept-oldest")

    assert refused.status_code == 409
    assert "Nothing waits to be accepted." in refused.text


async def test_the_nearest_vehicle_is_offered_first_and_its_time_said_to_be_an_estimate(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        shown = await text(site, CHOSEN)

    assert shown.index("Send HA12 to") < shown.index("Send HA19 to")
    assert "about 4 min" in shown
    assert "Minutes are an estimate, in a straight line." in shown


async def test_a_vehicle_is_sent_moved_and_cleared_and_the_incident_closed(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.post(f"{ACTS}/send", {"vehicle_id": "ha12"})
        assert "HA12 allocated" in await text(site, CHOSEN)
        for status, said in (
            ("mobile", "HA12 mobile"),
            ("on_scene", "HA12 on scene"),
            ("conveying", "HA12 conveying"),
            ("at_hospital", "HA12 at hospital"),
            ("available", "Attended, to be closed"),
        ):
            answer = await site.post(f"{ACTS}/move", {"vehicle_id": "ha12", "status": status})
            assert answer.status_code == 303
            assert said in await text(site, CHOSEN)
        await site.post(f"{ACTS}/close", {"outcome": "conveyed", "reason": ""})
        shown = await text(site, CHOSEN)

    assert "Closed 12:00. Taken to hospital" in shown
    assert "No incidents" in shown


async def test_a_busy_vehicle_is_only_sent_when_it_is_said_to_be_diverted(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, OTHER_CASE, a_request(Category.C1, case_id=OTHER_CASE))
        await site.post(f"{ACTS}/send", {"vehicle_id": "ha12"})
        other = f"/dispatch/incidents/{OTHER_CASE}/send"
        refused = await site.post(other, {"vehicle_id": "ha12"})
        offered = await text(site, f"/dispatch/board?incident={OTHER_CASE}")
        diverted = await site.post(other, {"vehicle_id": "ha12", "diverted_from": CASE_ID})

    assert refused.status_code == 409
    assert "This vehicle is on another incident." in refused.text
    assert (
        f"HA12 is on its way to {NUMBER}, category 2. That patient then waits again." in offered
    )
    assert diverted.status_code == 303


async def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        sent = {"category": "C9", "reason": "", "agreed_by": "Ada Mensah"}
        answer = await site.post(f"{ACTS}/lower", sent)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "Select the lower category" in answer.text
    assert "Enter why it is less urgent" in answer.text
    assert "Ada Mensah" in answer.text


async def test_cancelling_unread_is_refused_and_the_reason_stays(database: Database) -> None:
    """H14."""
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        sent = {"outcome": "cancelled", "reason": "Driven in", "seen_at": NOON.isoformat()}
        unread = await site.post(f"{ACTS}/close", sent)
        garbled = await site.post(f"{ACTS}/close", sent | {"has_read": "yes", "seen_at": "x"})
        done = await site.post(f"{ACTS}/close", sent | {"has_read": "yes"})

    assert unread.status_code == 409
    assert "then tick that you have read them" in unread.text
    assert "Driven in" in unread.text
    assert "The details changed while you were reading" in garbled.text
    assert done.status_code == 303


async def test_signs_that_no_database_takes_are_left_out(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        sent = {"category": "C4", "reason": "Bet\0ter", "agreed_by": "Ada Mensah"}
        seen = {"has_read": "yes", "seen_at": NOON.isoformat()}
        answer = await site.post(f"{ACTS}/lower", sent | seen)
        shown = await text(site, CHOSEN)

    assert answer.status_code == 303
    assert "agreed by Ada Mensah: Better" in shown


async def test_news_after_acceptance_is_shown_until_somebody_has_read_it(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        site.clock.move(minutes=1)
        more = a_request(Category.C3, findings=("Awake: No longer",))
        await site.execute(INCIDENT, CASE_ID, more)
        before = await text(site, CHOSEN)
        await site.post(f"{ACTS}/read")
        after = await text(site, CHOSEN)

    assert "New details, not read" in before
    assert "New details, not read" not in after


async def test_a_raised_request_is_to_be_accepted_again(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        site.clock.move(minutes=1)
        await site.execute(INCIDENT, CASE_ID, a_request(Category.C1))
        shown = await text(site)

    assert "1 to accept" in shown
    assert "More urgent than Nadia Brook accepted" in shown


async def test_the_tab_says_how_many_wait(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        shown = await text(site)

    assert '<span class="badge hot">1' in shown


@pytest.mark.parametrize(
    "act", ["accept", "read", "send", "move", "stand-down", "lower", "close"]
)
async def test_another_trust_finds_nothing_here(database: Database, act: str) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        site.as_(STRANGER)
        looked = await site.get(CHOSEN)
        pressed = await site.post(f"{ACTS}/{act}", {"vehicle_id": "ha12"})
        took = await site.post("/dispatch/vehicles/ha12/status", {"status": "off_road"})
        board = await text(site)

    assert looked.status_code == pressed.status_code == took.status_code == 404
    assert "Chest pain" not in board


async def test_only_the_desk_may_act_and_only_who_may_look_sees_it(database: Database) -> None:
    watcher = somebody("w", "W", "dispatcher", TRUST, "dispatch.watch")
    handler = somebody("amira.khan", "Amira Khan", "call_handler", PROVIDER, "calls.take")
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        seen = await text(site.as_(watcher), CHOSEN)
        pressed = await site.post(f"{ACTS}/accept")
        refused = await site.as_(handler).get("/dispatch/board")
        nobody = await site.as_(None).get("/dispatch/board")

    assert "Accept the oldest" not in seen
    assert pressed.status_code == refused.status_code == 403
    assert nobody.status_code == 303


@pytest.mark.parametrize("part", ["counts", "incidents", "details", "vehicles", "map"])
async def test_each_live_part_comes_alone(database: Database, part: str) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        page = await site.get(f"/dispatch/board/_{part}?incident={CASE_ID}")

    assert page.status_code == 200
    assert "<html" not in page.text


async def test_the_map_is_kept_by_the_browser_and_marked_with_what_is_so_now(
    database: Database,
) -> None:
    drawing = '<path class="map-water" d="M0 0l1 1"/><text class="map-label">Northbridge</text>'
    publish = PublishMap(org=TRUST, drawing=drawing, width_metres=60_000, height_metres=45_000)
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        missing = await site.get("/dispatch/map.svg")
        await site.execute(MAP, TRUST, publish)
        board = await text(site)
        address = "/dispatch/map.svg" + board.split("/dispatch/map.svg")[1].split("#land")[0]
        land = await site.get(address)

    assert missing.status_code == 404
    assert 'fill="var(--water)"' in land.text
    assert "max-age=86400" in land.headers["cache-control"]
    assert '<svg x="50.0%" y="51.11%"' in board
    assert "Northbridge" in land.text


async def test_a_vehicle_can_be_taken_off_the_road_and_back(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        path = "/dispatch/vehicles/ha12/status"
        await site.post(path, {"status": "off_road", "incident": CASE_ID})
        off = (await site.state(VEHICLE, "ha12")).status
        wrong = await site.post(path, {"status": "flying"})
        await site.post(path, {"status": "available"})
        await site.execute(INCIDENT, CASE_ID, SEND)
        busy = await site.post(path, {"status": "off_road"})

    assert off is VehicleStatus.OFF_ROAD
    assert wrong.status_code == 422
    assert busy.status_code == 409


@pytest.mark.parametrize("case_id", ["nothing", "%00", "'", "é" * 300])
async def test_an_address_that_means_nothing_is_not_found(
    database: Database, case_id: str
) -> None:
    async with open_site(database, actor=NADIA) as site:
        looked = await site.get(f"/dispatch/board?incident={case_id}")
        pressed = await site.post(f"/dispatch/incidents/{case_id}/accept")

    assert looked.status_code == pressed.status_code == 404


async def test_a_busy_board_stays_light(database: Database) -> None:
    """No more than 120 kB for the page itself, with twenty incidents and twenty vehicles."""
    async with open_site(database, actor=NADIA) as site:
        for number in range(20):
            await site.execute(VEHICLE, f"ha{number}", a_shift(f"ha{number}"))
            case_id = f"case-{number}"
            await site.execute(INCIDENT, case_id, a_request(case_id=case_id))
        page = await site.get("/dispatch/board")

    assert len(page.content) < 120 * 1024


def test_every_kind_of_stream_is_described() -> None:
    assert set(words.DESCRIBES) == {each.decider.stream for each in PROJECTIONS}


async def test_every_fact_of_an_incident_reads_as_a_sentence(database: Database) -> None:
    lower = LowerCategory(
        category=Category.C4,
        reason="Better",
        agreed_by="Ada Mensah",
        has_read=True,
        seen_at=NOON,
        staff_id="nadia.brook",
        staff_name="Nadia Brook",
    )
    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        said = [
            words.describe_incident(event)
            for command in (ACCEPT, lower, replace(SEND, eta_at=None))
            for event in await site.execute(INCIDENT, CASE_ID, command)
        ]

    assert said == [
        f"Nadia Brook at Harrowmere Ambulance accepted it as incident {NUMBER}",
        "Nadia Brook read all the details",
        "Nadia Brook lowered it from category 2 to 4, agreed by Ada Mensah: Better",
        "Nadia Brook sent HA12",
    ]
