"""However guarded one case is, no desk closes over it, and nothing is said to be none."""

from html import unescape
from typing import Any, Final

import pytest
from lxml import html as lxml_html
from msgspec.structs import replace

from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.dispatch.model import INCIDENT, incident_number
from standfast.identity.permissions import Role
from standfast.journal.writer import Unavailable
from standfast.kernel.access import Assurance, Sensitivity
from standfast.web.platform import Actor
from tests.access.test_gate import ADA, entries
from tests.access.test_labels import CANARY, JOE, MIRA, SECOND, two_cases
from tests.access.test_labels import label as label_here
from tests.booking import examples as clinic
from tests.dispatch import examples as desk
from tests.dispatch.test_pages import ACTS, CHOSEN, a_busy_desk
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.prescribing.examples import LORNA
from tests.prescribing.place import NEED_PAGE, ask_for, furnish
from tests.prescribing.place import known as need_of
from tests.prescribing.test_pages_pharmacy import LIST, prescribed
from tests.support.database import Database
from tests.support.site import TRUST, Site, open_site

pytestmark = pytest.mark.anyio

BOARD: Final = "/dispatch/board"
NADIA: Final = replace(desk.NADIA, assurance=Assurance.PRESENT, way="passkey")
FINDING: Final = "Like a band round my chest"
NOTHING_EARLIER: Final = "None by this patient"


async def guard(site: Site, org: str, case_id: str) -> None:
    """Make the case *case_id* very restricted for the organisation *org*."""
    command = SayHowGuarded(
        org=org,
        record_kind="case",
        record_id=case_id,
        sensitivity=Sensitivity.VERY_RESTRICTED,
        reason="She asked for it in writing",
        staff_id="mira.sandoval",
        staff_name="Mira Sandoval",
    )
    await site.execute(LABEL, label_key(org, case_id), command, actor=MIRA)


async def text(site: Site, path: str) -> str:
    page = await site.get(path)
    assert page.status_code == 200, path
    return " ".join(unescape(page.text).split())


@pytest.mark.parametrize("offline", [False, True])
async def test_a_very_restricted_incident_is_on_the_board_and_is_worked_on(
    database: Database, *, offline: bool
) -> None:
    who = replace(NADIA, offline=offline)
    async with open_site(database, actor=who, demonstration=False) as site:
        await a_busy_desk(site)
        await guard(site, TRUST, desk.CASE_ID)
        shown = await text(site, BOARD)
        assert incident_number(desk.CASE_ID) in shown
        assert FINDING in shown
        for act, form in (("accept", {}), ("send", {"vehicle_id": "ha12"})):
            assert (await site.post(f"{ACTS}/{act}", form)).status_code == 303
        state = await site.state(INCIDENT, desk.CASE_ID)
        assert state.accepted is not None
        assert {each.sensitivity for each in await entries(site)} == {3}


async def test_whoever_may_not_see_one_incident_has_the_board_with_all_of_them(
    database: Database,
) -> None:
    """A support worker may look at boards, and never at what is very restricted."""
    watcher = replace(actor_in(Role.SUPERVISOR, TRUST), permissions=NADIA.permissions)
    async with open_site(database, actor=watcher, demonstration=False) as site:
        await a_busy_desk(site)
        await guard(site, TRUST, desk.CASE_ID)
        shown = ""
        for path in (BOARD, CHOSEN):
            shown = await text(site, path)
            assert incident_number(desk.CASE_ID) in shown
            assert "HA12" in shown
            assert "Details not shown" in shown
            assert FINDING not in shown
        assert f"{ACTS}/accept" in shown
        assert (await site.get(f"{CHOSEN}&act=open")).status_code == 403


async def test_the_details_on_the_screen_give_way_to_why_they_are_closed(
    database: Database,
) -> None:
    watcher = replace(actor_in(Role.SUPERVISOR, TRUST), permissions=NADIA.permissions)
    pane = f"{BOARD}/_details?incident={desk.CASE_ID}"
    async with open_site(database, actor=watcher, demonstration=False) as site:
        await a_busy_desk(site)
        site.as_(replace(watcher, assurance=Assurance.PRESENT, way="passkey"))
        assert FINDING in await text(site, pane)
        await guard(site, TRUST, desk.CASE_ID)
        shown = await text(site, pane)  # 200: what live.js puts in the place of the old
        assert "Details not shown" in shown
        assert "it is guarded" in shown
        assert FINDING not in shown
        assert f"{ACTS}/accept" in shown
        assert (await site.get(f"{BOARD}/_details?incident=nothing")).status_code == 404


