"""The whole exchange between sites: real databases, real sockets, mutual TLS."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import httpx
import pytest

from standfast.app import PROJECTIONS
from standfast.facts.replication import CutFrom
from standfast.journal import rebuild as rebuilding
from standfast.journal.database import connect
from standfast.journal.verify import verify
from standfast.outbound.peers import Silent, other_site
from standfast.replication import wire
from standfast.replication.model import CutPeer, RestorePeer
from standfast.vault.contexts import asking
from tests.replication.process import end, start
from tests.replication.real import PATIENCE, Real, bundle_of, der_of, edited, join, sites, until
from tests.support.database import Database, Databases
from tests.support.site import make_tables

pytestmark = [
    pytest.mark.anyio,
    # A line that is cut in the middle of a handshake: httpcore leaves its socket to the collector.
    pytest.mark.filterwarnings("ignore:unclosed resource <TCPTransport:ResourceWarning"),
]


@pytest.fixture
def make(database_factory: Callable[..., Database]) -> Callable[[], Database]:
    return lambda: database_factory(make_tables)


async def same(*all_: Real) -> bool:
    first, *others = [
        await each.rows("SELECT origin, seq, hash FROM journal ORDER BY origin, seq")
        for each in all_
    ]
    return all(other == first for other in others)


async def says_it_holds_all(here: Real, peer: str) -> bool:
    found = await here.rows(
        "SELECT unheld FROM tenancy.exchange_standing() WHERE peer = $1", peer
    )
    return found == [(0,)]


async def left_out(site: Real, why: str) -> int:
    ((found,),) = await site.rows("SELECT count(*) FROM journal_left_out WHERE why = $1", why)
    return int(found)


async def test_what_is_written_at_one_site_is_at_the_other_a_moment_later(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        await join(here, there)
        await here.up()
        await there.up()
        await here.write(30)
        await until(lambda: same(here, there))
        told = []
        for number in range(5):
            await here.write(1, begin=100 + 10 * number)
            told.append(await until(lambda: same(here, there)))

        assert min(told) < 1
        await until(lambda: says_it_holds_all(here, "whitby"))
        ((trouble, behind),) = await here.rows(
            "SELECT trouble, behind FROM tenancy.exchange_standing()"
        )
        assert (trouble, behind) == ("", 0)


async def test_with_the_hub_gone_the_sites_go_on_and_bring_it_up_when_it_is_back(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "hub", "harrowmere", "whitby") as (hub, here, there):
        await join(hub, here, there)
        for site in (hub, here, there):
            await site.up()
        await here.write(10)
        await until(lambda: same(hub, here, there))
        await hub.down()
        await here.write(10, begin=100)
        await there.write(10, begin=100)
        await until(lambda: same(here, there))
        assert await hub.holds("whitby") < await here.holds("whitby")
        await hub.up()
        await until(lambda: same(hub, here, there))


async def test_a_peer_whose_row_was_edited_is_stopped_and_an_honest_one_completes_the_page(
    make: Callable[[], Database], postgres: Databases
) -> None:
    async with sites(make, "hub", "harrowmere", "whitby") as (hub, here, there):
        await join(hub, here, there)
        await hub.up()
        await here.up()
        await here.write(40)
        await until(lambda: same(hub, here))
        await here.down()
        await hub.superuser(postgres.server, edited("harrowmere.1.0", 20))
        await there.up()
        wrong = "SELECT peer, origin, seq, why FROM exchange.wrong"
        await until(lambda: there.rows(wrong))
        assert await there.rows(wrong) == [("hub", "harrowmere.1.0", 20, "changed")]
        assert await there.holds("harrowmere") == 0
        await here.up()
        await until(lambda: same(here, there))
        bodies = await there.rows("SELECT count(*) FROM journal WHERE body = 'forged'")
        assert bodies == [(0,)]


async def test_only_a_certificate_of_the_cards_own_authority_is_answered(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        await join(here, there)
        await here.up()
        question = wire.packed_question({}, 0)
        shown = {
            "its own": bundle_of("whitby"),
            "our authority's, in its name": bundle_of("whitby", by="harrowmere"),
            "its authority's, in our name": bundle_of("harrowmere", by="whitby"),
            "a stranger's, in its name": bundle_of("whitby", by="stranger"),
        }
        answers = {}
        for whose, bundle in shown.items():
            site = other_site(
                "harrowmere",
                [f"127.0.0.1:{here.port}"],
                authority=der_of("harrowmere"),
                ours=bundle,
            )
            try:
                found = await site.ask(
                    "POST", "/exchange/heads", body=question, patience=5, limit=100_000
                )
                answers[whose] = int(found.status)
            except Silent:
                answers[whose] = 0
            await site.aclose()
        assert answers.pop("its own") == 200
        assert set(answers.values()) <= {0, 401}

        impostor = other_site(
            "harrowmere",
            [f"127.0.0.1:{here.port}"],
            authority=der_of("whitby"),
            ours=shown["its own"],
        )
        with pytest.raises(Silent, match="certificate"):
            await impostor.ask("GET", "/exchange/card", patience=5, limit=100_000)
        await impostor.aclose()


async def test_an_older_tls_gets_no_answer_and_a_stranger_no_more_than_the_card(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "harrowmere") as (here,):
        await join(here)
        await here.up()
        address = f"https://127.0.0.1:{here.port}/exchange"
        old = asking(bundle_of("whitby"), der_of("harrowmere"))
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        async with httpx.AsyncClient(verify=old) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{address}/card")
        stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
        async with httpx.AsyncClient(verify=stranger) as client:
            assert (await client.get(f"{address}/card")).status_code == 200
            kind = {"content-type": wire.KIND}
            asked = await client.post(
                f"{address}/heads", content=wire.packed_question({}, 0), headers=kind
            )
            assert asked.status_code == 401
            pages = await client.get(f"{address}/pages/harrowmere.1.0?after=0&hash={'0' * 64}")
            assert pages.status_code == 401
            junk = await client.post(f"{address}/card", content=b"junk", headers=kind)
            assert junk.status_code == 400


async def test_a_cut_and_a_restore_while_everything_runs(make: Callable[[], Database]) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        await join(here, there)
        await here.up()
        await there.up()
        await here.write(20)
        await until(lambda: same(here, there))
        rows = await there.holds("harrowmere")
        cut = CutPeer(peer="harrowmere", cuts=(CutFrom("", 11),), reason="Broken into", by="Us")
        await there.node.decide(cut)
        there.feed.announce({("whitby-care", "replication.site")})
        await until(lambda: _is(left_out(there, "cut"), rows - 10))
        await here.write(10, begin=100)
        await asyncio.sleep(0.3)
        assert await there.holds("harrowmere") == rows
        await there.node.decide(RestorePeer(peer="harrowmere", reason="Clean", by="Us"))
        there.feed.announce({("whitby-care", "replication.site")})
        await until(lambda: same(here, there))
        assert await left_out(there, "cut") == 0


async def _is(found: object, wanted: int) -> bool:
    return bool(await found == wanted)  # type: ignore[misc]


async def test_a_puller_that_is_killed_in_the_middle_of_a_page_loses_and_doubles_nothing(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        await join(here, there)
        await here.write(5000, at_once=100)
        await here.up()
        for _ in range(2):
            before = await there.holds("harrowmere")
            process = await start(there)
            await _until_more(there, before)
            end(process)  # SIGKILL
            assert before < await there.holds("harrowmere") < await here.holds("harrowmere")
            await _is_sound(there)
        await there.up()
        await until(lambda: same(here, there))
        await _is_sound(there)


async def _until_more(site: Real, than: int) -> None:
    owner = await connect(site.database.owner_dsn)
    try:
        count_ = "SELECT count(*) FROM journal WHERE origin LIKE 'harrowmere.%'"
        async with asyncio.timeout(PATIENCE):
            while await owner.fetchval(count_) <= than:  # noqa: ASYNC110 - another process's
                await asyncio.sleep(0.002)
    finally:
        await owner.close()


async def _is_sound(site: Real) -> None:
    """See that the chain proves, and that the rows are what a rebuild makes of it."""
    owner = await connect(site.database.owner_dsn)
    try:
        assert (await verify(owner)).fault is None
        compared = await rebuilding.check(owner, PROJECTIONS)
    finally:
        await owner.close()
    assert all(was == again for was, again in compared.values())


async def test_a_site_that_was_set_back_under_its_old_epoch_is_found_as_a_fork_by_both(
    make: Callable[[], Database],
) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        await join(here, there)
        await here.up()
        await there.up()
        await here.write(10)
        await until(lambda: same(here, there))
        await here.down()
        async with sites(make, "harrowmere") as (again,):
            again.port, again.bundle, again.numbers = here.port, here.bundle, count(10)
            await join(again, there)
            await again.write(30)
            await again.up()
            forks = "SELECT origin, peer FROM exchange.forks"
            await until(lambda: there.rows(forks))
            assert await there.rows(forks) == [("harrowmere.1.0", "harrowmere")]
            before = await there.holds("harrowmere")
            await again.write(10, begin=500)
            await asyncio.sleep(0.3)
            assert await there.holds("harrowmere") == before


async def test_rows_of_the_future_wait_and_stop_nobody(make: Callable[[], Database]) -> None:
    async with sites(make, "harrowmere", "whitby") as (here, there):
        here.node.clock.now += timedelta(hours=3)
        await join(here, there)
        await here.write(5)
        await here.up()
        await there.up()
        await until(lambda: there.rows("SELECT behind FROM exchange.peers WHERE behind > 0"))
        assert await there.holds("harrowmere") == 0
        assert (await there.node.shelf.book()).stopped == frozenset()
