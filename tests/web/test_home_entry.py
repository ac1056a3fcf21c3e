"""How to get into a home: sealed at every door, in no output, told where somebody must go in."""

import base64
import json
from typing import Any, Final

import asyncpg
import httpx
import msgspec
import pytest
from msgspec import structs

from standfast.app import PAGES
from standfast.calls.model_case import CASE
from standfast.facts.interop import ReferralReceived
from standfast.facts.people import AllergyStatus, Flag
from standfast.identity.permissions import Role
from standfast.people.model import PERSON, RecordSafety, RegisterPerson
from standfast.records.copy import _told
from standfast.records.gathering import HOME_ENTRY_HELD, gather
from standfast.web.home_entry import opened
from standfast.web.platform import Actor
from tests.access.test_gate import identify
from tests.calls.examples import CASE_ID, F9, OPEN, entry, tell, write
from tests.identity.examples import actor_in
from tests.interop.examples import CORRELATION_ID, JSON, REQUEST_ID
from tests.people.examples import MARGARET
from tests.support.database import Database
from tests.support.sealed import bodies
from tests.support.site import PROVIDER, TRUST, Site, open_site
from tests.test_access import ALL, ENDLESS

pytestmark = pytest.mark.anyio

CANARY: Final = "quillback-4417"
SAID: Final = f"Key safe by the back door, {CANARY}"
CHANGED: Final = f"Not the back door: the side gate, {CANARY}"
ADDRESS: Final = {"address": "14 Mill Lane, Kingsmoor", "postcode": "HM3 4AB"}

AMIRA: Final = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")
NADIA: Final = actor_in(Role.DISPATCHER, TRUST, staff_id="nadia.brook")
GRACE: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="grace.hale")

FLAGGED: Final = RecordSafety(
    allergy_status=AllergyStatus.NONE_KNOWN,
    flags=(Flag(kind="key_safe", label=f"Key safe {CANARY}", detail=SAID),),
    source="GP record",
)

AT_THE_CALL: Final = f"/calls/{CASE_ID}/way-in"
AT_THE_DESK: Final = f"/dispatch/incidents/{CASE_ID}/way-in"


def place(words: str = SAID, *, name: str = "", **more: Any) -> dict[str, Any]:
    said = {**ADDRESS, "access_notes": words, **more}
    return entry("calls.place", name=name, place=said)


async def take_a_call(site: Site, *more: dict[str, Any]) -> list[dict[str, str]]:
    """Let Amira take a call in which somebody says how to get in, and ask for an ambulance."""
    await tell(site, "ring")
    return await write(site.as_(AMIRA), OPEN, place(), *more, F9)


async def told(site: Site, path: str, who: Actor) -> Any:
    """Return what *who* is told on pressing the button."""
    answer = await pressed(site, path, who)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pressed(site: Site, path: str, who: Actor) -> httpx.Response:
    return await site.as_(who).browser.post(path, headers={"accept": "application/json"})


async def dump(database: Database) -> str:
    """Return all that lies in the database: every row of every table, bodies as text."""
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        tables = await owner.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'm')"
            " AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        )
        rows = [
            str(row["t"])
            for table in tables
            for row in await owner.fetch(f"SELECT t::text AS t FROM {table['name']} AS t")  # noqa: S608
        ]
        facts = await bodies(owner)
    finally:
        await owner.close()
    assert len(tables) > 40
    assert len(facts) > 5
    return "\n".join([*rows, *facts])


def hidden_in(text: str, words: str = CANARY) -> bool:
    """Return whether *words* are not in *text*: as they are, in hex, or within base64."""
    plain = words.encode()
    within = {base64.b64encode(bytes(before) + plain)[4:-4].decode() for before in range(3)}
    return not any(each in text for each in {words, plain.hex(), *within})


def referral() -> bytes:
    """Return a referral whose sender says how to get in: by category, and by its words."""
    text = JSON.decode()
    flag = text.replace('"SS"', '"AC"').replace("The Scene is safe", f"Side gate, {CANARY}")
    return flag.replace("Says her nephew has taken her keys", f"Key safe {CANARY}").encode()


async def send_referral(site: Site) -> str:
    """Send it; return its case's id."""
    headers = {
        "content-type": "application/fhir+json",
        "x-request-id": REQUEST_ID,
        "x-correlation-id": CORRELATION_ID,
    }
    answer = await site.browser.post(
        "/bars/$process-message", content=referral(), headers=headers
    )
    assert answer.status_code == 200, answer.text
    rows = await site.as_(AMIRA).platform.db.fetch_value(
        "SELECT case_id FROM calls_cases WHERE org = $1 AND source = 'bars'", PROVIDER
    )
    return str(rows)


