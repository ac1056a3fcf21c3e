"""The case on screen and over the wire, on a whole platform: what people see and may do."""

import asyncio
from typing import Any

import pytest

from standfast.calls.model_case import CASE
from standfast.calls.pages import PAGES as CALL_PAGES
from standfast.calls.pages_oversight import notice_unaccepted
from standfast.calls.queries import (
    call_back_list,
    find_cases,
    unaccepted,
)
from standfast.calls.reactions import record_disposition
from standfast.facts.requests import AmbulanceRequested
from standfast.facts.triage import DispositionReached
from standfast.journal.timeline import contact_facts
from standfast.people.model import PERSON, RegisterPerson
from standfast.triage.content import current
from standfast.triage.engine import Given
from standfast.web.pages import ANYONE
from tests.calls.examples import (
    AMIRA,
    CASE_ID,
    DESCRIBE,
    ELSEWHERE,
    F9,
    JOE,
    NADIA,
    NUMBERS,
    PLACE,
    PROBLEM,
    RUTH,
    accept,
    entry,
    open_case,
    tell,
    write,
)
from tests.calls.rules import OPEN, after, told
from tests.calls.services import open_clinic
from tests.people.examples import MARGARET
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site, somebody
from tests.triage.examples import history
from tests.triage.paths import NO_THREAT

pytestmark = pytest.mark.anyio

OTHER_CASE = "018f9d2e-7c1a-7000-8000-0000000000c3"
TRIAGE = ("triage.use", "triage.read")
HANDLER = somebody(
    "amira.khan", "Amira Khan", "call_handler", PROVIDER, *AMIRA.permissions, *TRIAGE
)


def answers(*given: Given, case_id: str = CASE_ID) -> list[dict[str, Any]]:
    return [
        entry(
            "triage.answer",
            case_id,
            name=str(n),
            n=n,
            question_id=item.question,
            answer_key=item.key,
            version=current().version,
            words="",
        )
        for n, item in enumerate(given)
    ]


async def register(site: Site) -> None:
    command = RegisterPerson(org=PROVIDER, person_id="p-margaret", details=MARGARET)
    await site.execute(PERSON, "p-margaret", command, actor=AMIRA)


async def test_a_life_threat_answer_asks_for_the_ambulance_in_the_same_commit(
    database: Database,
) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await open_case(site, PLACE, who=HANDLER)
        await write(site, *answers(Given("life-threats.awake", "2")))

        assert (await site.get(f"/calls/{CASE_ID}")).is_success
        facts = await contact_facts(site.platform.db, [CASE_ID])
        by_type = {fact.type: fact for fact in facts}
        answer = by_type["triage.answer_given.v1"]
        asked = by_type["calls.ambulance_requested.v1"]
        received = by_type["dispatch.request_received.v1"]
        assert answer.recorded_at == asked.recorded_at == received.recorded_at
        page = await site.get(f"/calls/{CASE_ID}/_receipts")
        assert "no desk has accepted it yet" in page.text


def test_every_life_threat_of_the_content_asks_for_an_ambulance() -> None:
    asked = []
    for n, calm in enumerate(NO_THREAT):
        for choice in current().questions[calm.question].choices:
            if not choice.rules_in:
                continue
            events = history(*NO_THREAT[:n], Given(calm.question, choice.key))
            threat = next(each for each in events if isinstance(each, DispositionReached))
            asked += [told(after(OPEN), record_disposition(threat))[-1]]

    assert len(asked) >= 10
    assert set(asked) == {AmbulanceRequested}


async def test_the_caller_s_side_sees_requested_then_accepted_by_name(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, PLACE, F9)
        await accept(site)

        page = await site.get(f"/calls/{CASE_ID}/_receipts")
        assert "accepted by Nadia Brook at 12:00" in page.text
        assert await unaccepted(site.platform.db, PROVIDER) == []


async def test_not_sent_shows_the_number_to_ring_and_the_words_to_read(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, PLACE, DESCRIBE, NUMBERS, F9)
        site.clock.move(seconds=61)
        await notice_unaccepted(site.platform, site.clock())

        page = await site.get(f"/calls/{CASE_ID}/_receipts")
        assert "NOT SENT" in page.text
        assert "01632 960 999" in page.text
        for words in ("category 1 ambulance", "14 Mill Lane", "Margaret", "07700 900 555"):
            assert words in page.text
        board = await site.as_(RUTH).get("/calls/oversight")
        assert "NOT SENT. Phone 01632 960 999" in board.text
        assert "Amira Khan has the caller" in board.text


async def test_phoning_control_with_its_incident_number_ends_not_sent(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, F9)
        site.clock.move(seconds=61)
        await write(site, entry("calls.ambulance_phoned", incident_number="4471"))

        page = await site.get(f"/calls/{CASE_ID}/_receipts")
        assert "NOT SENT" not in page.text
        assert "incident 4471" in page.text


