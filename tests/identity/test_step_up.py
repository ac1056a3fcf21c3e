"""Proof of one act: fresh, once, by the same person, in the same session, of exactly its content."""

import hashlib

import httpx
import pytest
from lxml import html as lxml_html

from standfast.identity.model_answer import ANSWER
from tests.identity.authenticator import Authenticator
from tests.identity.live import Person, live_site
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site, somebody

pytestmark = pytest.mark.anyio

NEW = {
    "staff_id": "joe.tran",
    "name": "Joe Tran",
    "title": "Call handler",
    "roles": "call_handler",
    "registration": "",
}


async def is_there(person: Person, staff_id: str = "joe.tran") -> bool:
    return (await person.get(f"/identity/staff/{staff_id}")).status_code == 200


def why(page: httpx.Response) -> str:
    """Return why *page* asks again."""
    assert page.status_code == 428, page.text
    notice = lxml_html.fromstring(page.text).xpath(
        "//div[contains(@class, 'crit')][not(@hidden)]"
    )
    return " ".join(notice[0].text_content().split()) if notice else ""


async def test_a_form_is_carried_out_once_it_is_confirmed_and_keeps_what_was_typed(
    database: Database,
) -> None:
    async with live_site(database) as (_, sam, __):
        asked = await sam.post("/identity/register", **NEW)
        assert "Register Joe Tran (joe.tran) as Call handler" in asked.text
        assert not await is_there(sam)
        done = await sam.confirm(asked)

        assert done.headers["location"] == "/identity/staff/joe.tran"
        assert await is_there(sam)


@pytest.mark.parametrize(
    ("field", "value"),
    [("roles", "it_officer"), ("staff_id", "joe.tram"), ("name", "Jo Tran"), ("title", "IT")],
)
async def test_altered_content_is_refused(database: Database, field: str, value: str) -> None:
    async with live_site(database) as (_, sam, __):
        asked = await sam.post("/identity/register", **NEW)
        answer = await sam.confirm(asked, altered={field: value})

        assert "is not this" in why(answer)
        assert not await is_there(sam)
        assert not await is_there(sam, "joe.tram")


async def test_a_proof_is_good_for_a_minute(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        asked = await sam.post("/identity/register", **NEW)
        site.clock.move(seconds=61)

        assert "took too long" in why(await sam.confirm(asked))
        assert not await is_there(sam)


async def test_a_proof_is_used_once(database: Database) -> None:
    async with live_site(database) as (_, sam, __):
        await sam.does("/identity/register", **NEW)
        path = "/identity/staff/joe.tran/enrol"
        asked = await sam.post(path, kind="first")
        sent = fields(asked, sam.key)
        assert (await sam.post(path, **sent)).status_code == 303

        assert "used already" in why(await sam.post(path, **sent))


async def test_a_proof_is_for_one_act(database: Database) -> None:
    async with live_site(database) as (_, sam, ines):
        await sam.does("/identity/register", **NEW)
        sent = fields(await sam.post("/identity/staff/joe.tran/enrol", kind="first"), sam.key)
        await sam.post("/identity/staff/joe.tran/enrol", **sent)
        other = await sam.post("/identity/staff/ines.maro/enrol", kind="recovery")
        stolen = {**fields(other, sam.key), "kind": "recovery"}

        assert "is not this" in why(await sam.post("/identity/staff/joe.tran/enrol", **stolen))
        assert (await ines.sign_in()).status_code == 200


async def test_anothers_key_proves_nothing_for_me(database: Database) -> None:
    async with live_site(database) as (_, sam, ines):
        asked = await sam.post("/identity/register", **NEW)

        assert "is not this" in why(await sam.confirm(asked, ines.key))
        assert not await is_there(sam)


async def test_a_proof_is_good_in_the_session_that_asked_alone(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        asked = await sam.post("/identity/register", **NEW)
        elsewhere = Person(site, "sam.whitlock", sam.key)
        await elsewhere.sign_in()

        assert "is not this" in why(await elsewhere.confirm(asked))


@pytest.mark.parametrize(
    "key",
    [
        Authenticator(origin="http://127.0.0.1:8111"),
        Authenticator(rp_id="evil.localhost"),
        Authenticator(verifies=False),
        Authenticator(framed=True),
    ],
    ids=["origin", "rp", "verification", "frame"],
)
async def test_a_proof_is_checked_as_a_sign_in_is(
    database: Database, key: Authenticator
) -> None:
    async with live_site(database) as (_, sam, __):
        for name in ("origin", "rp_id", "verifies", "framed"):
            setattr(sam.key, name, getattr(key, name))

        assert "is not this" in why(await sam.does("/identity/register", **NEW))


@pytest.mark.parametrize("answer", ["", "{", "[]", "null", '{"id": 1}', "\ud800", "x" * 20_000])
async def test_no_answer_at_all_is_refused_and_breaks_nothing(
    database: Database, answer: str
) -> None:
    async with live_site(database) as (_, sam, __):
        asked = await sam.post("/identity/register", **NEW)
        typed = answer.encode("utf-8", "replace").decode()
        sent = {**fields(asked, sam.key), "step_up_answer": typed}

        said = why(await sam.post("/identity/register", **sent))
        assert "is not this" in said or "opens nothing here" in said
        assert not await is_there(sam)


async def test_what_was_proven_is_kept_with_the_hash_of_its_content(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        await sam.does("/identity/register", **NEW)
        asked = await sam.post("/identity/staff/joe.tran/enrol", kind="first")
        sent = fields(asked, sam.key)
        await sam.post("/identity/staff/joe.tran/enrol", **sent)
        nonce = bytes.fromhex(str(sent["step_up_nonce"]))
        answer = await site.state(ANSWER, hashlib.sha256(nonce).hexdigest()[:32])

        assert answer.taken is not None
        assert answer.taken.act == "identity.open_enrolment"
        content = b"identity.open_enrolment joe.tran first"
        assert answer.taken.content_hash == hashlib.sha256(content).hexdigest()


async def test_in_the_demonstration_whoever_was_chosen_is_not_asked(database: Database) -> None:
    sam = somebody(
        "sam.whitlock", "Sam", "it_officer", PROVIDER, "identity.manage", "identity.read"
    )
    async with open_site(database, actor=sam) as site:
        page = await site.get("/identity/register")
        assert "Demonstration: no proof is asked" in page.text
        answer = await site.post("/identity/register", NEW)

        assert answer.headers["location"] == "/identity/staff/joe.tran"


async def test_a_live_site_asks_whoever_was_chosen(database: Database) -> None:
    sam = somebody("sam.whitlock", "Sam", "it_officer", PROVIDER, "identity.manage")
    async with open_site(database, actor=sam, demonstration=False) as site:
        assert (await site.post("/identity/register", NEW)).status_code == 428


def fields(page: httpx.Response, key: Authenticator) -> dict[str, object]:
    """Return what the browser sends once *key* has answered what *page* asks."""
    assert page.status_code == 428, page.text
    form = lxml_html.fromstring(page.text).xpath("//form[@data-step-up]")[0]
    asked = {"challenge": form.get("data-challenge"), "rp_id": form.get("data-rp-id")}
    answer = httpx.Response(200, json=key.touch(asked)).text
    return {**dict(form.form_values()), "step_up_answer": answer}
