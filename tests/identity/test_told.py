"""People see where they are signed in and end it; they are told of what concerns their way in."""

from datetime import timedelta

import pytest

from standfast.facts.identity import SignedOut
from standfast.facts.notices import Device, NoticeKind
from standfast.identity.devices import place_of
from standfast.identity.model import SESSION
from standfast.identity.model_notice import MOST_TRIES, NOTICE, Notice, Read, Tell
from standfast.identity.tables_notices import KEPT_FOR
from tests.identity.authenticator import Authenticator
from tests.identity.live import Person, code_on, live_site, newcomer
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site

HERE = "/identity/signed-in"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
TRY = Tell(
    notice_id="n-1",
    org=PROVIDER,
    staff_id="amira.khan",
    kind=NoticeKind.TRY,
    about="wrong_code",
)


async def session_ids(site: Site, staff_id: str) -> list[str]:
    found = await site.all_orgs.fetch_value(
        "SELECT string_agg(session_id, ' ') FROM identity_sessions WHERE staff_id = $1",
        staff_id,
    )
    return str(found or "").split()


async def elsewhere(site: Site, person: Person, browser: str = FIREFOX) -> Person:
    """Sign in at another machine with the same key."""
    there = Person(site, person.staff_id, person.key)
    there.browser.headers["user-agent"] = browser
    assert (await there.sign_in()).status_code == 200
    return there


async def tries_wrongly(site: Site, person: Person) -> None:
    """Let a stranger answer for one of their keys, which the question names, without having it."""
    stranger = Person(site, "")
    asked = await stranger.question(person.staff_id)
    answer = {"id": asked["allow"][0]["id"], "response": {}}
    body = {"nonce": asked["nonce"], "answer": answer, "unlock": False}
    assert (await stranger.send("/sign-in/passkey", body)).status_code == 409


