"""Who is told how to get in, and when; and what happens when the key is not there."""

import base64
import hashlib
import json
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import structs

from standfast.access.rows import EntryRow
from standfast.calls.model_case import CASE
from standfast.cli.looks_database import ways_in
from standfast.identity.permissions import Role
from standfast.journal.codec import encode
from standfast.journal.database import connect
from standfast.journal.store import Journal
from standfast.journal.writer import Unavailable
from standfast.kernel.access import Assurance
from standfast.kernel.home_entry import Kept
from standfast.kernel.messages import Decider
from standfast.people.model import PERSON, RegisterPerson
from standfast.vault.names import HOME_ENTRY
from standfast.vault.trouble import VaultTrouble
from standfast.web.home_entry import NOT_OPENED, opened
from standfast.web.platform import Actor
from standfast.web.rendering import local_datetime
from tests.access.test_gate import identify
from tests.calls.examples import CASE_ID, F9, OPEN, accept, entry, write
from tests.identity.examples import actor_in
from tests.people.examples import MARGARET
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site
from tests.web.test_home_entry import (
    ADDRESS,
    AMIRA,
    AT_THE_CALL,
    AT_THE_DESK,
    CANARY,
    CHANGED,
    FLAGGED,
    GRACE,
    NADIA,
    SAID,
    dump,
    place,
    pressed,
    take_a_call,
    told,
)

pytestmark = pytest.mark.anyio

SURE: Final[dict[str, Any]] = {"assurance": Assurance.PRESENT, "way": "passkey"}
"""Somebody with a passkey, as in live work; a persona of the demonstration proves nothing."""

JOE: Final = structs.replace(actor_in(Role.CALL_HANDLER, staff_id="joe.tran"), **SURE)
ADA: Final = structs.replace(actor_in(Role.CLINICIAN, staff_id="ada.mensah"), **SURE)
SUPPORT: Final = actor_in(Role.SUPPORT_RECORDS, staff_id="supplier")
REASON: Final = {
    "kind": "case",
    "record_id": CASE_ID,
    "act": "enter",
    "back": f"/calls/{CASE_ID}",
    "reason": "The crew went back for the bag they had left there",
}
ENCODE: Final = "standfast.journal.store.encode"
NO_KEY: Final = "The node that holds the keys has ended"


class NoKeys:
    """Keys that nobody has opened."""

    def secret(self, name: str) -> bytes:
        raise VaultTrouble(f"{NO_KEY}: {name}")

    anew = secret


def without_keys(site: Site) -> None:
    object.__setattr__(site.platform, "keys", NoKeys())


async def entries(site: Site, org: str = PROVIDER) -> list[EntryRow]:
    fields = ", ".join(EntryRow.__struct_fields__)
    rows = await site.all_orgs.fetch(
        EntryRow,
        f"SELECT {fields} FROM access_entries WHERE org = $1 AND act = 'enter'"  # noqa: S608
        " ORDER BY opened_at, entry_id",
        org,
    )
    return list(rows)


async def close(site: Site) -> None:
    """Close the incident at the desk, and then the case."""
    await accept(site)
    desk = {"outcome": "Gone to hospital", "reason": "", "has_read": "yes"}
    shown = await site.as_(NADIA).get(f"/dispatch/board?incident={CASE_ID}&act=close")
    choices = shown.text.partition('name="outcome"')[2].split('option value="')
    desk["outcome"] = choices[2].partition('"')[0]
    desk["seen_at"] = shown.text.partition('name="seen_at" value="')[2].partition('"')[0]
    desk["reason"] = "The patient was taken by her daughter"
    ended = await site.post(f"/dispatch/incidents/{CASE_ID}/close", desk)
    assert ended.status_code == 303, ended.text
    form = {"gp_name": "", "for_action": "no", "without_outcome": "Taken by her daughter"}
    closed = await site.as_(AMIRA).post(f"/calls/{CASE_ID}/close", form)
    assert closed.status_code == 303, closed.text


async def test_each_time_somebody_is_told_is_an_entry_of_its_own(database: Database) -> None:
    async with open_site(database) as site:
        register = RegisterPerson(org=PROVIDER, person_id="p-margaret", details=MARGARET)
        await site.execute(PERSON, "p-margaret", register, actor=AMIRA)
        await take_a_call(site)
        await site.execute(CASE, CASE_ID, identify("p-margaret"), actor=AMIRA)
        for _ in range(2):
            assert (await told(site, AT_THE_CALL, AMIRA))["words"] == SAID
        assert (await told(site, AT_THE_DESK, NADIA))["words"] == SAID
        ours, theirs = await entries(site), await entries(site, TRUST)
        looked = await site.as_(GRACE).get("/access/people/p-margaret")
        printed = (await site.get("/access/people/p-margaret/statement")).text
        sheet = (await site.get("/access/people/p-margaret/looked.csv")).text

    when = f"{local_datetime(ours[0].opened_at)}: {ours[0].staff_name}"
    assert printed.count(", was told how to get into your home, because") == 2
    assert f"<li>{when}, " in printed
    assert sheet.count(",told how to get in,") == 2
    assert [(each.staff_id, each.purpose) for each in ours] == [
        ("amira.khan", "home_entry")
    ] * 2
    assert [each.staff_id for each in theirs] == ["nadia.brook"]
    assert looked.text.count(", how to get in") == 2


