"""The token endpoint, on a running platform: who gets one, for what, and how often."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from standfast.clients.model import (
    CLIENT,
    AddKey,
    ChangeClient,
    EndClient,
    ResumeClient,
    RetireKey,
    SuspendClient,
)
from standfast.facts.clients import Algorithm, Quota, Scope
from tests.clients.examples import (
    ASSERTION_TYPE,
    CLIENT_ID,
    SAM,
    SENDER_ODS,
    ask,
    assertion,
    keys_of,
    private_key,
    read,
    register,
    send,
    token_for,
)
from tests.support.database import Database
from tests.support.site import NOON, open_site

pytestmark = pytest.mark.anyio


def error(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and OAuth's code of a refusal, which is never kept in a cache."""
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("algorithm", [Algorithm.RS512, Algorithm.ES384])
async def test_another_librarys_assertion_brings_a_token_that_sends_a_referral(
    database: Database, algorithm: Algorithm
) -> None:
    async with open_site(database) as site:
        await register(site, algorithm)

        answer = await ask(site, assertion(NOON, algorithm=algorithm), scope="bars.send")
        sent = await send(site, answer.json()["access_token"])

        assert answer.status_code == 200, answer.text
        assert answer.json() | {"access_token": ""} == {
            "access_token": "",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "bars.send",
        }
        assert sent.status_code == 200, sent.text
        actor = await site.all_orgs.fetch_value(
            "SELECT actor FROM journal WHERE type = 'interop.referral_received.v1'"
        )
        assert actor == f"client:{CLIENT_ID}"


async def test_nothing_kept_is_a_token(database: Database) -> None:
    async with open_site(database) as site:
        await register(site)

        token = await token_for(site)

        kept = await site.all_orgs.fetch_value(
            "SELECT string_agg(encode(body, 'escape'), '') FROM journal"
        )
        assert "clients.token_issued.v1" in kept
        assert token not in kept


async def test_an_assertion_serves_once_at_every_worker_and_after_a_restart(
    database: Database,
) -> None:
    signed = assertion(NOON)
    async with open_site(database) as one, open_site(database) as other:
        await register(one)
        answers = await asyncio.gather(
            *(ask(site, signed) for site in (one, other, one, other, one))
        )
        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 4]
    async with open_site(database) as later:
        assert error(await ask(later, signed)) == (401, "invalid_client")


async def test_a_clients_jti_is_no_other_clients(database: Database) -> None:
    async with open_site(database) as site:
        await register(site)
        await register(
            site, client_id="another-one", keys=keys_of(Algorithm.ES384, "a", "b")[1:]
        )
        other = assertion(
            NOON,
            key=private_key(Algorithm.ES384, 2),
            kid="b",
            jti="same",
            iss="another-one",
            sub="another-one",
        )

        assert (await ask(site, assertion(NOON, jti="same"))).status_code == 200
        assert (await ask(site, other)).status_code == 200


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": ""}, (400, "unsupported_grant_type")),
        ({"client_assertion_type": ""}, (400, "invalid_request")),
        ({"client_secret": "hunter2"}, (400, "invalid_request")),
        ({"client_id": "somebody-else"}, (400, "invalid_request")),
        ({"client_assertion": ""}, (401, "invalid_client")),
        ({"client_assertion": "a.b.c"}, (401, "invalid_client")),
        ({"client_assertion": "x" * 15_000}, (401, "invalid_client")),
        ({"client_assertion": "x" * 17_000}, (400, "invalid_request")),
        ({"scope": "bars.send admin"}, (400, "invalid_scope")),
        ({"scope": "BARS.SEND"}, (400, "invalid_scope")),
    ],
)
async def test_a_request_that_is_not_right_is_refused_in_oauths_words(
    database: Database, form: dict[str, str], expected: tuple[int, str]
) -> None:
    async with open_site(database) as site:
        await register(site)

        answer = await ask(site, assertion(NOON), **form)

        assert error(answer) == expected
        assert ("www-authenticate" in answer.headers) is (expected[0] == 401)
        assert answer.json()["error_description"]