@pytest.mark.anyio
async def test_one_sees_each_of_ones_sessions_and_ends_one_from_here(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        there = await elsewhere(site, sam)
        site.clock.move(minutes=3)
        page = await sam.get(HERE)
        assert "Firefox on Linux, device " in page.text
        assert page.text.count("This one") == 1
        assert await ines.is_in()
        (other,) = set(await session_ids(site, sam.staff_id)) - {await own(site, sam)}

        unproven = await sam.post(f"{HERE}/end", session_id=other)
        assert unproven.status_code == 428
        assert await there.is_in(), "an open screen is not enough"
        assert (await sam.confirm(unproven)).status_code == 303
        assert not await there.is_in()
        assert await sam.is_in()
        over = await site.state(SESSION, other)
        assert over.over
        body = await site.all_orgs.fetch_value(
            "SELECT actor || ' ' || type FROM public.journal WHERE stream = $1"
            " ORDER BY seq DESC LIMIT 1",
            f"identity.session/{other}",
        )
        assert body == f"sam.whitlock {SignedOut.__struct_config__.tag}"


async def own(site: Site, person: Person) -> str:
    """Return the id of the session in this person's browser."""
    page = await person.get(HERE)
    listed = await session_ids(site, person.staff_id)
    (mine,) = [each for each in listed if f'value="{each}"' not in page.text]
    return mine


@pytest.mark.anyio
async def test_all_others_end_at_once_and_nobody_elses_can_be(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        places = [await elsewhere(site, sam) for _ in range(2)]
        (hers,) = await session_ids(site, ines.staff_id)
        assert (await sam.post(f"{HERE}/end", session_id=hers)).status_code == 303
        assert await ines.is_in()
        keys = await sam.get("/identity/keys")
        assert "You are signed in elsewhere, too" in keys.text
        assert (await sam.does(f"{HERE}/end")).status_code == 303

        assert [await each.is_in() for each in places] == [False, False]
        assert await sam.is_in()
        assert "elsewhere, too" not in (await sam.get("/identity/keys")).text


@pytest.mark.anyio
async def test_a_try_that_failed_is_told_on_every_page_until_it_is_read(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        for _ in range(2):
            await tries_wrongly(site, sam)
        page = await sam.get("/identity/staff")
        assert "2 tries to sign in as you failed" in page.text
        assert "tries" not in (await ines.get("/identity/staff")).text
        listed = await sam.get(HERE)
        assert "A passkey of yours was named" in listed.text
        upto = listed.text.split('name="upto" value="')[1].split('"')[0]
        site.clock.move(minutes=1)
        await tries_wrongly(site, sam)
        await sam.post(f"{HERE}/read", upto=upto)
        assert "3 tries" in (await sam.get("/identity/staff")).text, "it went on meanwhile"
        await sam.post(f"{HERE}/read", upto=site.clock.now.isoformat())

        assert "tries" not in (await sam.get("/identity/staff")).text
        assert "3 tries" in (await sam.get(HERE)).text
        site.clock.move(days=KEPT_FOR.days + 1)
        await sam.sign_in()
        assert "tries" not in (await sam.get(HERE)).text


@pytest.mark.anyio
async def test_a_sign_in_at_a_new_device_is_told_elsewhere_and_not_read_there(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, _):
        thief = await elsewhere(site, sam)
        new = "A sign-in at a device that is new"
        await thief.post(f"{HERE}/read", upto=site.clock.now.isoformat())
        assert new not in (await thief.get("/identity/staff")).text
        assert new in (await sam.get("/identity/staff")).text
        assert "Firefox on Linux" in (await sam.get(HERE)).text
        await sam.post(f"{HERE}/read", upto=site.clock.now.isoformat())

        assert new not in (await sam.get("/identity/staff")).text


@pytest.mark.anyio
async def test_keys_added_removed_and_revoked_are_told_in_the_next_session(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = await newcomer(site, sam, ines, "ben.hall")
        assert "The passkey “First key” was added" in (await ben.get("/identity/keys")).text
        await ben.post(f"{HERE}/read", upto=site.clock.now.isoformat())
        assert "was added" not in (await ben.get("/identity/keys")).text
        second = Authenticator()
        making = ben.making(await ben.does("/identity/keys/add", name="Spare"))
        made = {**making, "name": "Spare", "answer": second.make(making["options"])}
        made.pop("options")
        assert (await ben.send("/identity/keys/register", made)).status_code == 200
        assert "was added" not in (await ben.get("/identity/keys")).text, "his own doing"
        await ben.post(f"{HERE}/read", upto=site.clock.now.isoformat())
        await ben.sign_in()
        assert "The passkey “Spare” was added" in (await ben.get("/identity/keys")).text
        await ben.does("/identity/keys/remove", credential_id=second.id)
        site.clock.move(seconds=5)
        lost = await sam.does("/identity/staff/ben.hall/enrol", kind="recovery")
        assert lost.status_code == 303
        confirmed = await ines.does("/identity/staff/ben.hall/confirm", seen="yes")
        ben.key = Authenticator()
        assert (await ben.enrol("0000-0000")).status_code == 409
        assert (await ben.enrol(code_on(confirmed), "Second key")).status_code == 200
        listed = (await ben.get(HERE)).text

        assert "The passkey “Spare” was removed" in listed
        assert "All your passkeys were revoked" in listed
        assert "By Sam Whitlock" in listed
        assert "A wrong one-time code was given" in listed
        assert "A try to sign in as you failed" in (await ben.get("/identity/keys")).text


def test_the_tries_of_a_day_are_counted_so_far_and_no_further() -> None:
    known = Notice()
    for number in range(MOST_TRIES + 10):
        now = NOON + timedelta(seconds=number)
        known = NOTICE.replay([*known.given, *NOTICE.decide(known, TRY, now)])

    assert len(known.given) == MOST_TRIES


def test_what_comes_after_it_was_read_is_unread_again() -> None:
    first = NOTICE.decide(Notice(), TRY, NOON)
    later = NOON + timedelta(minutes=5)
    read = NOTICE.decide(NOTICE.replay(first), Read(session_id="s-1", upto=later), NOON)
    second = NOTICE.decide(NOTICE.replay([*first, *read]), TRY, later)

    assert not NOTICE.replay([*first, *read]).is_unread, "up to now, whatever was claimed"
    assert NOTICE.replay([*read, *second, *first]).is_unread
    assert NOTICE.decide(Notice(), Read(session_id="s-1", upto=later), later) == ()


def test_what_a_browser_says_of_itself_is_never_repeated() -> None:
    assert place_of("", "") == "A browser, not signed in at before"
    assert place_of("Chrome on Windows", "3f9a" * 16) == "Chrome on Windows, device 3F9A"
    assert Device().words == ""