async def test_two_who_go_for_one_slot_one_is_booked_and_the_other_is_told(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_clinic(site)
        await open_case(site, DESCRIBE)
        other = entry("calls.open", OTHER_CASE, call_id=None)
        described = entry("calls.describe_patient", OTHER_CASE, **DESCRIBE["body"])
        await write(site, other, described)

        first, second = await asyncio.gather(
            site.post(f"/calls/{CASE_ID}/book", {"slot_id": "slot-1"}),
            site.post(f"/calls/{OTHER_CASE}/book", {"slot_id": "slot-1"}),
        )

        assert sorted([first.status_code, second.status_code]) == [303, 409]
        states = [(await site.state(CASE, each)).booking for each in (CASE_ID, OTHER_CASE)]
        assert [each.step for each in states if each] == ["booked"]


async def test_a_booked_appointment_is_shown_and_can_be_given_up(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_clinic(site)
        await open_case(site, DESCRIBE)
        await site.post(f"/calls/{CASE_ID}/book", {"slot_id": "slot-1"})
        page = await site.get(f"/calls/{CASE_ID}/_receipts")
        assert "Appointment booked: Kingsmoor Urgent Treatment Centre" in page.text

        await site.post(f"/calls/{CASE_ID}/give-up", {"reason": "Too far"})
        again = await site.post(f"/calls/{CASE_ID}/book", {"slot_id": "slot-1"})
        assert again.status_code == 303


async def test_the_confirmed_patient_brings_flags_and_earlier_contacts(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register(site)
        await open_case(site, PROBLEM)
        before = await site.get(f"/calls/{CASE_ID}/_context")
        assert "Patient not identified yet" in before.text
        assert "not known yet" in before.text

        await site.post(f"/calls/{CASE_ID}/patient", {"person_id": "p-margaret"})
        context = await site.get(f"/calls/{CASE_ID}/_context")
        assert "OKONKWO-BRIGHT, Margaret (Mrs)" in context.text
        assert "Allergies not recorded" in context.text

        await write(site, entry("calls.open", OTHER_CASE, number="+44 7700 900417"))
        repeat = await site.get(f"/calls/{OTHER_CASE}/_context")
        assert "Pain in her chest since breakfast" in repeat.text
        assert "Same number" in repeat.text


async def test_a_person_of_nobody_cannot_be_linked(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site)
        answer = await site.post(f"/calls/{CASE_ID}/patient", {"person_id": "p-nobody"})
        assert answer.status_code == 404


async def test_a_caller_is_settled_with_what_came_of_it(database: Database) -> None:
    async with open_site(database, actor=JOE) as site:
        await tell(site, "ring")
        await tell(site, "hangup")
        (lost,) = await call_back_list(site.platform.db, PROVIDER)
        empty = await site.post("/calls/call-back", {"call_id": lost.call_id, "outcome": ""})
        assert empty.status_code == 422
        assert "Enter what came of it" in empty.text

        form = {"call_id": lost.call_id, "outcome": "Rung back, with own GP"}
        assert (await site.post("/calls/call-back", form)).status_code == 303
        assert "Nobody to ring back" in (await site.get("/calls/call-back")).text
        assert (await site.post("/calls/call-back", form)).status_code == 409


async def test_a_device_that_lost_its_journal_gets_the_whole_case_back(
    database: Database,
) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await open_case(site, PLACE, DESCRIBE, NUMBERS, PROBLEM, who=HANDLER)
        await write(site, *answers(*NO_THREAT))
        known = (await site.get(f"/calls/{CASE_ID}/resume")).json()

        assert known["place"]["address"] == "14 Mill Lane, Kingsmoor"
        assert known["described"]["family"] == "Okonkwo-Bright"
        assert known["problem"] == "Pain in her chest since breakfast"
        assert [each["n"] for each in known["assessment"]["answers"]] == list(range(7))


async def test_every_list_shows_what_is_there_and_the_case_is_found_by_name(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring", call_id="second")
        await open_case(site, PLACE, DESCRIBE, PROBLEM, entry("calls.finish"))
        for path in ("/calls/waiting", "/calls/_waiting", "/calls/_mine", "/calls/_lost"):
            assert (await site.get(path)).status_code == 200
        assert "07700 900 417" in (await site.get("/calls/waiting")).text
        next_one = await site.get("/calls/next")
        assert next_one.headers["location"] == "/calls/shell#call=second"
        assert "Amira Khan opened case" in (await site.get(f"/calls/{CASE_ID}")).text
        (found,) = await find_cases(site.platform.db, PROVIDER, "marg okon")
        assert found.case_id == CASE_ID
        assert await find_cases(site.platform.db, PROVIDER, "100%_") == []


def _paths(needing: str = "") -> list[tuple[str, str]]:
    return [
        (page.method, page.path)
        for page in CALL_PAGES
        if page.needs != ANYONE and (not needing or page.needs == needing)
    ]


async def test_every_page_is_shut_to_a_role_without_its_permission(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        for method, path in _paths():
            answer = await site.browser.request(method, path.replace("{case_id}", CASE_ID))
            assert answer.status_code == 403, (method, path)


async def test_another_organisations_case_is_not_there(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE)
        site.as_(ELSEWHERE)
        for method, path in _paths():
            if "{case_id}" in path:
                answer = await site.browser.request(method, path.replace("{case_id}", CASE_ID))
                assert answer.status_code == 404, (method, path)
        assert (
            await site.post("/calls/call-back", {"case_id": CASE_ID, "outcome": "x"})
        ).status_code == 404
        (receipt,) = await write(site, entry("calls.note", text="Hello", name="foreign"))
        assert receipt["outcome"] == "refused"
        assert "Okonkwo" not in (await site.get("/calls/oversight")).text


def test_no_page_of_a_case_hides_behind_a_page_with_a_name() -> None:
    plain = {page.path for page in CALL_PAGES if "{" not in page.path}
    firsts = [page.path for page in CALL_PAGES]
    assert all(firsts.index(path) < firsts.index("/calls/{case_id}") for path in plain)
