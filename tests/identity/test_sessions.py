"""What a session is: locked when nobody is there, renewed, one at a device, never planted."""

import pytest

from standfast.calls.model_call import CALL, Ring
from standfast.facts.contact import Place
from tests.identity.examples import LOADER, load_staff
from tests.identity.live import COOKIE, Person, live_site, newcomer
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

BACKGROUND = {"accept": "text/html", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}


async def sessions(site: Site) -> int:
    count: int = await site.all_orgs.fetch_value("SELECT count(*) FROM identity_sessions")
    return count


async def test_a_locked_screen_shows_nothing_and_does_nothing(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        assert (await sam.post("/identity/lock")).status_code == 204
        page = await sam.get("/identity/staff")
        assert page.status_code == 423
        assert "Ines" not in page.text
        written = await sam.post("/identity/register", staff_id="x")
        fetched = await sam.browser.get(
            "/identity/staff", headers={"accept": "application/json"}
        )

        assert (written.status_code, written.text) == (423, "")
        assert (fetched.status_code, fetched.text) == (423, "")


async def test_a_locked_screen_still_takes_in_the_entries_of_a_call(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": "amira.khan"})
        await site.post("/identity/lock")
        entry = {
            "id": "01890000-0000-7000-8000-00000000e001",
            "case_id": "01890000-0000-7000-8000-00000000a001",
            "kind": "calls.open",
            "at": site.clock.now.isoformat(),
            "staff_id": "amira.khan",
            "body": {"call_id": None, "number": "07700 900417"},
        }
        answer = await site.post_json("/device/entries", [entry])

        assert [each["outcome"] for each in answer.json()] == ["stored"]
        assert (await site.get("/calls/queue")).status_code == 423


async def test_the_same_person_unlocks_it_and_gets_a_new_token(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        await sam.post("/identity/lock")
        before = sam.browser.cookies[COOKIE]
        count = await sessions(site)
        assert (await sam.sign_in(unlock=True)).json() == {"same": True}
        after = sam.browser.cookies[COOKIE]
        assert before != after
        assert await sam.is_in()
        thief = Person(site, "sam.whitlock")
        thief.browser.cookies.set(COOKIE, before)

        assert not await thief.is_in()
        assert await sessions(site) == count


async def test_somebody_else_takes_over_and_the_first_session_is_over(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        await sam.post("/identity/lock")
        before = sam.browser.cookies[COOKIE]
        ines.browser = sam.browser
        assert (await ines.sign_in(unlock=True)).json() == {"to": "/"}
        page = await ines.get("/identity/staff")
        assert "<b>Ines Maro</b>" in page.text
        late = Person(site, "sam.whitlock")
        late.browser.cookies.set(COOKIE, before)

        assert not await late.is_in()


async def test_a_key_at_an_open_screen_does_not_go_on_with_anothers_work(
    database: Database,
) -> None:
    async with live_site(database) as (_, sam, ines):
        await sam.post("/identity/lock")
        answer = await sam.sign_in(ines.key, unlock=True)

        assert answer.json() == {"to": "/"}, "a session of her own, not his"
        assert "<b>Sam Whitlock</b>" not in (await sam.get("/identity/keys")).text


async def test_what_a_page_fetches_by_itself_keeps_no_screen_open(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        for _ in range(15):
            site.clock.move(minutes=1)
            await sam.browser.get("/identity/staff", headers=BACKGROUND)

        assert (await sam.get("/identity/staff")).status_code == 423


async def test_somebody_who_types_on_one_page_keeps_it_open(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        for _ in range(30):
            site.clock.move(minutes=1)
            assert (await sam.post("/identity/present")).status_code == 204

        assert (await sam.get("/identity/staff")).status_code == 200


async def test_a_sign_of_life_does_not_unlock(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        await sam.post("/identity/lock")

        assert (await sam.post("/identity/present")).status_code == 423
        assert (await sam.post("/identity/unlock")).status_code == 409
        assert (await sam.get("/identity/staff")).status_code == 423


async def test_a_token_that_somebody_planted_is_worth_nothing(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        await sam.post("/sign-out")
        sam.browser.cookies.set(COOKIE, "a" * 64)
        given = (await sam.sign_in()).cookies[COOKIE]
        thief = Person(site, "sam.whitlock")
        thief.browser.cookies.set(COOKIE, "a" * 64)

        assert given != "a" * 64
        assert not await thief.is_in()


async def test_a_person_has_one_session_at_a_device_and_one_at_another(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, _):
        before = await sessions(site)
        sam.browser.cookies.delete(COOKIE)
        await sam.sign_in()
        assert await sessions(site) == before, "at the same device"
        await Person(site, "sam.whitlock", sam.key).sign_in()

        assert await sessions(site) == before + 1


async def test_a_session_carries_how_it_began_into_event_and_row(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        kept = await site.all_orgs.fetch_value(
            "SELECT way || assurance || offline FROM identity_sessions WHERE staff_id = $1",
            sam.staff_id,
        )

        assert kept == "passkey2false"


async def test_a_locked_screen_says_how_much_waits_and_of_whom_nothing(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": "amira.khan"})
        await ring(site)
        await site.post("/identity/lock")
        answer = await site.get("/identity/waiting")

        assert answer.json() == [{"label": "Calls", "count": 1}]
        assert "07700" not in answer.text


async def test_whoever_waits_for_nothing_is_told_nothing(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = await newcomer(site, sam, ines, "ben.hall")

        assert (await ben.get("/identity/waiting")).json() == []


async def ring(site: Site) -> None:
    """Let somebody ring."""
    order = Ring(
        call_id="call-1",
        org=PROVIDER,
        number="07700 900417",
        network_place=Place(),
        at=site.clock.now,
    )
    await site.execute(CALL, "call-1", order, actor=LOADER)
