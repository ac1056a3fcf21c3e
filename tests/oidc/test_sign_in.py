"""Signing in by the real service: npm's oidc-provider on loopback, nothing about it pretended."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import pytest
from msgspec import structs

from standfast.identity.model import STAFF
from standfast.identity.model_service import LINK, AgreeLink, ProposeLink
from standfast.identity.oidc_words import Flow
from standfast.identity.permissions import Role
from tests.identity.examples import LOADER, RUTH, load_staff
from tests.oidc.service import (
    CLIENT_ID,
    ORIGIN,
    Browser,
    Service,
    go_there,
    parts,
    sign_in,
    through,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

COOKIE = "standfast-session"
UID = "555036632103"
"""Ruth Calder's, at the service. Invented, in the shape of an NHS CIS2 user id."""


async def link(site: Site, staff_id: str, subject: str, org: str = PROVIDER) -> None:
    """Have two people agree which account of the service is this person's."""
    issuer = site.platform.settings.oidc_issuer
    ask = ProposeLink(
        staff_id=staff_id, org=org, issuer=issuer, subject=subject, by="sam.whitlock"
    )
    await site.execute(LINK, staff_id, ask, actor=LOADER)
    await site.execute(LINK, staff_id, AgreeLink(by="nadia.brook"), actor=LOADER)


@asynccontextmanager
async def a_site(
    database: Database, service: Service, *, staff: bool = True, **settings: Any
) -> AsyncIterator[Site]:
    """Run a site that this service knows, at which Ruth Calder has an account."""
    async with open_site(database, real_sign_in=True, **service.settings(**settings)) as site:
        service.know((await site.get("/sign-in/service/keys")).json())
        if staff:
            await load_staff(site)
            await link(site, RUTH.staff_id, UID)
        yield site


async def is_signed_in(site: Site) -> bool:
    return (await site.get("/identity/staff")).status_code == 200


async def test_somebody_whom_two_people_linked_comes_in_by_the_service(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        answer = await sign_in(site)
        page = await site.get("/identity/staff")

        assert answer.status_code == 200
        assert 'http-equiv="refresh" content="0; url=/"' in unescape(answer.text)
        assert "<b>Ruth Calder</b><br>Supervisor" in page.text
        kept = await site.all_orgs.fetch_value("SELECT way FROM identity_sessions")
        assert kept == "oidc"
        assert "standfast-oidc-visit" not in site.browser.cookies


async def test_what_is_asked_of_the_service_is_all_that_the_standards_ask(
    database: Database, service: Service
) -> None:
    async with a_site(database, service, staff=False) as site:
        asked = parts(await go_there(site))
        again = parts(await go_there(site))

        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == f"{ORIGIN}/sign-in/service/back"
        assert asked["max_age"] == "900"
        assert asked["acr_values"].split()[0] == "AAL2_OR_AAL3_ANY"
        for secret in ("state", "nonce", "code_challenge"):
            assert len(asked[secret]) == 43
            assert asked[secret] != again[secret]


async def test_the_challenge_is_the_hash_of_a_verifier_that_only_the_token_request_shows(
    database: Database, service: Service
) -> None:
    async with a_site(database, service, staff=False) as site:
        there = await go_there(site)
        flow = Flow(secret=site.browser.cookies["standfast-oidc-visit"])

        made = urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest())
        assert parts(there)["code_challenge"] == made.rstrip(b"=").decode()
        assert flow.verifier not in there
        assert flow.secret not in there


async def test_a_code_is_good_once(database: Database, service: Service) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        there = await go_there(site)
        visit = site.browser.cookies["standfast-oidc-visit"]
        with Browser() as browser:
            back = through(browser, there)
        assert (await site.get(back)).status_code == 200
        await site.post("/sign-out")
        site.browser.cookies.set("standfast-oidc-visit", visit)
        again = await site.get(back)

        assert again.status_code == 403
        assert not await is_signed_in(site)


