"""Control 9: a supplier's person comes in by a site's grant alone, looks, and changes nothing."""

from dataclasses import replace
from html import unescape
from typing import NoReturn

import pytest
from msgspec import structs

from standfast.facts.support import SUPPORT_GRANT
from standfast.identity import looking
from standfast.identity.model import (
    SESSION,
    STAFF,
    Refusal,
    RegisterStaff,
    UseSession,
)
from standfast.identity.model_support import LOOKS, SUPPORT, EndSupport, NoteLook
from standfast.identity.model_support import Refusal as SupportRefusal
from standfast.identity.permissions import ROLES, Role, permissions_of
from standfast.identity.support import end_overdue
from standfast.kernel.access import Barred
from standfast.kernel.messages import Refused
from tests.identity.examples import LOADER, SAM, actor_in, load_staff
from tests.identity.live import Person, code_on, live_site
from tests.identity.supporting import GRANT_ID, SUPPORTER, a_grant, grant_support
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

FORM = {
    "name": "Priya Nair",
    "company": "Telephony Ltd",
    "ticket": "INC-4711",
    "purpose": "Why calls do not arrive",
    "hours": "1",
    "records": "no",
}


async def comes_in(site: Site) -> None:
    """Let the supporter sit down, as in the demonstration."""
    answer = await site.post("/sign-in", {"staff_id": SUPPORTER})
    assert answer.status_code == 303, answer.text


# --- The rules -----------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [0, 5, 24])
def test_no_grant_is_longer_than_four_hours(hours: int) -> None:
    with pytest.raises(Refused) as refused:
        SUPPORT.decide(SUPPORT.initial, a_grant(hours=hours), NOON)

    assert refused.value.reason is SupportRefusal.TOO_LONG


def test_a_grant_names_one_person_once() -> None:
    granted = SUPPORT.decide(SUPPORT.initial, a_grant(), NOON)

    with pytest.raises(Refused) as refused:
        SUPPORT.decide(SUPPORT.replay(granted), a_grant(name="Somebody else"), NOON)
    assert refused.value.reason is SupportRefusal.GRANTED_ALREADY


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.SUPPORT_RECORDS])
def test_nobody_can_be_given_an_account_of_support_that_stays(role: Role) -> None:
    standing = RegisterStaff(
        staff_id="priya.nair", org=PROVIDER, name="Priya Nair", title="Support", roles=(role,)
    )
    for command in (
        standing,
        structs.replace(standing, until=NOON.replace(year=2027)),
        structs.replace(standing, roles=(role, Role.IT_OFFICER)),
    ):
        with pytest.raises(Refused) as refused:
            STAFF.decide(STAFF.initial, command, NOON)
        assert refused.value.reason is Refusal.ONLY_BY_GRANT


def test_a_role_of_support_may_do_nothing_that_a_page_of_work_needs() -> None:
    may = permissions_of([Role.SUPPORT])

    assert may == {"identity.read", "interop.watch", "directory.use"}
    assert {role for role, details in ROLES.items() if details.read_only} == {
        Role.SUPPORT,
        Role.SUPPORT_RECORDS,
    }


# --- One place refuses every write ---------------------------------------------------------


async def test_whoever_may_only_look_writes_nothing_whatever_they_may_do_besides(
    database: Database,
) -> None:
    """Even with every permission there is: it is refused where all writing goes through."""
    everything = structs.replace(
        actor_in(Role.IT_OFFICER), permissions=permissions_of(ROLES), read_only=True
    )
    async with open_site(database, actor=everything) as site:
        with pytest.raises(Refused) as refused:
            await site.execute(STAFF, SAM.staff_id, SAM)
        assert refused.value.reason is Barred.READ_ONLY
        page = await site.post("/identity/support", FORM)
        device = await site.post_json(
            "/device/entries",
            [
                {
                    "id": "01944000-0000-7000-8000-0000000000aa",
                    "case_id": "01944000-0000-7000-8000-0000000000ab",
                    "kind": "calls.note",
                    "at": NOON.isoformat(),
                    "staff_id": everything.staff_id,
                    "body": {"text": "A note"},
                }
            ],
        )
        written = await site.all_orgs.fetch_value("SELECT count(*) FROM journal")

        assert page.status_code == 409
        assert "may look and change nothing" in page.text
        assert device.json()[0]["outcome"] == "refused"
        assert written == 0


async def test_what_says_only_that_they_were_here_is_written(database: Database) -> None:
    who = structs.replace(actor_in(Role.SUPPORT), read_only=True)
    look = NoteLook(grant_id=GRANT_ID, org=PROVIDER, supporter_id=SUPPORTER, path="/x")
    async with open_site(database, actor=who) as site:
        assert await site.execute(LOOKS, GRANT_ID, look) != ()
        assert await site.execute(SESSION, "nobody", UseSession()) == ()


# --- The life of a grant -------------------------------------------------------------------


