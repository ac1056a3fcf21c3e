"""Nothing is lost that nobody has: each way in which somebody could believe otherwise (H16)."""

from html import unescape
from itertools import permutations

import pytest
from msgspec import structs

from standfast.calls import commands as c
from standfast.calls.closing import Owing, outstanding, summary
from standfast.calls.model_case import CASE
from standfast.calls.pages_oversight import notice_unaccepted
from standfast.calls.queries import clinical_queue, owed, unaccepted
from standfast.calls.reactions import record_disposition
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.dispatch.commands import CloseIncident, Outcome
from standfast.dispatch.model import INCIDENT
from standfast.facts.requests import AmbulanceRequested
from standfast.facts.triage import AmbulanceCategory, DispositionKind
from tests.calls.examples import (
    AMIRA,
    CASE_ID,
    DESCRIBE,
    NADIA,
    PROBLEM,
    RUTH,
    accept,
    entry,
    open_case,
    reached,
    write,
)
from tests.calls.rules import (
    AMBULANCE_KEY,
    CLOSE,
    OPEN,
    PHONED,
    after,
    note,
    outcome,
    refused,
    then,
)
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

LATER_OUTCOME = reached(DispositionKind.PRIMARY_CARE)
RAISED = outcome("ambulance", "C1", code="worse")


async def leads_to(site: Site, category: AmbulanceCategory) -> None:
    fact = reached(DispositionKind.AMBULANCE, category=category, code=f"T-{category}")
    await site.execute(CASE, CASE_ID, record_disposition(fact), actor=AMIRA)


async def case_of(site: Site) -> Case:
    case = await site.state(CASE, CASE_ID)
    assert isinstance(case, Case)
    return case


async def test_a_raised_request_belongs_to_nobody_until_it_is_accepted_again(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE, PROBLEM)
        await leads_to(site, AmbulanceCategory.C2)
        await accept(site)
        site.clock.move(minutes=5)
        await leads_to(site, AmbulanceCategory.C1)

        page = (await site.get(f"/calls/{CASE_ID}/_receipts")).text
        assert "no desk has accepted it yet" in page
        assert "Was accepted as category 2 by Nadia Brook at 12:00" in page
        assert 'data-state="accepted"' not in page
        assert [each.category for each in await unaccepted(site.platform.db, PROVIDER)] == [
            "C1"
        ]
        form = {"gp_name": "Mill Street", "for_action": "no"}
        assert (await site.post(f"/calls/{CASE_ID}/close", form)).status_code == 409

        site.clock.move(seconds=61)
        await notice_unaccepted(site.platform, site.clock())
        assert "NOT SENT" in (await site.get(f"/calls/{CASE_ID}/_receipts")).text
        board = await site.as_(RUTH).get("/calls/oversight")
        assert "NOT SENT. Phone 01632 960 999" in board.text

        await accept(site)
        page = (await site.as_(AMIRA).get(f"/calls/{CASE_ID}/_receipts")).text
        assert "category 1, requested 12:00: accepted by Nadia Brook at 12:06" in page
        assert "Was accepted as category 2" in page
        assert (await site.post(f"/calls/{CASE_ID}/close", form)).status_code == 303


def test_a_raised_request_is_not_sent_whatever_was_phoned_or_noticed_before() -> None:
    for before in (PHONED, note("accepted")):
        case = after(OPEN, AMBULANCE_KEY, before, RAISED)
        assert not case.ambulance.is_owned
        assert refused(case, CLOSE) is Refusal.AMBULANCE_UNOWNED
        case = then(case, note("not_accepted", seconds=61))
        assert case.ambulance.not_accepted_at is not None
        again = structs.replace(PHONED, entry_id="again")
        assert then(case, again).ambulance.is_owned


def test_whatever_order_they_arrive_in_an_acceptance_counts_for_what_was_accepted() -> None:
    (asked,) = CASE.decide(after(OPEN), AMBULANCE_KEY, NOON)
    *_, raised = CASE.decide(after(OPEN, AMBULANCE_KEY), RAISED, NOON)
    assert isinstance(asked, AmbulanceRequested)
    accepted = structs.replace(note("accepted"), category="C2", accept_by=asked.accept_by)
    facts = (asked, raised, *CASE.decide(after(OPEN, AMBULANCE_KEY), accepted, NOON))
    for order in permutations(facts):
        case = CASE.replay((*CASE.decide(CASE.initial, OPEN, NOON), *order))
        assert case.ambulance.category == "C1"
        assert not case.ambulance.is_owned
        assert [each.by for each in case.ambulance.formerly] == ["Nadia Brook"]


def test_a_lowering_by_who_had_not_seen_the_raised_request_lowers_nothing() -> None:
    lowered = structs.replace(note("lowered"), category="C3", seen="C2")
    assert after(OPEN, AMBULANCE_KEY, RAISED, lowered).ambulance.category == "C1"
    assert after(OPEN, AMBULANCE_KEY, lowered, RAISED).ambulance.category == "C1"