async def test_a_code_that_somebody_else_fetched_signs_nobody_in(
    database: Database, service: Service
) -> None:
    """The attacker's own code in the victim's browser: login CSRF, and code injection."""
    async with a_site(database, service) as site:
        service.next(UID)
        there = await go_there(site)
        with Browser() as browser:
            back = through(browser, there)
        site.browser.cookies.clear()
        without = await site.get(back)
        await go_there(site)  # the victim's own visit
        with_another = await site.get(back)

        assert (without.status_code, with_another.status_code) == (403, 403)
        assert not await is_signed_in(site)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "0" * 43),
        ("state", ""),
        ("iss", "https://other.example"),
        ("code", "0" * 43),
    ],
)
async def test_a_wrong_state_issuer_or_code_signs_nobody_in(
    database: Database, service: Service, name: str, value: str
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        there = await go_there(site)
        with Browser() as browser:
            sent = parts(through(browser, there))
        answer = await site.get("/sign-in/service/back", params={**sent, name: value})

        assert answer.status_code == 403
        assert "nobody was signed in" in answer.text
        assert not await is_signed_in(site)


async def test_a_service_that_says_it_names_itself_must_do_so(
    database: Database, service: Service
) -> None:
    """RFC 9207: an answer without ``iss`` may be another service's."""
    async with a_site(database, service) as site:
        service.next(UID)
        there = await go_there(site)
        with Browser() as browser:
            sent = parts(through(browser, there))
        assert sent.pop("iss") == service.issuer
        answer = await site.get("/sign-in/service/back", params=sent)

        assert answer.status_code == 403


@pytest.mark.parametrize("acr", ["", "AAL1_USERPASS"])
async def test_somebody_of_whom_the_service_is_not_sure_enough_does_not_come_in(
    database: Database, service: Service, acr: str
) -> None:
    async with a_site(database, service) as site:
        service.next(UID, acr=acr)
        answer = await sign_in(site)

        assert answer.status_code == 403
        assert "not as surely as this site asks" in answer.text
        assert not await is_signed_in(site)


async def test_who_proved_it_too_long_ago_is_asked_again(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        with Browser() as browser:
            back = through(browser, await go_there(site))
            assert (await site.get(back)).status_code == 200
            await site.post("/sign-out")
            site.clock.move(minutes=20)
            service.at(site.clock())
            service.next("")  # at the service nobody is there to prove anything
            sent = parts(through(browser, await go_there(site)))

        assert sent["error"] == "access_denied"
        assert (await site.get("/sign-in/service/back", params=sent)).status_code == 403


async def test_who_cancels_at_the_service_is_not_signed_in_and_is_told(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        answer = await sign_in(site)

        assert answer.status_code == 403
        assert "You are not signed in" in answer.text


async def test_an_account_that_is_linked_with_nobody_is_told_whom_to_ask(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next("999999999999")
        answer = await sign_in(site)

        assert answer.status_code == 403
        assert "999999999999" in answer.text
        assert "IT officer" in answer.text
        assert not await is_signed_in(site)


async def test_a_mail_address_links_nobody(database: Database, service: Service) -> None:
    """The id is another, the rest of what the service says is the same person's."""
    async with a_site(database, service) as site:
        await link(site, "amira.khan", "amira.khan@harrowmere.example")
        service.next("000000000001")
        answer = await sign_in(site)

        assert answer.status_code == 403


async def test_a_key_of_the_services_that_is_new_is_fetched_once_and_then_not_for_a_minute(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        assert (await sign_in(site)).status_code == 200
        service.tell(rotate=True)
        site.clock.move(seconds=61)
        service.at(site.clock())
        before = service.tell()["asked"]["jwks"]
        assert (await sign_in(site)).status_code == 200
        assert service.tell()["asked"]["jwks"] == before + 1

        service.tell(rotate=True)
        for _ in range(3):
            assert (await sign_in(site)).status_code == 403
        assert service.tell()["asked"]["jwks"] == before + 1
        site.clock.move(seconds=61)
        service.at(site.clock())
        assert (await sign_in(site)).status_code == 200


async def test_a_service_that_does_not_answer_is_said_so_and_the_passkey_offered(
    database: Database, service: Service
) -> None:
    settings = service.settings(oidc_issuer="http://127.0.0.1:9", outbound="http://127.0.0.1:9")
    async with open_site(database, real_sign_in=True, **settings) as site:
        answer = await site.get("/sign-in/service")
        page = await site.get("/sign-in")

        assert answer.status_code == 503
        assert "Use your passkey" in answer.text
        assert "does not answer since 12:00" in page.text


async def test_two_roles_at_the_service_are_asked_and_the_session_has_the_one_chosen(
    database: Database, service: Service
) -> None:
    both = [{"org_code": "", "role_code": code} for code in ("R8001", "R8002", "R9999")]
    async with a_site(
        database,
        service,
        oidc_userinfo=True,
        oidc_scope="openid nationalrbacaccess",
        oidc_roles="R8001=clinician R8002=supervisor",
    ) as site:
        two = structs.replace(RUTH, roles=(Role.SUPERVISOR, Role.CLINICIAN))
        await site.execute(STAFF, RUTH.staff_id, two, actor=LOADER)
        service.next(UID, roles=both)
        asked = await sign_in(site)
        assert "As what do you work today?" in asked.text
        assert not await is_signed_in(site)
        wrong = await site.post("/sign-in/service/role", {"choice": "7"})
        chosen = await site.post("/sign-in/service/role", {"choice": "0"})

        assert wrong.status_code == 422
        assert chosen.status_code == 200
        assert (await site.get("/prescribing/queue")).status_code != 403
        assert (await site.get("/identity/staff")).status_code == 403  # a supervisor's


async def test_who_has_no_role_that_both_sides_know_is_told_whom_to_ask(
    database: Database, service: Service
) -> None:
    async with a_site(
        database,
        service,
        oidc_userinfo=True,
        oidc_scope="openid nationalrbacaccess",
        oidc_roles="R8001=clinician",
    ) as site:
        service.next(UID, roles=[{"role_code": "R8001"}])
        answer = await sign_in(site)

        assert answer.status_code == 403
        assert "names no role of yours" in answer.text


async def test_a_choice_that_this_site_did_not_seal_is_no_choice(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        site.browser.cookies.set("standfast-oidc-choice", "7b7d." + "0" * 64)
        answer = await site.post("/sign-in/service/role", {"choice": "0"})

        assert answer.status_code == 403
        assert not await is_signed_in(site)


async def test_signing_out_leads_on_to_the_services_own_sign_out(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        await sign_in(site)
        out = await site.post("/sign-out")
        onward = await site.get(out.headers["location"])

        assert out.headers["location"] == "/sign-in/service/leave"
        assert f"{service.issuer}/session/end?client_id={CLIENT_ID}" in unescape(onward.text)
        assert "id_token_hint=" in onward.text
        assert not await is_signed_in(site)


async def test_a_session_by_the_service_lasts_as_long_as_any_other(
    database: Database, service: Service
) -> None:
    async with a_site(database, service) as site:
        service.next(UID)
        await sign_in(site)
        site.clock.move(hours=12)

        assert not await is_signed_in(site)
