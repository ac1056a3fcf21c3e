"""The way in and the way out, with real sessions in a real database."""

import hashlib

import pytest

from standfast.facts.identity import ORGANISATION, ORGANISATIONS, STAFF, STAFF_NAME
from tests.identity.examples import AMBULANCE, SAM, load_staff
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site

pytestmark = pytest.mark.anyio

COOKIE = "standfast-session"


async def sign_in(site: Site, staff_id: str) -> None:
    answer = await site.post("/sign-in", {"staff_id": staff_id})
    assert answer.status_code == 303


async def is_signed_in(site: Site) -> bool:
    return (await site.get("/identity/staff")).status_code in (200, 403)


async def test_the_cards_show_everybody_by_organisation(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        page = await site.get("/sign-in")

        assert page.status_code == 200
        for words in ("Harrowmere Urgent Care", "Amira Khan", "Call handler", "Nadia Brook"):
            assert words in page.text


async def test_choosing_a_card_signs_in_and_leads_to_the_first_workspace(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        answer = await site.post("/sign-in", {"staff_id": "sam.whitlock"})
        start = await site.get("/")

        assert answer.headers["location"] == "/"
        assert start.status_code in (200, 303)
        assert start.headers.get("location") != "/sign-in"
        page = await site.get("/identity/staff")
        assert "Sam Whitlock" in page.text
        assert "people.timeline" in page.text


async def test_the_cookie_is_for_this_site_alone_and_no_script(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        sent = (await site.post("/sign-in", {"staff_id": "sam.whitlock"})).headers["set-cookie"]

        assert sent.startswith(f"{COOKIE}=")
        for rule in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
            assert rule in sent
        assert "Secure" not in sent


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True, secure_cookies=True) as site:
        await load_staff(site)
        sent = (await site.post("/sign-in", {"staff_id": "sam.whitlock"})).headers["set-cookie"]

        assert sent.startswith(f"__Host-{COOKIE}=")
        assert "Secure" in sent


async def test_the_tables_and_the_journal_hold_only_the_hash_of_the_token(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        token = site.browser.cookies[COOKIE]
        kept = await site.all_orgs.fetch_value("SELECT token_hash FROM identity_sessions")
        bodies = await site.all_orgs.fetch_value(
            "SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM journal"
        )

        assert len(token) == 64
        assert kept == hashlib.sha256(token.encode()).hexdigest()
        assert kept in bodies
        assert token not in bodies


async def test_signing_out_is_at_once_even_for_somebody_who_kept_the_cookie(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        token = site.browser.cookies[COOKIE]
        assert await is_signed_in(site)
        answer = await site.post("/sign-out")

        assert answer.headers["location"] == "/sign-in"
        assert COOKIE not in site.browser.cookies
        site.browser.cookies.set(COOKIE, token)
        assert not await is_signed_in(site)


async def test_another_person_takes_over_the_browser_and_the_first_session_ends(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        await sign_in(site, "ruth.calder")
        page = await site.get("/identity/staff")

        assert "<b>Ruth Calder</b><br>Supervisor" in page.text
        assert await site.all_orgs.fetch_value("SELECT count(*) FROM identity_sessions") == 1


async def test_a_session_ends_after_twelve_hours_however_busy(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        for _ in range(71):
            site.clock.move(minutes=10)
            assert await is_signed_in(site)
        site.clock.move(minutes=10)

        assert not await is_signed_in(site)
        assert (await site.get("/identity/staff")).status_code == 303


async def test_a_quarter_of_an_hour_without_a_sign_of_life_locks_the_screen(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        site.clock.move(minutes=14)
        assert await is_signed_in(site)
        site.clock.move(minutes=15)
        page = await site.get("/identity/staff")

        assert page.status_code == 423
        assert "Amira Khan" not in page.text
        assert (await site.post("/identity/unlock")).json() == {"same": True}
        assert await is_signed_in(site)


async def test_a_site_may_say_how_long_a_screen_may_be_left(database: Database) -> None:
    async with open_site(database, real_sign_in=True, idle_minutes=2) as site:
        await load_staff(site)
        await sign_in(site, "sam.whitlock")
        site.clock.move(minutes=2)

        assert (await site.get("/identity/staff")).status_code == 423


async def test_use_on_one_worker_keeps_the_session_alive_on_another(database: Database) -> None:
    async with (
        open_site(database, real_sign_in=True) as one,
        open_site(database, real_sign_in=True) as two,
    ):
        await load_staff(one)
        await sign_in(one, "sam.whitlock")
        two.browser.cookies.set(COOKIE, one.browser.cookies[COOKIE])
        assert await is_signed_in(two)
        for _ in range(8):
            one.clock.move(minutes=10)
            two.clock.move(minutes=10)
            assert await is_signed_in(one)

        assert await is_signed_in(two)


async def test_signing_out_on_one_worker_reaches_the_other_within_five_seconds(
    database: Database,
) -> None:
    async with (
        open_site(database, real_sign_in=True) as one,
        open_site(database, real_sign_in=True) as two,
    ):
        await load_staff(one)
        await sign_in(one, "sam.whitlock")
        two.browser.cookies.set(COOKIE, one.browser.cookies[COOKIE])
        assert await is_signed_in(two)
        await one.post("/sign-out")
        two.clock.move(seconds=5)

        assert not await is_signed_in(two)


async def test_a_made_up_cookie_opens_nothing(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        site.browser.cookies.set(COOKIE, "f" * 64)
        answer = await site.get("/identity/staff")

        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in"


async def test_an_unknown_person_cannot_be_chosen(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        answer = await site.post("/sign-in", {"staff_id": "nobody"})

        assert answer.status_code == 422
        assert "Choose who you are" in answer.text
        assert COOKIE not in site.browser.cookies


async def test_outside_the_demonstration_nobody_signs_in_by_choosing(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True, demonstration=False) as site:
        await load_staff(site)
        page = await site.get("/sign-in")
        answer = await site.post("/sign-in", {"staff_id": "sam.whitlock"})

        assert "Use your passkey" in page.text
        assert "There are no passwords here" in page.text
        assert "Sam Whitlock" not in page.text
        assert answer.status_code == 403
        assert COOKIE not in site.browser.cookies


async def test_whoever_is_not_signed_in_is_led_from_the_start_to_the_way_in(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        assert (await site.get("/")).headers["location"] == "/sign-in"


async def test_others_may_ask_who_wrote_and_where_an_organisation_is(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        ask = site.read_for(PROVIDER).platform.ask

        assert (
            await ask(STAFF_NAME, org=PROVIDER, key="amira.khan") == "Amira Khan, Call handler"
        )
        assert (
            await ask(STAFF_NAME, org=PROVIDER, key="nadia.brook")
            == "Nadia Brook, Dispatcher, Harrowmere Ambulance"
        )
        assert await ask(STAFF_NAME, org=PROVIDER, key="nobody") == "nobody"
        summary = await ask(STAFF, org=TRUST, key=SAM.staff_id)
        assert summary is not None
        assert summary.org_name == "Harrowmere Urgent Care"
        assert await ask(STAFF, org=TRUST, key="nobody") is None
        assert await ask(ORGANISATION, org=PROVIDER, key=TRUST) == AMBULANCE
        assert await ask(ORGANISATIONS, org=PROVIDER, key="ambulance_trust") == (AMBULANCE,)