async def test_a_grant_is_given_seen_used_and_ended_by_one_click(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": SAM.staff_id})
        given = await site.post("/identity/support", FORM)
        page = await site.get(given.headers["location"])
        watched = Person(site, f"support-{given.headers['location'][-12:]}")
        await watched.post("/sign-in", staff_id=watched.staff_id)
        seen = await watched.get("/identity/staff")

        assert "Priya Nair, Telephony Ltd" in page.text
        assert "Supplier support</b>" in seen.text
        assert "Your access ends at 13:00" in seen.text
        listed = await site.get(given.headers["location"])
        assert "/identity/staff" in unescape(listed.text).partition("What they opened")[2]
        await site.post(given.headers["location"] + "/end")
        assert (await watched.get("/identity/staff")).status_code == 303
        assert "INC-4711" in (await site.get("/identity/support")).text.partition("Over")[2]


async def test_every_mistake_is_said_at_once_and_nothing_typed_is_lost(
    database: Database,
) -> None:
    async with open_site(database, actor=actor_in(Role.IT_OFFICER)) as site:
        page = await site.post("/identity/support", {"name": "Priya Nair", "hours": "12"})

        assert page.status_code == 422
        for words in (
            "Enter the company they work for.",
            "Enter the number of the ticket",
            "Enter what they are to look at",
            "Select how long: four hours at most.",
            "Select whether they may open a patient",
            'value="Priya Nair"',
        ):
            assert words in page.text


async def test_only_who_manages_the_site_gives_or_ends_a_grant(database: Database) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        await grant_support(site)
        site.as_(actor_in(Role.SUPERVISOR))

        assert (await site.post("/identity/support", FORM)).status_code == 403
        assert (await site.post(f"/identity/support/{GRANT_ID}/end")).status_code == 403


async def test_it_ends_by_the_clock_to_the_second_whatever_the_timer_does(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await grant_support(site)
        await comes_in(site)
        for _ in range(5):
            site.clock.move(minutes=10)
            assert (await site.get("/identity/staff")).status_code == 200
        site.clock.move(minutes=9, seconds=59)
        assert (await site.get("/identity/staff")).status_code == 200
        site.clock.move(seconds=1)

        assert (await site.get("/identity/staff")).status_code == 303
        again = await site.post("/sign-in", {"staff_id": SUPPORTER})
        assert (
            again.status_code == 422 or (await site.get("/identity/staff")).status_code == 303
        )


async def test_when_its_time_is_up_the_record_says_so_and_the_person_is_gone(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        await grant_support(site)
        site.read_for(PROVIDER)
        assert await site.platform.ask(SUPPORT_GRANT, org=PROVIDER, key=SUPPORTER) is not None
        site.clock.move(hours=1)
        await end_overdue(site.platform, site.clock())
        await end_overdue(site.platform, site.clock())  # another worker, a moment later

        known = await site.state(SUPPORT, GRANT_ID)
        assert known.ended is not None
        assert known.ended.why == "time"
        assert (await site.state(STAFF, SUPPORTER)).leaving.disabled is not None
        assert await site.platform.ask(SUPPORT_GRANT, org=PROVIDER, key=SUPPORTER) is None


async def test_others_may_ask_what_was_granted_and_another_organisation_may_not(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        await grant_support(site, records=True)
        site.read_for(PROVIDER)
        found = await site.platform.ask(SUPPORT_GRANT, org=PROVIDER, key=SUPPORTER)

        assert found is not None
        assert (found.ticket, found.records) == ("INC-4711", True)
        site.read_for("elsewhere")
        assert await site.platform.ask(SUPPORT_GRANT, org=PROVIDER, key=SUPPORTER) is None


@pytest.mark.parametrize("records", [False, True])
async def test_patients_records_are_open_only_if_the_grant_says_so(
    database: Database, *, records: bool
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await grant_support(site, records=records)
        await comes_in(site)
        people = (await site.get("/people/p-margaret")).status_code
        queue = (await site.get("/calls/queue")).status_code

        assert (people != 403) is records
        assert (queue != 403) is records


async def test_every_page_is_written_down_before_it_is_shown_and_not_twice_a_minute(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await grant_support(site)
        await comes_in(site)
        for path in ("/identity/staff", "/directory", "/calls/queue"):
            await site.get(path)
            await site.get(path)
        known = await site.state(LOOKS, GRANT_ID)
        written = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type = 'identity.support_looked.v1'"
        )

        assert set(known.by_path) == {"/identity/staff", "/directory", "/calls/queue"}
        assert written == 3


async def test_what_cannot_be_written_down_is_not_shown(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await grant_support(site)
        await comes_in(site)

        def no(*_: object) -> NoReturn:
            raise Refused(SupportRefusal.GRANT_OVER)

        monkeypatch.setattr(looking, "LOOKS", replace(LOOKS, decide=no))
        answer = await site.get("/identity/staff")

        assert answer.status_code == 409
        assert "Sam Whitlock" not in answer.text


async def test_ending_it_is_said_once(database: Database) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        await grant_support(site)
        assert await site.execute(
            SUPPORT, GRANT_ID, EndSupport(by="sam.whitlock"), actor=LOADER
        )

        assert (
            await site.execute(SUPPORT, GRANT_ID, EndSupport(by="ines.maro"), actor=LOADER)
        ) == ()


# --- Live: the same strong means -----------------------------------------------------------


async def test_a_supporter_comes_in_by_a_passkey_that_two_people_gave_them(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        given = await sam.post("/identity/support", **FORM)
        staff_id = f"support-{given.headers['location'][-12:]}"
        opened = await sam.does(f"/identity/staff/{staff_id}/enrol", kind="first")
        assert opened.status_code == 303, opened.text
        confirmed = await ines.does(f"/identity/staff/{staff_id}/confirm", seen="yes")
        priya = Person(site, staff_id)
        enrolled = await priya.enrol(code_on(confirmed))
        assert enrolled.status_code == 200, enrolled.text
        page = await priya.get("/identity/staff")
        assert "Supplier support" in page.text
        refused = await priya.post("/identity/support", **FORM)
        assert refused.status_code == 403
        await sam.post(given.headers["location"] + "/end")

        assert (await priya.get("/identity/staff")).status_code == 303
        assert (await priya.sign_in()).status_code != 200
