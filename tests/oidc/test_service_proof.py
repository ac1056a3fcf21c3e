"""Who came by the sign-in service and has no passkey here confirms acts there, one at a time."""

from collections.abc import AsyncIterator, Iterator, Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from lxml import html as lxml_html

from standfast.facts.people import AllergyStatus
from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.model_service_proof import SERVICE_PROOF
from standfast.identity.oidc_tokens import Untrusted
from standfast.identity.outside import service as party_of
from standfast.identity.permissions import Role
from standfast.journal.tenant import read_as
from standfast.kernel.access import Sensitivity
from standfast.kernel.ids import child_id
from standfast.web import step_up
from tests.access.living import REASON
from tests.access.test_gate import known as known_person
from tests.access.test_labels import label
from tests.identity.examples import LOADER
from tests.oidc.forger import Forger, a_forger
from tests.oidc.service import Browser, Service, parts, sign_in, through
from tests.oidc.test_forged import HOUR, come_back, id_claims, logout_claims
from tests.oidc.test_sign_in import COOKIE as SESSION
from tests.oidc.test_sign_in import UID, a_site, link
from tests.people.examples import SEAN
from tests.prescribing.place import NEED_PAGE, ask_for, furnish, hidden, record, write_page
from tests.prescribing.place import known as need_of
from tests.records.test_exports import OUT, prepared, read_through
from tests.support.database import Database, Databases
from tests.support.site import NOON, PROVIDER, Site, make_tables, open_site

pytestmark = pytest.mark.anyio

NOW: Final = int(NOON.timestamp())
RUTH: Final = RegisterStaff(
    staff_id="ruth.calder",
    org=PROVIDER,
    name="Ruth Calder",
    title="Clinician, and privacy officer",
    roles=(Role.CLINICIAN, Role.PRIVACY_OFFICER, Role.IT_OFFICER),
    registration="Demonstration 000002",
)
ADAS: Final = "555036632104"
"""A clinician's, who is no privacy officer."""

LOOKED: Final = "/access/people/{}"


@pytest.fixture(scope="module")
def forger() -> Iterator[Forger]:
    with a_forger() as running:
        yield running


@pytest.fixture(scope="module")
async def site(postgres: Databases, forger: Forger) -> AsyncIterator[Site]:
    """Ruth, who has an account there and no key here, and people whose records are closed."""
    database = postgres.fresh(make_tables)
    async with open_site(database, real_sign_in=True, **forger.settings()) as running:
        await furnish(running)
        await running.execute(STAFF, RUTH.staff_id, RUTH, actor=LOADER)
        await link(running, RUTH.staff_id, UID)
        await link(running, "ada.mensah", ADAS)
        for number in range(6):
            person_id = f"p-{number}"
            await known_person(running, person_id, SEAN)
            await label(running, person_id, sensitivity=Sensitivity.VERY_RESTRICTED)
        yield running
    postgres.drop(database)


@pytest.fixture
async def ruth(site: Site, forger: Forger) -> Site:
    """Ruth at her desk: the service has let her in, a moment ago."""
    forger.down = False
    site.browser.cookies.clear()
    site.clock.now = NOON
    answer = await come_back(site, forger, forger.signed)
    assert answer.status_code == 200, answer.text
    return site


def form_of(asked: httpx.Response) -> Any:
    assert asked.status_code == 428, asked.text
    return lxml_html.fromstring(asked.text).xpath("//form[@data-step-up]")[0]


async def confirms(
    site: Site, forger: Forger, asked: httpx.Response, **changed: Any
) -> httpx.Response:
    """Follow the page's link to the service and come back; the token is *changed*.

    On the way back the browser does not say whose session it has: another site leads the way.
    """
    (link_there,) = form_of(asked).xpath(".//a[@data-elsewhere]/@href")
    there = await site.get(link_there)
    assert there.status_code == 303, there.text
    wanted = parts(there.headers["location"])
    assert (wanted["prompt"], wanted["max_age"], wanted["acr_values"]) == (
        "login",
        "0",
        "AAL3_ANY",
    )
    forger.id_token = forger.signed({**id_claims(forger, wanted["nonce"]), **changed})
    tab = site.another_browser()
    for cookie in site.browser.cookies.jar:
        if not cookie.name.endswith(SESSION):
            tab.cookies.set(cookie.name, cookie.value or "")
    sent = {"state": wanted["state"], "code": "c", "iss": forger.issuer}
    return await tab.get(f"/sign-in/service/back?{urlencode(sent)}")