async def test_the_board_is_there_when_nothing_can_be_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> int:
        raise Unavailable

    async with open_site(database, actor=NADIA) as site:
        await a_busy_desk(site)
        with monkeypatch.context() as patch:
            patch.setattr(site.platform.journal._writer, "append", away)  # noqa: SLF001
            shown = await text(site, BOARD)
        assert incident_number(desk.CASE_ID) in shown
        assert "could not be written down" in shown
        assert FINDING not in shown
        assert FINDING in await text(site, BOARD)


async def test_a_receptionist_receives_whoever_is_booked_however_guarded(
    database: Database,
) -> None:
    owen = replace(clinic.OWEN, assurance=Assurance.PRESENT, way="passkey")
    async with open_site(database, actor=owen, demonstration=False) as site:
        await clinic.open_session(site)
        booking_id = await clinic.book(site, 0)
        await guard(site, clinic.CLINIC, "case-1")
        await guard(site, clinic.CLINIC, clinic.MARGARET.person_id or "")
        assert (await site.get(f"/booking/{booking_id}")).status_code == 200
        assert (await site.post(f"/booking/{booking_id}/arrived")).status_code == 303


async def test_a_pharmacist_supplies_what_was_sent_however_guarded(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        page = await prescribed(site)
        await guard(site, "quayside-pharmacy", "case-1")
        assert page.startswith(LIST)
        assert (await site.get(page)).status_code == 200
        refused = await site.post(f"{page}/cannot-supply", {"reason": "Out of stock"})
        assert refused.status_code == 303


@pytest.mark.parametrize("path", [f"/calls/{SECOND}/_context", f"/calls/{SECOND}"])
async def test_a_guarded_earlier_contact_is_counted_and_never_said_to_be_none(
    database: Database, path: str
) -> None:
    async with open_site(database, actor=JOE) as site:
        await two_cases(site)
        await label_here(site, CASE_ID, "case", sensitivity=Sensitivity.VERY_RESTRICTED)
        shown = await text(site, path)
        assert "1 earlier contact is guarded: ask a clinician" in shown
        assert NOTHING_EARLIER not in shown
        assert CANARY not in shown


@pytest.mark.parametrize(
    ("who", "then"), [(JOE, ": ask a clinician"), (ADA, ". <a href=")], ids=["joe", "ada"]
)
async def test_a_record_and_a_timeline_say_how_much_is_left_out(
    database: Database, who: Actor, then: str
) -> None:
    async with open_site(database, actor=who) as site:
        await two_cases(site)
        await label_here(site, CASE_ID, "case", sensitivity=Sensitivity.VERY_RESTRICTED)
        record = await text(site, "/people/p-margaret")
        assert f"1 more is guarded and not shown to you{then}" in record
        site.as_(replace(who, permissions=who.permissions | {"people.timeline"}))
        timeline = await text(site, "/people/p-margaret/timeline")
        assert f"1 contact is guarded and left out here{then}" in timeline
        assert CANARY not in record + timeline


async def test_whom_a_reason_helps_is_led_from_what_is_left_out_to_it_and_back(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await two_cases(site)
        await label_here(site, CASE_ID, "case", sensitivity=Sensitivity.VERY_RESTRICTED)
        path = f"/calls/{SECOND}"
        shown = lxml_html.fromstring((await site.get(path)).text)
        (there,) = shown.xpath("//p/a[text()='Ask to see it']/@href")
        asked = lxml_html.fromstring((await site.get(there)).text).xpath("//form")[-1]
        form = {**dict(asked.form_values()), "reason": "Her GP asks what was said before"}
        led = await site.post(asked.get("action"), form)
        assert led.headers["location"] == path
        again = await text(site, path)
        assert "is guarded" not in again
        assert f'href="/calls/{CASE_ID}"' in again


async def test_another_clinician_takes_an_urgent_need_of_somebody_guarded_for_a_reason(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await ask_for(site)
        await label_here(site, "p-margaret", sensitivity=Sensitivity.VERY_RESTRICTED)
        site.as_(LORNA)
        assert (await site.post(f"{NEED_PAGE}/take")).status_code == 403
        broken: dict[str, Any] = {
            "kind": "case",
            "record_id": "case-1",
            "back": NEED_PAGE,
            "reason": "It is due in two hours and she is away",
        }
        assert (await site.post("/access/break-glass", broken)).status_code == 303
        assert (await site.post(f"{NEED_PAGE}/sign")).status_code == 403  # not for a reason
        assert (await site.post(f"{NEED_PAGE}/take")).status_code == 303
        holder = (await need_of(site)).holder
        assert holder is not None
        assert holder.staff_id == LORNA.staff_id
        assert [each.act for each in await entries(site)] == ["write"]


async def test_of_all_that_a_prescriber_does_only_signing_is_prescribing(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await prescribed(site)
        await site.as_(ADA).get(NEED_PAGE)  # the entries are read as one of her organisation
        acts = [each.act for each in await entries(site)]
        assert sorted(acts) == ["prescribe", "write"]  # within a quarter of an hour
