"""Tokens that are wrong in one thing each: none of them signs anybody in or out."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from standfast.identity.oidc_tokens import LOGOUT_EVENT
from standfast.identity.pages_oidc import look_after_service
from tests.identity.examples import RUTH, load_staff
from tests.oidc.forger import Forger, a_forger
from tests.oidc.service import CLIENT_ID, go_there, parts
from tests.oidc.test_sign_in import UID, link
from tests.support.database import Database
from tests.support.site import NOON, Site, open_site

pytestmark = pytest.mark.anyio

NOW: Final = int(NOON.timestamp())
HOUR: Final = 3600

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def one_forger() -> Iterator[Forger]:
    with a_forger() as forger:
        yield forger


@pytest.fixture
def forger(one_forger: Forger) -> Forger:
    one_forger.down, one_forger.named_issuer, one_forger.asked = False, one_forger.issuer, []
    return one_forger


@asynccontextmanager
async def a_site(database: Database, forger: Forger, **more: Any) -> AsyncIterator[Site]:
    async with open_site(database, real_sign_in=True, **forger.settings(**more)) as site:
        await load_staff(site)
        await link(site, RUTH.staff_id, UID)
        yield site


def id_claims(forger: Forger, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token that is right in everything."""
    return {
        "iss": forger.issuer,
        "sub": UID,
        "aud": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 300,
        "auth_time": NOW - 5,
        "acr": "AAL3_ANY",
        "nonce": nonce,
        "sid": "s-1",
    }


async def come_back(
    site: Site, forger: Forger, make: Callable[[dict[str, Any]], str]
) -> httpx.Response:
    """Go to the forger and come back to a token that *make* makes of the right claims."""
    asked = parts(await go_there(site))
    forger.id_token = make(id_claims(forger, asked["nonce"]))
    sent = {"state": asked["state"], "code": "c", "iss": forger.issuer}
    return await site.get(f"/sign-in/service/back?{urlencode(sent)}")


async def is_signed_in(site: Site) -> bool:
    return (await site.get("/identity/staff")).status_code == 200


async def test_what_is_right_in_everything_signs_in(database: Database, forger: Forger) -> None:
    """Otherwise nothing below proves anything."""
    async with a_site(database, forger) as site:
        answer = await come_back(site, forger, forger.signed)

        assert answer.status_code == 200
        assert await is_signed_in(site)


def _with(**changed: Any) -> Change:
    def change(claims: dict[str, Any]) -> None:
        claims.update(changed)

    return change


def _without(name: str) -> Change:
    def change(claims: dict[str, Any]) -> None:
        del claims[name]

    return change


