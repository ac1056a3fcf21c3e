"""The gate in front of BaRS: who comes in, how much of them, and what everybody else is told."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from standfast.clients.model_calls import SWITCH, TurnApiOff, TurnApiOn
from standfast.clients.pages import write_counts
from standfast.clients.tables import uses
from standfast.facts.clients import Quota, Scope
from tests.clients.examples import (
    CLIENT_ID,
    SAM,
    ask,
    assertion,
    read,
    register,
    send,
    token_for,
)
from tests.interop.examples import XML, changed
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio


def outcome(answer: httpx.Response) -> tuple[int, str, str]:
    """Return the status, BaRS's code and FHIR's of a refusal."""
    said = answer.json()
    assert said["resourceType"] == "OperationOutcome"
    issue = said["issue"][0]
    return answer.status_code, issue["details"]["coding"][0]["code"], issue["code"]


async def referrals(site: Site) -> int:
    count: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE type = 'interop.referral_received.v1'"
    )
    return count


async def test_a_token_that_is_not_right_is_refused_in_fhir_with_a_challenge(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site)
        good = await token_for(site)
        for shown in ("0" * 64, good[:-1], good.upper(), "x" * 500, f"{good} {good}"):
            answer = await read(site, shown)

            assert outcome(answer) == (401, "REC_UNAUTHORIZED", "security")
            assert answer.headers["www-authenticate"].startswith('Bearer realm="standfast"')
        basic = await send(site, "", authorization="Basic YTpi")
        assert outcome(basic) == (401, "REC_UNAUTHORIZED", "security")


async def test_a_live_site_takes_tokens_and_never_a_shared_key(database: Database) -> None:
    live: dict[str, Any] = {"demonstration": False, "api_url": "http://site"}
    async with open_site(database, **live) as site:
        await register(site)

        assert outcome(await send(site, ""))[0] == 401
        assert outcome(await send(site, "demonstration"))[0] == 401
        assert outcome(await send(site, "a-key-of-this-site-alone"))[0] == 401
        assert (await send(site, await token_for(site))).status_code == 200


async def test_a_wrong_token_is_refused_even_on_the_demonstrations_own_machine(
    database: Database,
) -> None:
    async with open_site(database) as site:
        assert (await send(site, "nonsense")).status_code == 401
        assert (await send(site, "")).status_code == 200


async def test_a_client_sends_for_its_own_organisation_alone(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, speaks_for=("ZZ777",))

        answer = await send(site, await token_for(site))

        assert outcome(answer) == (403, "REC_FORBIDDEN", "forbidden")
        assert "Farrant" not in answer.text
        assert await referrals(site) == 0


async def test_a_token_of_one_scope_does_not_do_what_another_is_for(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site, scopes=(Scope.READ,))

        answer = await send(site, await token_for(site))

        assert outcome(answer) == (403, "REC_FORBIDDEN", "forbidden")
        assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_the_same_message_five_times_is_one_referral(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=600, in_flight=8))
        token = await token_for(site)

        answers = await asyncio.gather(*(send(site, token) for _ in range(5)))

        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 4]
        assert await referrals(site) == 1


async def test_a_client_over_its_limit_is_told_when_to_come_again(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=60))
        token = await token_for(site)  # counts as one

        answers = [await read(site, token) for _ in range(11)]

        assert [answer.status_code for answer in answers] == [200] * 9 + [429] * 2
        assert outcome(answers[-1]) == (429, "REC_TOO_MANY_REQUESTS", "throttled")
        assert answers[-1].headers["retry-after"] == "1"
        site.clock.move(seconds=1)
        assert (await read(site, token)).status_code == 200
        assert (await read(site, token)).status_code == 429


async def test_one_clients_limit_is_not_anothers(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=6))
        token = await token_for(site)
        assert (await read(site, token)).status_code == 429

        await register(site, client_id="another-one")
        other = await ask(site, assertion(NOON, iss="another-one", sub="another-one"))

        assert (await read(site, other.json()["access_token"])).status_code == 200


async def test_bytes_count_as_well_and_are_refused_before_they_are_read(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=600, kilobytes_per_minute=6 * 30))
        token = await token_for(site)

        first = await send(site, token)
        bodies = [changed('family value="Farrant', f'family value="Okoro{n}') for n in range(2)]
        later = [
            await send(
                site, token, body, x_request_id=f"0b6f1c3e-52aa-4e0f-9d5e-7a1f5b0c442{n}"
            )
            for n, body in enumerate(bodies)
        ]

        assert len(XML) > 15_000
        assert first.status_code == 200
        assert 429 in {answer.status_code for answer in later}


async def test_only_so_many_of_a_client_are_inside_at_once(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=6_000, in_flight=1))
        token = await token_for(site)

        answers = await asyncio.gather(*(send(site, token) for _ in range(6)))

        codes = {answer.status_code for answer in answers}
        assert {200, 429} <= codes <= {200, 409, 429}
        assert (await read(site, token)).status_code == 200, "places are given back"


async def test_a_process_takes_only_so_many_machines_at_once(database: Database) -> None:
    async with open_site(database, api_in_flight=1) as site:
        answers = await asyncio.gather(*(send(site, "demonstration") for _ in range(4)))

        busy = [answer for answer in answers if answer.status_code == 503]
        assert outcome(busy[0]) == (503, "REC_UNAVAILABLE", "transient")
        assert busy[0].headers["retry-after"] == "1"
        assert len(busy) < 4


async def test_workers_share_a_clients_limit(database: Database) -> None:
    async with open_site(database, workers=2) as one, open_site(database, workers=2) as two:
        await register(one, quota=Quota(per_minute=60))
        token = await token_for(one)

        taken = [
            (await read(site, token)).status_code for site in (one, two) for _ in range(10)
        ]

        assert taken.count(200) <= 10


async def test_an_address_that_sends_rubbish_is_no_longer_read(database: Database) -> None:
    async with open_site(database) as site:
        codes = [(await read(site, f"{n:064x}")).status_code for n in range(30)]

        assert codes[0] == 401
        assert codes[-1] == 429
        site.clock.move(minutes=1)
        assert (await read(site, "0" * 64)).status_code == 401


async def test_rubbish_from_its_address_does_not_stop_a_client_at_work(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site)
        token = await token_for(site)
        assert (await read(site, token)).status_code == 200
        for number in range(30):
            await read(site, f"{number:064x}")

        assert (await read(site, token)).status_code == 200


async def test_forged_assertions_do_not_use_up_a_clients_limit(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, quota=Quota(per_minute=6))
        for _ in range(5):
            assert (await ask(site, assertion(NOON, kid="second"))).status_code == 401

        assert (await ask(site, assertion(NOON))).status_code == 200


async def test_turned_off_the_api_takes_nothing_and_pages_go_on(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await register(site)
        token = await token_for(site)
        off = TurnApiOff(org=PROVIDER, reason="A partner sends nonsense", by="sam.whitlock")
        await site.execute(SWITCH, PROVIDER, off)
        site.clock.move(seconds=1)

        for answer in (await send(site, token), await send(site, "")):
            assert outcome(answer) == (503, "REC_UNAVAILABLE", "transient")
            assert answer.headers["retry-after"]
        refused = await ask(site, assertion(NOON))
        assert (refused.status_code, refused.json()["error"]) == (
            503,
            "temporarily_unavailable",
        )
        assert (await site.get("/healthz")).status_code == 200

        await site.execute(SWITCH, PROVIDER, TurnApiOn(org=PROVIDER, by="sam.whitlock"))
        site.clock.move(seconds=1)
        assert (await send(site, token)).status_code == 200


async def test_what_was_taken_and_refused_is_counted_and_never_line_by_line(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register(site, scopes=(Scope.READ,))
        token = await token_for(site)
        await read(site, token)
        await send(site, token)
        await send(site, token)
        await read(site, "f" * 64)
        await ask(site, assertion(NOON, kid="second"))

        await write_counts(site.platform, NOON)
        await write_counts(site.platform, NOON)

        found = {row.client_id: row for row in await uses(
            site.all_orgs, PROVIDER, (NOON - timedelta(days=7)).date()
        )}  # fmt: skip
        ours, nobodys = found[CLIENT_ID], found[""]
        assert (ours.accepted, ours.latest_at) == (2, NOON)
        assert {each.reason: each.count for each in ours.refused} == {
            "scope": 2,
            "assertion": 1,
        }
        assert {each.reason for each in nobodys.refused} == {"unknown_token"}
        written = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type = 'clients.calls_counted.v1'"
        )
        assert written == 2


async def test_machines_read_through_connections_of_their_own(database: Database) -> None:
    async with open_site(database) as site:
        here = site.platform

        assert here.apart is not None
        assert here.apart.db is not here.db
        assert here.apart.journal is not here.journal