async def test_an_ambulance_that_nobody_sent_makes_no_service_needless(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE, PROBLEM)
        await leads_to(site, AmbulanceCategory.C2)
        await accept(site)
        await _cancel(site)
        taken_back = c.TakeBackDisposition(
            case_id=CASE_ID, org=PROVIDER, code="T-C2", at=site.clock()
        )
        await site.execute(CASE, CASE_ID, taken_back, actor=AMIRA)
        assert [each.owing for each in outstanding(await case_of(site))] == [Owing.OUTCOME]
        await site.execute(CASE, CASE_ID, record_disposition(LATER_OUTCOME), actor=AMIRA)

        case = await case_of(site)
        assert [each.owing for each in outstanding(case)] == [Owing.SERVICE]
        assert "did not attend: Cancelled, nobody attends: He is better" in summary(case)
        assert "taken by" not in summary(case)


async def _cancel(site: Site) -> None:
    site.clock.move(minutes=1)
    command = CloseIncident(
        staff_id="nadia.brook",
        staff_name="Nadia Brook",
        outcome=Outcome.CANCELLED,
        reason="He is better",
        has_read=True,
        seen_at=site.clock(),
    )
    await site.execute(INCIDENT, CASE_ID, command, actor=NADIA)


def test_an_ambulance_that_attended_makes_a_service_needless() -> None:
    ended = structs.replace(note("closed", seconds=900), note="Seen, not taken to hospital")
    case = after(
        OPEN,
        AMBULANCE_KEY,
        note("accepted"),
        note("on_scene", seconds=300, callsign="HA12"),
        note("clear", seconds=800, callsign="HA12"),
        ended,
        record_disposition(LATER_OUTCOME),
    )
    assert outstanding(case) == ()
    assert "Ambulance, category 2: Seen, not taken to hospital" in summary(case)
    assert case.ambulance.vehicles == ()


async def test_a_call_finished_without_an_outcome_stays_before_the_supervisor(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        text = "Left the questions early: Passed to a colleague"
        await open_case(site, DESCRIBE, PROBLEM)
        assert await owed(site.platform.db, PROVIDER) == []
        await write(site, entry("calls.note", text=text), entry("calls.finish"))

        board = (await site.as_(RUTH).get("/calls/oversight")).text
        assert "Finished without an outcome: Passed to a colleague" in board
        (row,) = await owed(site.platform.db, PROVIDER)
        assert row.whose == "Amira Khan"
        await site.execute(CASE, CASE_ID, record_disposition(LATER_OUTCOME), actor=AMIRA)
        assert "Finished without" not in (await site.get("/calls/oversight")).text


async def test_a_clinician_asked_for_after_closing_is_in_the_clinical_queue(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE, PROBLEM)
        form = {"gp_name": "", "for_action": "no", "without_outcome": "Wrong number"}
        assert (await site.post(f"/calls/{CASE_ID}/close", form)).status_code == 303
        await write(site, entry("calls.clinician", reason="She rang back, worse"))
        (row,) = await clinical_queue(site.platform.db, PROVIDER, site.clock())
        page = unescape((await site.get(f"/calls/{CASE_ID}")).text)
        mine = (await site.get("/calls/waiting")).text
        take = c.TakeCase(case_id=CASE_ID, staff_id="ada", staff_name="Dr Ada Mensah")
        await site.execute(CASE, CASE_ID, take, actor=AMIRA)
        taken = unescape((await site.get(f"/calls/{CASE_ID}")).text)
        mine_no_more = (await site.get("/calls/waiting")).text

    assert row.case_id == CASE_ID
    assert f"{AMIRA.name} sees to it" in page
    assert "After closing" in page
    assert f'href="/calls/{CASE_ID}"' in mine
    assert "After closing" in mine
    assert "Dr Ada Mensah sees to it" in taken
    assert "After closing" not in mine_no_more


@pytest.mark.parametrize("step", ["taken", "put_back", "written", "cancelled", "not_supplied"])
def test_a_prescription_that_no_pharmacy_has_keeps_the_case_open(step: str) -> None:
    case = after(OPEN, outcome("medicines"), _prescription(step))
    assert refused(case, CLOSE) is Refusal.PRESCRIPTION_UNOWNED


@pytest.mark.parametrize("step", ["sent", "supplied", "declined"])
def test_a_prescription_that_is_sent_supplied_or_declined_lets_the_case_be_closed(
    step: str,
) -> None:
    assert after(OPEN, outcome("medicines"), _prescription(step), CLOSE).closed is not None


def _prescription(step: str) -> c.NotePrescription:
    return c.NotePrescription(case_id=CASE_ID, step=step, by="Dr Ada Mensah", note="", at=NOON)