async def test_what_cannot_be_written_down_is_not_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 200
        execute = Journal.execute

        async def away(self: Journal, decider: Any, *rest: Any, **more: Any) -> Any:
            if decider.stream == "access.record":
                raise Unavailable
            return await execute(self, decider, *rest, **more)

        monkeypatch.setattr(Journal, "execute", away)
        answer = await pressed(site, AT_THE_CALL, AMIRA)

    assert answer.status_code == 503
    assert CANARY not in answer.text


async def test_whose_work_it_is_is_told_at_once_and_a_colleague_after_a_proof(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        for path, who in ((AT_THE_CALL, AMIRA), (AT_THE_DESK, NADIA)):
            at_once = await told(site, path, structs.replace(who, **SURE))
            assert at_once["words"] == SAID
        colleague = await pressed(site, AT_THE_CALL, JOE)
        assert (await pressed(site, AT_THE_CALL, ADA)).status_code == 428
        await write(site.as_(AMIRA), entry("calls.clinician", reason="Wants to be rung"))
        await site.as_(ADA).post(f"/calls/{CASE_ID}/take")
        assert (await told(site, AT_THE_CALL, ADA))["words"] == SAID
        persona = await told(site, AT_THE_CALL, structs.replace(JOE, way="persona"))

    assert colleague.status_code == 428
    assert CANARY not in colleague.text
    assert colleague.json()["says"] == "Read how to get into the home of one case"
    assert persona["words"] == SAID


@pytest.mark.parametrize("who", [GRACE, SUPPORT, actor_in(Role.IT_OFFICER)])
async def test_no_other_role_is_told(database: Database, who: Actor) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        way_in = frozenset({*who.permissions, "calls.way_in"})
        for each in (who, structs.replace(who, permissions=way_in)):
            answer = await pressed(site, AT_THE_CALL, each)
            assert answer.status_code == 403
            assert CANARY not in answer.text
        assert await entries(site) == []


async def test_after_it_is_closed_nobody_is_told_without_a_reason_that_is_reviewed(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        await close(site)
        for path, who in ((AT_THE_CALL, AMIRA), (AT_THE_DESK, NADIA)):
            assert (await pressed(site, path, who)).status_code == 403
        page = await site.as_(AMIRA).post(AT_THE_CALL)
        assert "How to get in is closed to you" in page.text
        assert "told only while its case or incident is open" in page.text
        assert "Closed: it takes a reason" in (await site.get(f"/calls/{CASE_ID}")).text

        broken = await site.post("/access/break-glass", REASON)
        assert broken.headers["location"] == f"/calls/{CASE_ID}"
        shown = await site.post(AT_THE_CALL)
        reviews = await site.as_(GRACE).get("/access/reviews")

    assert shown.status_code == 200
    assert SAID in shown.text
    assert "A Call handler" in reviews.text


async def test_what_was_copied_to_another_case_does_not_open(database: Database) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        way_in = (await site.state(CASE, CASE_ID)).place.way_in
        for org, case_id, field in (
            (PROVIDER, "another-case", "way_in"),
            (TRUST, CASE_ID, "way_in"),
            (PROVIDER, CASE_ID, "original"),
        ):
            copied = await opened(site.platform, way_in, org=org, case_id=case_id, field=field)
            assert (copied.words, copied.trouble) == ("", NOT_OPENED)


async def test_what_is_sealed_opens_as_the_journals_description_says_without_our_code(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        keys = site.platform.keys.secret(HOME_ENTRY)
        (body,) = await site.kept("type = 'calls.ambulance_requested.v1'")
    way_in = json.loads(body)["place"]["way_in"]
    nonce, sealed = (base64.b64decode(way_in[name]) for name in ("nonce", "sealed"))
    bound = f"standfast home entry|{PROVIDER}|case/{CASE_ID}|way_in|site/harrowmere"
    named = hashlib.sha256(b"standfast home entry key\0" + keys[:32]).hexdigest()

    assert AESGCM(keys[:32]).decrypt(nonce, sealed, bound.encode()).decode() == SAID
    assert way_in["key_id"] == named[:16]


async def test_a_device_cannot_bring_something_sealed_of_its_own(database: Database) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        forged = entry("calls.place", name="forged", place=ADDRESS, way_in={"key_id": "x"})
        await write(site.as_(AMIRA), forged)
        assert (await told(site, AT_THE_CALL, AMIRA))["words"] == SAID


async def test_without_the_key_the_call_goes_on_and_everybody_is_told_to_ask_again(
    database: Database,
) -> None:
    async with open_site(database) as site:
        without_keys(site)
        receipts = await take_a_call(site)
        stored = (await site.state(CASE, CASE_ID)).place
        page = await site.get(f"/calls/{CASE_ID}")
        board = await site.as_(NADIA).get(f"/dispatch/board?incident={CASE_ID}")

    assert {each["outcome"] for each in receipts} == {"stored"}
    assert "was not kept" in receipts[1]["reason"]
    assert [each["reason"] for each in receipts if each is not receipts[1]] == ["", ""]
    assert (stored.address, stored.way_in and stored.way_in.kept) == (
        ADDRESS["address"],
        Kept.NOT_KEPT,
    )
    for shown in (page, board):
        assert "Said, and not kept." in shown.text


async def test_a_key_that_has_gone_is_said_and_what_it_sealed_opens_once_it_is_back(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        keys = site.platform.keys
        without_keys(site)
        assert (await told(site, AT_THE_CALL, AMIRA))["trouble"] == NOT_OPENED
        object.__setattr__(site.platform, "keys", keys)
        assert (await told(site, AT_THE_CALL, AMIRA))["words"] == SAID


async def test_after_a_new_key_what_the_old_one_sealed_still_opens(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        before = (await site.state(CASE, CASE_ID)).place.way_in
        site.platform.keys.grow(HOME_ENTRY)  # type: ignore[attr-defined]
        assert (await told(site, AT_THE_CALL, AMIRA))["words"] == SAID
        await write(site.as_(AMIRA), place(CHANGED, name="later"))
        after = (await site.state(CASE, CASE_ID)).place.way_in
        assert (await told(site, AT_THE_CALL, AMIRA))["words"] == CHANGED

    assert before is not None
    assert after is not None
    assert before.key_id != after.key_id


async def test_a_change_of_address_keeps_it_and_says_to_check(database: Database) -> None:
    async with open_site(database) as site:
        await take_a_call(site)
        moved = entry("calls.place", name="moved", place={**ADDRESS, "address": "16 Mill Lane"})
        await write(site.as_(AMIRA), moved)
        checked = await told(site, AT_THE_DESK, NADIA)
        board = await site.get(f"/dispatch/board?incident={CASE_ID}")
        gone = entry("calls.place", name="gone", place=ADDRESS, nothing_said=True)
        await write(site.as_(AMIRA), gone)
        nothing = await told(site, AT_THE_DESK, NADIA)

    assert checked["words"] == SAID
    assert "The address was changed" in checked["check"]
    assert "Said before the address was changed" in board.text
    assert nothing["words"] == ""


async def test_nobody_empties_it_who_may_not_be_told_it_as_it_is(database: Database) -> None:
    async with open_site(database, demonstration=False) as site:
        await take_a_call(site)
        gone = entry("calls.place", name="gone", place=ADDRESS, nothing_said=True)
        await write(site.as_(JOE), gone)  # a colleague must prove afresh to be told
        kept = (await site.state(CASE, CASE_ID)).place.way_in
        own = entry("calls.place", name="own", place=ADDRESS, nothing_said=True)
        await write(site.as_(structs.replace(AMIRA, **SURE)), own)
        emptied = (await site.state(CASE, CASE_ID)).place.way_in

    assert kept is not None
    assert emptied is None


async def test_what_was_said_before_sealing_is_on_no_page_is_counted_and_is_told_on_request(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal of an older version: the words stand in its facts, for good."""

    def as_once(event: Any) -> tuple[str, bytes]:
        tag, body = encode(event)
        said = body.replace(b'"access_notes":""', f'"access_notes":"{SAID}"'.encode())
        return tag, said.replace(b'"label":"Ask how to get in"', f'"label":"{SAID}"'.encode())

    bare = entry("calls.place", place=ADDRESS)
    async with open_site(database) as site:
        monkeypatch.setattr(ENCODE, as_once)
        monkeypatch.setattr(Decider, "record_of", lambda *_: None)
        await write(site.as_(AMIRA), OPEN, bare, F9)
        register = RegisterPerson(org=PROVIDER, person_id="p-margaret", details=MARGARET)
        await site.execute(PERSON, "p-margaret", register)
        await site.execute(PERSON, "p-margaret", FLAGGED)
        monkeypatch.undo()
    async with open_site(database) as site:
        await write(site.as_(AMIRA), place("", name="again"))
        pages = [
            await site.get(f"/calls/{CASE_ID}"),
            await site.get(f"/calls/{CASE_ID}/resume"),
            await site.get("/people/p-margaret"),
            await site.as_(NADIA).get(f"/dispatch/board?incident={CASE_ID}"),
        ]
        at_the_call = await told(site, AT_THE_CALL, AMIRA)
        at_the_desk = await told(site, AT_THE_DESK, NADIA)
    owner = await connect(database.owner_dsn)
    try:
        look = await ways_in(owner)
    finally:
        await owner.close()

    assert CANARY in await dump(database), "this would prove nothing"
    assert [CANARY in page.text for page in pages] == [False] * 4
    assert at_the_call["words"] == at_the_desk["words"] == SAID
    assert look.found == "4 facts from before sealing hold one in the clear"