async def goes_on(
    site: Site, asked: httpx.Response, altered: Mapping[str, str] = {}
) -> httpx.Response:
    """Send the form that waited, as step-up.js does once the other tab has said so."""
    form = form_of(asked)
    fields = {**dict(form.form_values()), "step_up_answer": step_up.BY_SERVICE}
    return await site.post(form.get("action"), {**fields, **altered})


async def does(
    site: Site, forger: Forger, path: str, form: Mapping[str, Any]
) -> httpx.Response:
    asked = await site.post(path, form)
    assert "Confirmed" in (await confirms(site, forger, asked)).text
    return await goes_on(site, asked)


async def test_what_is_very_restricted_opens_by_the_service(ruth: Site, forger: Forger) -> None:
    path = LOOKED.format("p-0")
    asked = await ruth.get(path)
    back = await confirms(ruth, forger, asked)
    proof_id = form_of(asked).get("data-proof")
    assert f'data-proven="{proof_id}"' in back.text
    led = await goes_on(ruth, asked)
    assert led.headers["location"] == path
    page = await ruth.get(path)
    assert "Confirmed just then" in page.text
    kept = await ruth.state(SERVICE_PROOF, child_id(proof_id, "service"))
    assert kept.given is not None
    assert (kept.given.staff_id, kept.given.act, kept.used) == (
        RUTH.staff_id,
        "access.open",
        True,
    )


async def test_a_reason_given_with_it_opens_a_closed_record(site: Site, forger: Forger) -> None:
    answer = await come_back(site, forger, lambda it: forger.signed(it | {"sub": ADAS}))
    assert answer.status_code == 200, answer.text
    path = "/people/p-1"
    assert 'action="/access/break-glass"' in (await site.get(path)).text
    form = {"kind": "person", "record_id": "p-1", "back": path, "reason": REASON}
    asked = await site.post("/access/break-glass", form)
    assert (await confirms(site, forger, asked, sub=ADAS)).status_code == 200
    led = await goes_on(site, asked)
    assert led.headers["location"] == path
    assert (await site.get(path)).status_code == 200


async def test_a_prescription_is_signed_by_it(ruth: Site, forger: Forger) -> None:
    await record(ruth, AllergyStatus.NONE_KNOWN)
    await ask_for(ruth)
    await ruth.post(f"{NEED_PAGE}/take")
    written = await ruth.post(f"{NEED_PAGE}/write", await write_page(ruth))
    assert written.status_code == 303, written.text
    page = (await ruth.get(f"{NEED_PAGE}/sign")).text
    assert "confirm it where you signed in" in page
    order = {name: hidden(page, name) for name in ("prescription_id", "content_hash")}
    signed = await does(ruth, forger, f"{NEED_PAGE}/sign", {**order, "confirmed": "yes"})
    assert signed.headers["location"] == f"{NEED_PAGE}/pharmacy"
    (one,) = (await need_of(ruth)).prescriptions
    assert one.signature is not None
    kept = await ruth.state(SERVICE_PROOF, child_id(one.signature.proof_id, "service"))
    assert kept.given is not None
    assert kept.given.act == "prescribing.sign"


async def test_a_copy_of_a_record_leaves_by_it(ruth: Site, forger: Forger) -> None:
    page = await prepared(ruth)
    await read_through(ruth, page)
    asked = await ruth.post(f"{page}/release", OUT)
    await confirms(ruth, forger, asked)
    answer = await goes_on(ruth, asked)
    assert answer.headers["content-type"] == "application/zip"
    assert "used already" in (await goes_on(ruth, asked)).text


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "somebody else's account"},
        {"acr": "AAL2_ANY"},
        {"auth_time": NOW - 91},
        {"nonce": "0" * 43},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_what_the_service_does_not_vouch_for_opens_nothing(
    ruth: Site, forger: Forger, changed: dict[str, Any]
) -> None:
    asked = await ruth.get(LOOKED.format("p-2"))
    back = await confirms(ruth, forger, asked, **changed)
    assert back.status_code == 403
    assert "Nothing was done" in back.text
    again = await goes_on(ruth, asked)
    assert again.status_code == 428
    assert "has not confirmed this yet" in again.text