WRONG: Final = {
    "another nonce": _with(nonce="0" * 43),
    "no nonce": _without("nonce"),
    "a nonce that is no text": _with(nonce=["0"]),
    "another issuer": _with(iss="https://other.example"),
    "no issuer": _without("iss"),
    "another audience": _with(aud="somebody-else"),
    "no audience": _without("aud"),
    "two audiences and no authorised party": _with(aud=[CLIENT_ID, "somebody-else"]),
    "another authorised party": _with(azp="somebody-else"),
    "it is over": _with(exp=NOW - 31),
    "no end": _without("exp"),
    "an end that is a word": _with(exp="never"),
    "an end that is true": _with(exp=True),
    "an end beyond all time": _with(exp=10**20, iat=10**20),
    "made in the future": _with(iat=NOW + 31),
    "made long ago": _with(iat=NOW - HOUR),
    "not made": _without("iat"),
    "not before tomorrow": _with(nbf=NOW + 24 * HOUR),
    "nobody": _without("sub"),
    "an empty subject": _with(sub=""),
    "a subject that is a number": _with(sub=7),
    "a subject without end": _with(sub="5" * 256),
    "not sure enough": _with(acr="AAL1_USERPASS"),
    "not sure of anything": _without("acr"),
    "sure in a list": _with(acr=["AAL3_ANY"]),
    "proven long ago": _with(auth_time=NOW - HOUR),
    "proven in the future": _with(auth_time=NOW + HOUR),
    "never proven": _without("auth_time"),
    "a logout token": _with(events={LOGOUT_EVENT: {}}),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_id_token_that_is_wrong_in_one_thing_signs_nobody_in(
    database: Database, forger: Forger, wrong: str
) -> None:
    def make(claims: dict[str, Any]) -> str:
        WRONG[wrong](claims)
        return forger.signed(claims)

    async with a_site(database, forger) as site:
        answer = await come_back(site, forger, make)

        assert answer.status_code == 403
        assert "You are not signed in" in answer.text
        assert not await is_signed_in(site)


@pytest.mark.parametrize(
    "made_by",
    ["signed_by_another", "signed_with_the_public_key", "unsigned"],
)
async def test_a_signature_that_is_not_the_services_signs_nobody_in(
    database: Database, forger: Forger, made_by: str
) -> None:
    async with a_site(database, forger) as site:
        answer = await come_back(site, forger, getattr(forger, made_by))

        assert answer.status_code == 403
        assert not await is_signed_in(site)


async def test_the_algorithm_is_the_sites_and_not_the_tokens(
    database: Database, forger: Forger
) -> None:
    """The right key, but another algorithm than the one that is pinned."""

    def make(claims: dict[str, Any]) -> str:
        said = {"alg": "PS256", "kid": "one"}
        free = type(forger.key).import_key(forger.key.as_pem(private=True), {"kid": "one"})
        return jwt.encode(said, claims, free, algorithms=["PS256"])

    async with a_site(database, forger) as site:
        assert (await come_back(site, forger, make)).status_code == 403
        assert not await is_signed_in(site)


@pytest.mark.parametrize("algorithm", ["none", "HS256", ""])
async def test_a_site_cannot_pin_an_algorithm_that_proves_nothing(
    database: Database, forger: Forger, algorithm: str
) -> None:
    async with a_site(database, forger, oidc_algorithm=algorithm) as site:
        assert (await come_back(site, forger, forger.unsigned)).status_code == 500
        assert not await is_signed_in(site)


async def test_a_key_that_the_token_brings_along_is_not_used(
    database: Database, forger: Forger
) -> None:
    def make(claims: dict[str, Any]) -> str:
        own = RSAKey.generate_key(2048, {"kid": "two"})
        header = {"alg": "RS256", "kid": "two", "jwk": own.as_dict(private=False)}
        return jwt.encode(header, claims, own, algorithms=["RS256"])

    async with a_site(database, forger) as site:
        assert (await come_back(site, forger, make)).status_code == 403
        assert not await is_signed_in(site)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "\u00e9.e.e", "e30.e30.e30"])
async def test_what_is_no_token_signs_nobody_in(
    database: Database, forger: Forger, token: str
) -> None:
    async with a_site(database, forger) as site:
        answer = await come_back(site, forger, lambda _: token)

        assert answer.status_code == 403


async def test_a_service_that_calls_itself_something_else_is_not_believed(
    database: Database, forger: Forger
) -> None:
    forger.named_issuer = "https://other.example"
    async with a_site(database, forger) as site:
        answer = await site.get("/sign-in/service")

        assert answer.status_code == 403


async def test_the_clocks_may_be_half_a_minute_apart(
    database: Database, forger: Forger
) -> None:
    def make(claims: dict[str, Any]) -> str:
        return forger.signed({**claims, "iat": NOW + 29, "exp": NOW - 29})

    async with a_site(database, forger) as site:
        assert (await come_back(site, forger, make)).status_code == 200