async def every_output(site: Site, cases: tuple[str, ...]) -> dict[str, str]:
    """Return what every page answers, for everybody who may see it, and what finds say."""
    texts = {}
    places = {"case_id": cases, "person_id": ("p-margaret",), "record_id": ("p-margaret",)}
    who = {
        org: structs.replace(
            actor_in(role), permissions=ALL, roles=tuple(each.value for each in Role), org=org
        )
        for org, role in ((PROVIDER, Role.SUPERVISOR), (TRUST, Role.DISPATCHER))
    }
    for org, actor in who.items():
        site.as_(actor)
        for page in PAGES:
            name = page.path.partition("{")[2].partition("}")[0]
            known = places.get(name, ())
            if page.method != "GET" or page.path in ENDLESS or (name and not known):
                continue
            for value in known or ("",):
                path = page.path.replace(f"{{{name}}}", value) if name else page.path
                texts[f"{org} {path}"] = (await site.get(path)).text
        board = f"/dispatch/board?incident={CASE_ID}"
        for path in (board, board.replace("board", "board/_details"), "/calls/find?q=side"):
            texts[f"{org} {path}"] = (await site.get(path)).text
        for asked in (CANARY, "key safe", "14 Mill Lane"):
            found = await site.post_json("/palette", {"q": asked})
            texts[f"{org} palette {asked}"] = "" if asked == CANARY else found.text
    return texts


async def test_it_is_in_no_output_no_row_no_fact_and_no_log_and_the_two_places_tell_it(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_site(database) as site:
        register = RegisterPerson(org=PROVIDER, person_id="p-margaret", details=MARGARET)
        await site.execute(PERSON, "p-margaret", register, actor=AMIRA)
        await site.execute(PERSON, "p-margaret", FLAGGED, actor=AMIRA)
        await take_a_call(site)
        late = place(CHANGED, name="corrected")
        refused = place(SAID * 400, name="too long")
        receipts = await write(site, late, refused)
        assert [each["outcome"] for each in receipts] == ["stored", "refused"]
        await site.execute(CASE, CASE_ID, identify("p-margaret"), actor=AMIRA)
        await tell(
            site, "ring", call_id="exchange-1:0002", place={**ADDRESS, "access_notes": SAID}
        )
        referred = await send_referral(site)

        outputs = await every_output(site, (CASE_ID, referred))
        gathered = await gather(site.as_(GRACE).platform, PROVIDER, "p-margaret")
        assert gathered is not None
        copy = json.dumps(msgspec.to_builtins([_told(each) for each in gathered.entries]))
        copy += json.dumps(msgspec.to_builtins(gathered.rows))
        at_the_call = await told(site, AT_THE_CALL, AMIRA)
        at_the_desk = await told(site, AT_THE_DESK, NADIA)
        of_referral = await pressed(site, f"/calls/{referred}/way-in", AMIRA)

    assert "14 Mill Lane" in "".join(outputs.values()), "this would prove nothing"
    assert "Show how to get in" in outputs[f"{TRUST} /dispatch/board?incident={CASE_ID}"]
    assert [name for name, text in outputs.items() if not hidden_in(text)] == []
    assert hidden_in(copy)
    assert HOME_ENTRY_HELD in copy
    assert hidden_in(await dump(database))
    printed = capfd.readouterr()
    assert "web.request" in printed.out + printed.err
    assert hidden_in(printed.out + printed.err)
    assert at_the_call["words"] == at_the_desk["words"] == CHANGED
    assert of_referral.json()["words"] == f"Side gate, {CANARY}\nKey safe {CANARY}"


async def test_the_message_as_it_came_is_sealed_whole_and_opens_with_its_own_name(
    database: Database,
) -> None:
    async with open_site(database) as site:
        case_id = await send_referral(site)
        (fact,) = await site.kept("type = 'interop.referral_received.v1'")
        received = msgspec.json.decode(fact, type=ReferralReceived)
        page = await site.as_(AMIRA).get(f"/calls/{case_id}")
        whole = await opened(
            site.platform, received.original, org=PROVIDER, case_id=case_id, field="original"
        )
    assert received.body == ""
    assert whole.words.encode() == referral()
    assert "how to get into the home (sealed, with the message as it came)" in page.text