async def test_it_is_a_minute_old_at_the_most(ruth: Site, forger: Forger) -> None:
    asked = await ruth.get(LOOKED.format("p-3"))
    ruth.clock.move(minutes=9)  # what they need at the service
    await confirms(ruth, forger, asked, auth_time=NOW + 535, iat=NOW + 538, exp=NOW + 600)
    ruth.clock.move(seconds=61)
    assert "took too long" in (await goes_on(ruth, asked)).text
    ruth.clock.move(seconds=-1)
    assert (await goes_on(ruth, asked)).status_code == 303


async def test_it_serves_that_content_act_and_session_alone(ruth: Site, forger: Forger) -> None:
    asked = await ruth.get(LOOKED.format("p-4"))
    await confirms(ruth, forger, asked)
    swapped = await goes_on(ruth, asked, {"record_id": "p-5"})
    assert "is not this" in unescape(swapped.text)
    await come_back(ruth, forger, forger.signed)  # a session of its own
    assert "is not this" in unescape((await goes_on(ruth, asked)).text)
    assert (await ruth.get(LOOKED.format("p-4"))).status_code == 428


async def test_what_makes_a_way_in_takes_a_passkey_alone(ruth: Site) -> None:
    form = {
        "staff_id": "joe.tran",
        "name": "Joe Tran",
        "title": "Call handler",
        "roles": "call_handler",
        "registration": "",
    }
    asked = await ruth.post("/identity/register", form)
    assert form_of(asked).xpath(".//a[@data-elsewhere]") == []
    assert "Ask your IT officer" in asked.text
    assert (await goes_on(ruth, asked)).status_code == 428
    nonce = form_of(asked).form_values()
    there = {
        "act": "identity.register",
        "nonce": dict(nonce)["step_up_nonce"],
        "challenge": form_of(asked).get("data-challenge"),
    }
    assert (await ruth.get(f"/identity/service-proof?{urlencode(there)}")).status_code == 409


async def test_a_question_that_this_site_did_not_ask_goes_nowhere(ruth: Site) -> None:
    right = {"act": "access.open", "nonce": "00" * 56, "challenge": "00" * 32}
    for wrong in ({}, right, right | {"nonce": "x"}, right | {"challenge": "y"}):
        answer = await ruth.get(f"/identity/service-proof?{urlencode(wrong)}")
        assert (answer.status_code, answer.headers.get("location")) == (409, None)


async def test_a_service_that_is_away_is_said_so_with_what_is_left(
    ruth: Site, forger: Forger
) -> None:
    asked = await ruth.get(LOOKED.format("p-5"))
    forger.down = True
    party = party_of(ruth.platform)
    assert party is not None
    await party.look()
    (there,) = form_of(asked).xpath(".//a[@data-elsewhere]/@href")
    away = await ruth.get(there)
    assert away.status_code == 503
    assert "ask a colleague who has one" in away.text
    page = await ruth.get(LOOKED.format("p-5"))
    assert "does not answer since 12:00" in page.text
    forger.down = False
    await party.look()
    read_as("")


async def test_its_keys_stand_while_it_is_away_and_are_asked_for_sparingly(
    ruth: Site, forger: Forger
) -> None:
    party = party_of(ruth.platform)
    assert party is not None
    ruth.clock.move(hours=2)
    forger.down, forger.asked = True, []
    later = {"iat": NOW + 2 * HOUR, "exp": NOW + 2 * HOUR + 120}
    for number in range(3):
        goodbye = forger.signed(logout_claims(forger, jti=f"away-{number}", **later))
        assert (await party.goodbye(goodbye)).subject == UID
    unknown = forger.signed(logout_claims(forger, **later), kid="two")
    with pytest.raises(Untrusted):
        await party.goodbye(unknown)
    assert len(forger.asked) == 1  # once a minute at most, whoever asks


async def test_the_real_service_is_asked_anew_and_opens_it(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        await site.execute(STAFF, RUTH.staff_id, RUTH, actor=LOADER)
        await known_person(site, "p-0", SEAN)
        await label(site, "p-0", sensitivity=Sensitivity.VERY_RESTRICTED)
        service.next(UID)
        with Browser() as browser:
            await sign_in(site, browser)
            asked = await site.get(LOOKED.format("p-0"))
            (link_there,) = form_of(asked).xpath(".//a[@data-elsewhere]/@href")
            service.next(UID, acr="AAL3_ANY")
            there = await site.get(link_there)
            back = await site.get(through(browser, there.headers["location"]))
        assert "Confirmed" in back.text
        led = await goes_on(site, asked)
        assert (await site.get(led.headers["location"])).status_code == 200
