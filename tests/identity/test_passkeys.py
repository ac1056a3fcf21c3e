"""Passkeys over HTTP, on a live site: who gets in, and what does not."""

import pytest

from standfast.facts.passkeys import PasskeyLocked
from standfast.observability.siem import SPOOL
from tests.identity.authenticator import Authenticator
from tests.identity.live import COOKIE, Person, live_site, newcomer
from tests.support.database import Database
from tests.support.site import Site

pytestmark = pytest.mark.anyio


async def refused(person: Person, key: Authenticator) -> str:
    """Return why *key* does not let *person* in."""
    await person.post("/sign-out")
    answer = await person.sign_in(key)
    assert answer.status_code == 409, answer.text
    assert COOKIE not in person.browser.cookies
    sentence: str = answer.json()["error"]
    return sentence


async def test_a_passkey_lets_its_owner_in_without_typing_anything(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        await sam.post("/sign-out")
        assert not await sam.is_in()
        answer = await sam.sign_in()

        assert answer.json() == {"to": "/"}
        assert "Sam Whitlock" in (await sam.get("/identity/staff")).text


async def test_a_name_may_be_given_and_tells_nobody_who_there_is(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        known = await sam.question("sam.whitlock")
        unknown = await sam.question("nobody.here")

        assert [each["id"] for each in known["allow"]] == [sam.key.id]
        assert len(unknown["allow"]) == 1
        assert unknown["allow"] == (await sam.question("nobody.here"))["allow"]
        assert len(unknown["allow"][0]["id"]) == len(known["allow"][0]["id"])


async def test_another_origin_gets_nobody_in(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        for origin in (
            "http://127.0.0.1:8111",
            "https://localhost:8111",
            "http://1ocalhost:8111",
        ):
            sam.key.origin = origin

            assert "is not this" in await refused(sam, sam.key)


async def test_another_sites_key_and_one_in_a_frame_get_nobody_in(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        sam.key.rp_id = "evil.localhost"
        assert "is not this" in await refused(sam, sam.key)
        sam.key.rp_id, sam.key.framed = "localhost", True
        assert "is not this" in await refused(sam, sam.key)


async def test_presence_without_verification_gets_nobody_in(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        sam.key.verifies = False

        assert "is not this" in await refused(sam, sam.key)


async def test_a_stranger_s_key_gets_nobody_in(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        assert "opens nothing here" in await refused(sam, Authenticator())
        forged = Authenticator()
        forged.credential_id, forged.handle = sam.key.credential_id, sam.key.handle
        assert "is not this" in await refused(sam, forged)


async def test_a_key_that_opened_nothing_is_told_to_the_siem_with_the_reason(
    database: Database,
) -> None:
    async with live_site(database, siem="udp://127.0.0.1:9") as (site, sam, _):
        await refused(sam, Authenticator())

        spooled = (site.platform.settings.data / SPOOL).read_text(encoding="ascii")
        assert '"event.action": "sign_in.refused"' in spooled
        assert '"event.reason": "no_such_key"' in spooled


async def test_an_answer_lets_somebody_in_once(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        asked = await sam.question()
        body = {"nonce": asked["nonce"], "answer": sam.key.touch(asked)}
        assert (await sam.send("/sign-in/passkey", body)).status_code == 200
        thief = Person(site, "sam.whitlock")
        again = await thief.send("/sign-in/passkey", body)

        assert again.status_code == 409
        assert "used already" in again.json()["error"]
        assert not await thief.is_in()
        assert (await sam.sign_in()).status_code == 200, "and the key is not locked for it"


async def test_a_question_is_good_for_five_minutes_and_made_by_nobody_else(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, _):
        asked = await sam.question()
        body = {"nonce": asked["nonce"], "answer": sam.key.touch(asked)}
        site.clock.move(minutes=5, seconds=1)
        late = await sam.send("/sign-in/passkey", body)
        asked["nonce"] = asked["nonce"][:-2] + ("00" if asked["nonce"][-2:] != "00" else "11")
        forged = await sam.send("/sign-in/passkey", {**body, "nonce": asked["nonce"]})

        assert "took too long" in late.json()["error"]
        assert "is not this" in forged.json()["error"]


async def test_a_cloned_key_is_refused_and_locked_and_an_event_says_so(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, _):
        copy = sam.key.clone()
        assert (await sam.sign_in()).status_code == 200
        assert (await sam.sign_in()).status_code == 200
        thief = Person(site, "sam.whitlock")

        assert "two of this passkey" in (await thief.sign_in(copy)).json()["error"]
        assert not await thief.is_in()
        assert await kinds_of(site, "identity.passkeys/sam.whitlock") >= {
            PasskeyLocked.__struct_config__.tag
        }
        assert "two of this passkey" in (await sam.sign_in()).json()["error"]
        site.clock.move(seconds=5)
        assert not await sam.is_in(), "a session that began with it is over"


async def test_a_key_without_a_counter_may_be_used_again_and_again(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = Person(site, "ben.hall", Authenticator(counts=False))
        await newcomer(site, sam, ines, ben)
        for _ in range(3):
            assert (await ben.sign_in()).status_code == 200


async def test_somebody_has_several_keys_each_by_its_name(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        second = await add_key(sam, "Work phone")
        page = await sam.get("/identity/keys")
        assert "First key" in page.text
        assert "Work phone" in page.text
        renamed = await sam.post("/identity/keys/rename", credential_id=second.id, name="Blue")
        assert renamed.status_code == 303
        assert "Blue" in (await sam.get("/identity/keys")).text
        removed = await sam.does("/identity/keys/remove", credential_id=sam.key.id)

        assert removed.status_code == 303, removed.text
        site.clock.move(seconds=5)
        assert not await sam.is_in(), "it began with the key that is gone"
        assert "opens nothing here" in (await sam.sign_in()).json()["error"]
        assert (await sam.sign_in(second)).status_code == 200


async def test_the_last_key_stays_until_there_is_another(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        answer = await sam.post("/identity/keys/remove", credential_id=sam.key.id)

        assert answer.status_code == 422
        assert "Add another one first" in answer.text


async def test_a_key_is_not_added_without_the_one_there_is(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        asked = await sam.post("/identity/keys/add", name="Mine too")
        assert asked.status_code == 428
        answer = await sam.confirm(asked, Authenticator())

        assert answer.status_code == 428
        assert "opens nothing here" in answer.text


async def test_anothers_key_is_not_there_to_be_removed(database: Database) -> None:
    async with live_site(database) as (_, sam, ines):
        await add_key(sam, "Work phone")
        answer = await sam.post("/identity/keys/remove", credential_id=ines.key.id)

        assert answer.status_code == 303
        assert (await ines.sign_in()).status_code == 200


async def add_key(person: Person, name: str) -> Authenticator:
    """Register another key, with the first one as proof."""
    made = Authenticator()
    page = await person.does("/identity/keys/add", name=name)
    assert page.status_code == 200, page.text
    asked = person.making(page)
    body = {"nonce": asked["nonce"], "name": name, "answer": made.make(asked["options"])}
    answer = await person.send("/identity/keys/register", body)
    assert answer.status_code == 200, answer.text
    return made


async def kinds_of(site: Site, stream: str) -> set[str]:
    """Return the tags of all that was written in *stream*."""
    found = await site.all_orgs.fetch_value(
        "SELECT string_agg(type, ' ') FROM journal WHERE stream = $1", stream
    )
    return set(str(found).split())
