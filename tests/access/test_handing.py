"""A case goes from hand to hand by an act, and an old one is opened by what its facts imply."""

from datetime import timedelta
from html import unescape
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.implied import write_all
from standfast.access.model import RELATIONSHIP
from standfast.calls import commands as c
from standfast.calls.model_case import CASE
from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.permissions import Role
from standfast.kernel.access import Sensitivity
from standfast.web.platform import Actor
from tests.access.test_gate import a_case, entries, known
from tests.access.test_linking import a_call
from tests.access.test_linking import somebody as invent
from tests.identity.examples import LOADER, actor_in, load_staff
from tests.identity.making import (
    BOOKING_ID,
    CASE_ID,
    PRESCRIPTION_ID,
    make_booking,
    make_case,
    make_need,
    make_prescription,
)
from tests.people.examples import AMIRA, MARGARET
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

JOE: Final = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
SAM: Final = actor_in(Role.IT_OFFICER, staff_id="sam.whitlock")
RUTH: Final = actor_in(Role.SUPERVISOR, staff_id="ruth.calder")
ADA: Final = actor_in(Role.CLINICIAN, staff_id="ada.mensah")
MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
OWEN: Final = actor_in(Role.RECEPTIONIST, "kingsmoor-utc", staff_id="owen.price")
LEILA: Final = actor_in(Role.PHARMACIST, "quayside-pharmacy", staff_id="leila.haddad")


@pytest.fixture(scope="module")
async def staffed(shared: Site) -> Site:
    """Let the staff be known whom a case may be handed to."""
    await load_staff(shared)
    for who in (JOE, ADA, SAM):
        member = RegisterStaff(
            staff_id=who.staff_id,
            name={
                "joe.tran": "Joe Tran",
                "ada.mensah": "Ada Mensah",
                "sam.whitlock": "Sam Whitlock",
            }[who.staff_id],
            title=who.role_label,
            org=PROVIDER,
            roles=(Role(who.role),),
        )
        await shared.execute(STAFF, who.staff_id, member, actor=LOADER)
    return shared


async def a_guarded_call(site: Site) -> str:
    """Let Amira take a call of somebody very restricted; return the case."""
    person_id = await invent(site, sensitivity=Sensitivity.VERY_RESTRICTED)
    case_id = await a_call(site, AMIRA)
    answer = await site.as_(AMIRA).post(f"/calls/{case_id}/patient", {"person_id": person_id})
    assert answer.status_code == 303
    return case_id


async def resumed(site: Site, who: Actor, case_id: str) -> Any:
    return await site.as_(who).browser.get(
        f"/calls/{case_id}/resume", headers={"accept": "application/json"}
    )


@pytest.mark.parametrize("by", [RUTH, AMIRA], ids=lambda who: who.staff_id)
async def test_whoever_is_handed_a_guarded_case_goes_on_with_it(
    staffed: Site, by: Actor
) -> None:
    case_id = await a_guarded_call(staffed)
    closed = await resumed(staffed, JOE, case_id)
    assert closed.status_code == 403
    assert closed.json() == {
        "error": "This is guarded more closely than your role reaches. Ask a clinician who works"
        " on it.",
        "reason": "",
    }
    ada = (await resumed(staffed, ADA, case_id)).json()
    assert "whoever works on it themselves" in ada["error"]
    assert ada["reason"].startswith(f"/access/closed?kind=case&record_id={case_id}")
    page = await staffed.as_(by).get(f"/calls/{case_id}/hand-over")
    assert page.status_code == 200
    assert "joe.tran" in page.text
    assert "Hill" not in page.text
    handed = await staffed.post(f"/calls/{case_id}/hand-over", {"to": "joe.tran"})
    assert handed.status_code == 303
    assert "handed it over to Joe Tran" in (await staffed.get(handed.headers["location"])).text
    assert (await resumed(staffed, JOE, case_id)).status_code == 200
    assert (await resumed(staffed, AMIRA, case_id)).status_code == 403
    (opened,) = [
        each
        for each in await entries(staffed)
        if (each.case_id, each.staff_id) == (case_id, "joe.tran")
    ]
    assert (opened.basis, opened.glass_id) == ("case", "")
    assert case_id in (await staffed.as_(JOE).get("/calls/waiting")).text
    assert case_id not in (await staffed.as_(AMIRA).get("/calls/waiting")).text


async def test_whoever_hands_it_over_may_choose_to_read_it_on_until_the_shift_ends(
    staffed: Site,
) -> None:
    case_id = await a_guarded_call(staffed)
    giver = replace(AMIRA, shift_until=staffed.clock.now + timedelta(hours=2))
    path = f"/calls/{case_id}/hand-over"
    page = unescape((await staffed.as_(giver).get(path)).text)
    leave, read_on = page.split('name="then"')[1:3]
    assert 'value="leave" checked' in leave
    assert "I read it on until my shift ends at 14:00" in read_on
    assert "reads it no more: a guarded case is closed to you" in page
    handed = await staffed.post(path, {"to": "joe.tran", "then": "read_on"})
    assert handed.status_code == 303
    assert "on until 14:00, and write nothing on it" in (await staffed.get(path)).text

    assert (await resumed(staffed, giver, case_id)).status_code == 200
    opened = (await staffed.get(f"/calls/{case_id}")).text
    assert "over, and read it on until 14:00" in unescape(opened)
    assert (await staffed.post(f"/calls/{case_id}/unlink", {})).status_code == 403
    assert case_id not in (await staffed.get("/calls/waiting")).text
    later = staffed.clock.now
    staffed.clock.move(hours=2)
    assert (await resumed(staffed, giver, case_id)).status_code == 403
    staffed.clock.now = later
    assert (await resumed(staffed, JOE, case_id)).status_code == 200