async def test_we_prove_who_we_are_by_our_own_key_and_never_by_a_secret(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await come_back(site, forger, forger.signed)
        keys = (await site.get("/sign-in/service/keys")).json()
        shown = jwt.decode(
            forger.form["client_assertion"], KeySet.import_key_set(keys), algorithms=["RS512"]
        )

        assert "d" not in keys["keys"][0]
        assert shown.header["kid"] == keys["keys"][0]["kid"]
        assert shown.claims["iss"] == shown.claims["sub"] == CLIENT_ID
        assert shown.claims["aud"] == f"{forger.issuer}/token"
        assert shown.claims["exp"] - NOW == 60
        assert len(shown.claims["jti"]) == 36
        assert "client_secret" not in forger.form


# --- Logout tokens -------------------------------------------------------------------------


def logout_claims(forger: Forger, **more: Any) -> dict[str, Any]:
    return {
        "iss": forger.issuer,
        "aud": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "j-1",
        "events": {LOGOUT_EVENT: {}},
        "sub": UID,
        "sid": "s-1",
        **more,
    }


async def goodbye(site: Site, token: str) -> int:
    sent = {"logout_token": token}
    answer = await site.browser.post("/sign-in/service/logout", data=sent)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def signed_in(site: Site, forger: Forger) -> None:
    assert (await come_back(site, forger, forger.signed)).status_code == 200
    assert await is_signed_in(site)


@pytest.mark.parametrize("left_out", ["sub", "sid", ""])
async def test_the_service_ends_the_session_by_its_own_name_or_by_whose_it_is(
    database: Database, forger: Forger, left_out: str
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)
        claims = logout_claims(forger)
        claims.pop(left_out, None)

        assert await goodbye(site, forger.signed(claims)) == 200
        assert not await is_signed_in(site)


async def test_another_session_of_the_service_is_not_ended(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)

        assert await goodbye(site, forger.signed(logout_claims(forger, sid="s-2"))) == 200
        assert await is_signed_in(site)


async def test_a_logout_token_counts_once_and_ends_nothing_that_began_after_it(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)
        token = forger.signed(logout_claims(forger))
        assert await goodbye(site, token) == 200
        site.clock.move(seconds=10)
        await signed_in(site, forger)

        assert await goodbye(site, token) == 400
        late = forger.signed(logout_claims(forger, jti="j-2"))
        assert await goodbye(site, late) == 200
        assert await is_signed_in(site)


@pytest.mark.parametrize(
    "wrong",
    {
        "another issuer": _with(iss="https://other.example"),
        "another audience": _with(aud="somebody-else"),
        "it is over": _with(exp=NOW - 31),
        "made long ago": _with(iat=NOW - HOUR),
        "a nonce: an ID token": _with(nonce="n"),
        "no event": _without("events"),
        "another event": _with(events={"https://other.example": {}}),
        "an event that is a word": _with(events=LOGOUT_EVENT),
        "no name of its own": _without("jti"),
        "a name that is a number": _with(jti=7),
    }.items(),
    ids=lambda wrong: wrong[0],
)
async def test_a_logout_token_that_is_wrong_in_one_thing_ends_nothing(
    database: Database, forger: Forger, wrong: tuple[str, Change]
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)
        claims = logout_claims(forger)
        wrong[1](claims)

        assert await goodbye(site, forger.signed(claims)) == 400
        assert await is_signed_in(site)


async def test_a_logout_token_that_means_nobody_ends_nothing(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)
        claims = logout_claims(forger)
        del claims["sub"], claims["sid"]

        assert await goodbye(site, forger.signed(claims)) == 400
        assert await is_signed_in(site)


@pytest.mark.parametrize(
    "made_by",
    ["signed_by_another", "signed_with_the_public_key", "unsigned"],
)
async def test_a_forged_logout_token_ends_nothing(
    database: Database, forger: Forger, made_by: str
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)

        assert await goodbye(site, getattr(forger, made_by)(logout_claims(forger))) == 400
        assert await goodbye(site, "") == 400
        assert await is_signed_in(site)


async def test_forged_logout_tokens_do_not_make_us_ask_the_service_again_and_again(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await signed_in(site, forger)
        site.clock.move(seconds=61)
        forger.asked.clear()
        for number in range(20):
            token = forger.signed(logout_claims(forger), kid=f"made-up-{number}")
            assert await goodbye(site, token) == 400

        assert forger.asked.count("/jwks") == 1


async def test_the_pages_know_when_the_service_went_and_that_it_is_back(
    database: Database, forger: Forger
) -> None:
    async with a_site(database, forger) as site:
        await look_after_service(site.platform, None)
        assert "does not answer" not in (await site.get("/sign-in")).text
        forger.down = True
        site.clock.move(minutes=7)
        await look_after_service(site.platform, None)
        assert "does not answer since 12:07" in (await site.get("/sign-in")).text
        forger.down = False
        await look_after_service(site.platform, None)
        assert "does not answer" not in (await site.get("/sign-in")).text