async def test_nothing_may_be_sent_twice_and_only_a_form_is_read(database: Database) -> None:
    async with open_site(database) as site:
        twice = await site.browser.post(
            "/oauth/token",
            content=b"grant_type=client_credentials&grant_type=client_credentials",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        as_json = await site.browser.post(
            "/oauth/token", json={"grant_type": "client_credentials"}
        )

        assert error(twice) == (400, "invalid_request")
        assert error(as_json) == (400, "invalid_request")


async def test_a_scope_that_is_not_granted_is_left_out_and_none_at_all_is_refused(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site, scopes=(Scope.READ,))

        both = await ask(site, assertion(NOON), scope="bars.send bars.read")
        without = await ask(site, assertion(NOON))
        other = await ask(site, assertion(NOON), scope="bars.send")

        assert both.json()["scope"] == "bars.read"
        assert without.json()["scope"] == "bars.read"
        assert error(other) == (400, "invalid_scope")


async def test_who_is_registered_cannot_be_found_out(database: Database) -> None:
    """Unknown client, unknown key, another algorithm, bad signature: the same answer."""
    async with open_site(database) as site:
        await register(site)
        answers = [
            await ask(site, assertion(NOON, iss="nobody-here", sub="nobody-here")),
            await ask(site, assertion(NOON, kid="second")),
            await ask(site, assertion(NOON, key=private_key(Algorithm.ES384, 3))),
            await ask(site, assertion(NOON, algorithm=Algorithm.ES256)),
        ]

        assert len({answer.text for answer in answers}) == 1
        assert {error(answer) for answer in answers} == {(401, "invalid_client")}


async def test_a_new_key_and_an_old_one_overlap_until_the_old_one_is_retired(
    database: Database,
) -> None:
    new = keys_of(Algorithm.ES384, "first", "second")[1]
    async with open_site(database) as site:
        await register(site)
        await site.execute(CLIENT, CLIENT_ID, AddKey(key=new, by="sam"), actor=SAM)
        until = NOON + timedelta(days=7)
        retire = RetireKey(kid="first", valid_until=until, by="sam")
        await site.execute(CLIENT, CLIENT_ID, retire, actor=SAM)

        async def both() -> list[int]:
            now, key = site.clock(), private_key(Algorithm.ES384, 2)
            old = await ask(site, assertion(now))
            new = await ask(site, assertion(now, key=key, kid="second"))
            return [old.status_code, new.status_code]

        assert await both() == [200, 200]
        site.clock.move(days=7)
        assert await both() == [401, 200]


async def test_a_key_that_is_retired_at_once_takes_its_tokens_with_it(
    database: Database,
) -> None:
    new = keys_of(Algorithm.ES384, "first", "second")[1]
    async with open_site(database) as site:
        await register(site)
        await site.execute(CLIENT, CLIENT_ID, AddKey(key=new, by="sam"), actor=SAM)
        token = await token_for(site)
        assert (await read(site, token)).status_code == 200

        retire = RetireKey(kid="first", valid_until=site.clock(), by="sam")
        await site.execute(CLIENT, CLIENT_ID, retire, actor=SAM)

        assert (await read(site, token)).status_code == 401


async def test_a_suspended_client_has_no_token_and_gets_none_from_that_moment(
    database: Database,
) -> None:
    async with open_site(database) as site, open_site(database) as other_worker:
        await register(site)
        token = await token_for(site)
        assert (await read(other_worker, token)).status_code == 200

        suspend = SuspendClient(reason="Messages with wrong patients", by="sam")
        await site.execute(CLIENT, CLIENT_ID, suspend, actor=SAM)

        for worker in (site, other_worker):
            assert (await read(worker, token)).status_code == 401
            assert error(await ask(worker, assertion(NOON))) == (401, "invalid_client")

        site.clock.move(seconds=1)
        await site.execute(CLIENT, CLIENT_ID, ResumeClient(by="sam"), actor=SAM)
        assert (await read(site, token)).status_code == 401, "the old token stays void"
        assert (await read(site, await token_for(site))).status_code == 200


async def test_a_client_that_ended_never_comes_back(database: Database) -> None:
    async with open_site(database) as site:
        await register(site)
        token = await token_for(site)
        await site.execute(CLIENT, CLIENT_ID, EndClient(reason="Moved", by="sam"), actor=SAM)

        assert (await read(site, token)).status_code == 401
        assert error(await ask(site, assertion(NOON))) == (401, "invalid_client")


async def test_a_scope_that_is_taken_away_is_gone_from_tokens_too(database: Database) -> None:
    async with open_site(database) as site:
        await register(site)
        token = await token_for(site)
        change = ChangeClient(
            name="Harrowmere 999 dispatch",
            speaks_for=(SENDER_ODS,),
            scopes=(Scope.READ,),
            quota=Quota(),
            certificate_name="",
            by="sam",
        )
        await site.execute(CLIENT, CLIENT_ID, change, actor=SAM)

        sent = await send(site, token)

        assert sent.status_code == 403
        assert 'scope="bars.send"' in sent.headers["www-authenticate"]


async def test_a_token_ends_after_five_minutes(database: Database) -> None:
    async with open_site(database) as site:
        await register(site)
        token = await token_for(site)

        site.clock.move(seconds=299)
        assert (await read(site, token)).status_code == 200
        site.clock.move(seconds=1)
        late = await read(site, token)

        assert late.status_code == 401
        assert 'error="invalid_token"' in late.headers["www-authenticate"]


async def test_a_live_site_names_its_own_address_whatever_the_caller_says(
    database: Database,
) -> None:
    live: dict[str, Any] = {"demonstration": False}
    async with open_site(database, **live) as unset:
        assert error(await ask(unset, assertion(NOON))) == (503, "temporarily_unavailable")
    async with open_site(database, **live, api_url="https://api.harrowmere.example/") as site:
        await register(site)

        here = await ask(site, assertion(NOON))
        ours = await ask(
            site, assertion(NOON, aud="https://api.harrowmere.example/oauth/token")
        )

        assert error(here) == (401, "invalid_client")
        assert ours.status_code == 200


async def test_what_is_published_says_where_and_how(database: Database) -> None:
    async with open_site(database, api_url="https://api.harrowmere.example") as site:
        for path in ("oauth-authorization-server", "smart-configuration"):
            said = (await site.browser.get(f"/.well-known/{path}")).json()

            assert said["issuer"] == "https://api.harrowmere.example"
            endpoint = said["token_endpoint"]
            assert endpoint == "https://api.harrowmere.example/oauth/token"
            assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
            algorithms = said["token_endpoint_auth_signing_alg_values_supported"]
            assert {"RS512", "RS384", "ES384"} <= set(algorithms)


async def test_an_assertion_type_of_another_kind_is_refused(database: Database) -> None:
    other = ASSERTION_TYPE.replace("jwt-bearer", "saml2-bearer")
    async with open_site(database) as site:
        answer = await ask(site, assertion(NOON), client_assertion_type=other)

        assert error(answer) == (400, "invalid_request")