async def test_a_supervisor_who_hands_it_over_chooses_nothing_for_whoever_had_it(
    staffed: Site,
) -> None:
    case_id = await a_guarded_call(staffed)
    path = f"/calls/{case_id}/hand-over"
    assert 'name="then"' not in (await staffed.as_(RUTH).get(path)).text
    await staffed.post(path, {"to": "joe.tran", "then": "read_on"})

    assert (await resumed(staffed, AMIRA, case_id)).status_code == 403
    assert (await resumed(staffed, RUTH, case_id)).status_code == 403


async def test_a_supervisor_hands_nothing_to_themselves(staffed: Site) -> None:
    case_id = await a_guarded_call(staffed)
    answer = await staffed.as_(RUTH).post(f"/calls/{case_id}/hand-over", {"to": "ruth.calder"})
    assert answer.status_code == 409
    assert "Nobody hands a case to themselves" in answer.text
    assert (await staffed.get(f"/calls/{case_id}")).status_code == 403


async def test_nobody_else_hands_it_over_and_is_told_who_has_it(staffed: Site) -> None:
    case_id = await a_guarded_call(staffed)
    page = unescape((await staffed.as_(JOE).get(f"/calls/{case_id}/hand-over")).text)
    assert "Ask A Call handler, or a supervisor, to hand it over" in " ".join(page.split())
    answer = await staffed.post(f"/calls/{case_id}/hand-over", {"to": "ada.mensah"})
    assert answer.status_code == 409
    assert (await resumed(staffed, ADA, case_id)).status_code == 403


@pytest.mark.parametrize("to", ["", "nobody", "nadia.brook", "sam.whitlock"])
async def test_it_is_handed_to_a_colleague_alone(staffed: Site, to: str) -> None:
    case_id = await a_guarded_call(staffed)
    answer = await staffed.as_(RUTH).post(f"/calls/{case_id}/hand-over", {"to": to})
    assert answer.status_code == 422
    assert "Select who takes it over" in answer.text


async def test_a_supervisor_to_whom_a_case_is_closed_is_offered_to_hand_it_over(
    staffed: Site,
) -> None:
    case_id = await a_guarded_call(staffed)
    for who, offered in ((RUTH, True), (JOE, False)):
        page = await staffed.as_(who).get(f"/calls/{case_id}")
        assert page.status_code == 403
        assert (f"/calls/{case_id}/hand-over" in unescape(page.text)) is offered


def forget_how(site: Site) -> None:
    """Let the site be as before access was there: nothing makes a relationship."""
    for reactions in site.platform.journal.reactions.values():
        reactions[:] = [each for each in reactions if each.decider is not RELATIONSHIP]


async def old_work(database: Database) -> None:
    """Write a day's work as the program did before access was there."""
    async with open_site(database, actor=AMIRA) as site:
        forget_how(site)
        await known(site, "p-margaret", MARGARET)
        site.as_(LOADER)
        await make_case(site)
        await make_need(site)
        await make_booking(site)
        await make_prescription(site)
        ties = await site.as_(AMIRA).platform.db.fetch_value(
            "SELECT count(*) FROM access_relationships"
        )
        assert ties == 0


async def test_an_old_case_opens_by_what_its_facts_imply(database: Database) -> None:
    await old_work(database)
    async with open_site(database, actor=AMIRA) as site:
        assert (await resumed(site, AMIRA, CASE_ID)).status_code == 200
        (entry,) = await entries(site)
        assert (entry.basis, entry.person_id) == ("case", "p-margaret")
        assert (await site.as_(OWEN).get(f"/booking/{BOOKING_ID}")).status_code == 200
        supply = f"/prescribing/dispensing/{PRESCRIPTION_ID}"
        assert (await site.as_(LEILA).get(supply)).status_code == 200
        foreign = replace(AMIRA, org="elsewhere-111")
        assert (await site.as_(foreign).get(f"/calls/{CASE_ID}")).status_code == 404


async def test_old_work_is_gone_through_by_itself_once(database: Database) -> None:
    await old_work(database)
    async with open_site(database, actor=AMIRA) as site:
        await write_all(site.platform, site.clock())
        assert (await site.as_(AMIRA).get("/people/p-margaret")).status_code == 200
        assert (await site.as_(ADA).get(f"/calls/{CASE_ID}")).status_code == 200
        counted = "SELECT count(*) FROM journal WHERE stream LIKE 'access.relationship/%'"
        written = await site.all_orgs.fetch_value(counted)
        await write_all(site.platform, site.clock())
        assert await site.all_orgs.fetch_value(counted) == written > 0


async def test_an_old_case_that_was_closed_long_ago_stays_closed(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        forget_how(site)
        await known(site, "p-margaret", MARGARET)
        await a_case(site)
        command = c.CloseCase(
            case_id=CASE_ID,
            gp_name="Mill Lane",
            action="",
            without_outcome="Rang off",
            staff_name="Amira Khan",
        )
        await site.execute(CASE, CASE_ID, command)
    async with open_site(database, actor=AMIRA, now=NOON + timedelta(hours=97)) as site:
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 403
        assert (await site.as_(RUTH).get(f"/calls/{CASE_ID}")).status_code == 200
