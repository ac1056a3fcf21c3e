"""Pages on the real shelf: folded into the same rows, and what has no business here left out."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from standfast.app import PROJECTIONS
from standfast.directory.model import SERVICE, ListService
from standfast.facts.directory import ServiceDetails, ServiceListed
from standfast.facts.replication import CutFrom
from standfast.journal import rebuild as rebuilding
from standfast.journal.codec import encode
from standfast.journal.database import connect
from standfast.journal.foreign import HOME
from standfast.kernel.geo import Point
from standfast.replication.courier import Fork, Forked
from standfast.replication.details import details_of
from standfast.replication.model import CutPeer, JoinPeer, RestorePeer
from standfast.replication.proving import Proved, Why, Wrong
from tests.identity.world import load_world
from tests.replication.two import Node, node_of
from tests.replication.world import Writes, card_of, key_of
from tests.support.database import Database
from tests.support.sealed import hand_over, sealing
from tests.support.site import NOON, make_tables, open_site

pytestmark = pytest.mark.anyio

OURS = "whitby-care"
THEIRS = "hub-care"


async def keys_go(here: Database, there: Database) -> None:
    """Let *there* have the data keys of *here*, as two sites of one provider do."""
    one, other = await connect(here.owner_dsn), await connect(there.owner_dsn)
    try:
        await hand_over(one, other)
    finally:
        await one.close()
        await other.close()


async def tables(database: Database, *, by_rebuild: bool = False) -> dict[str, str]:
    """Return a hash of each read model, but for those that hold at their own site alone."""
    owner = await connect(database.owner_dsn)
    try:
        compared = await rebuilding.check(owner, PROJECTIONS, sealing=sealing())
    finally:
        await owner.close()
    if not by_rebuild:
        assert {table: was for table, (was, _) in compared.items()} == {
            table: again for table, (_, again) in compared.items()
        }
    return {
        table: again
        for table, (_, again) in compared.items()
        if table.partition("_")[0] not in HOME
    }


async def all_of(database: Database, sql: str, *values: object) -> list[tuple[Any, ...]]:
    owner = await connect(database.owner_dsn)
    try:
        return [tuple(row) for row in await owner.fetch(sql, *values)]
    finally:
        await owner.close()


async def names(database: Database) -> list[str]:
    found = await all_of(database, "SELECT name FROM directory_services ORDER BY name")
    return [each[0] for each in found]


async def left_out(database: Database) -> list[tuple[Any, ...]]:
    return await all_of(
        database, "SELECT origin, seq, why FROM journal_left_out ORDER BY origin, seq"
    )


def service(service_id: str, name: str, org: str = THEIRS) -> ServiceDetails:
    return ServiceDetails(
        service_id=service_id,
        org=org,
        name=name,
        kind="Pharmacy",
        point=Point(1.0, 1.0),
        address=(),
        postcode="HM5 1AA",
        phone="01632 960555",
        always_open=True,
        hours=(),
        closed_on=(),
        needs=("pharmacy",),
        age_from=0,
        age_to=120,
        sex=None,
        referral_note="",
        public_note="",
        must_book=False,
        within_metres=None,
    )


def listed(service_id: str, name: str, org: str = THEIRS) -> tuple[str, bytes]:
    details = service(service_id, name, org)
    return encode(ServiceListed(service=details, listed_at=NOON, by="Somebody"))


class Hub:
    """A peer whose journal these tests write as they like, signed with its own key."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.writes = Writes("hub.1.0", THEIRS, key_of("hub"))
        self._given = 0

    async def lists(
        self, service_id: str, name: str, *, org: str = THEIRS, stream: str = ""
    ) -> None:
        """Write one fact into the hub's journal, and let the node take it."""
        await self.says(
            stream or f"directory.service/{service_id}", listed(service_id, name, org)
        )

    async def says(self, stream: str, fact: tuple[str, bytes]) -> None:
        self.writes.write(1, stream=stream, fact=fact)
        await self.give()

    async def give(self) -> int:
        """Let the node take what was written since."""
        rows = tuple(self.writes.rows[self._given :])
        self._given = len(self.writes.rows)
        page = Proved(origin="hub.1.0", key=key_of("hub").public, entries=rows)
        return await self.node.shelf.take(page)


async def with_hub(node: Node) -> Hub:
    details = details_of(card_of("hub"))
    await node.decide(JoinPeer(details=details, code="CODE", by="IT officer"))
    return Hub(node)


async def test_all_that_happened_at_one_site_is_folded_at_another_into_the_same_rows(
    database_factory: Callable[..., Database],
) -> None:
    here, there = database_factory(make_tables), database_factory(make_tables)
    async with open_site(here) as site:
        await load_world(site)
        orgs = tuple(e[0] for e in await all_of(here, "SELECT DISTINCT org FROM journal"))
        async with (
            node_of(here, "harrowmere", organisations=orgs, site=site) as a,
            node_of(there, "whitby") as b,
        ):
            b.clock.now = a.clock.now
            await a.join(b)
            await b.join(a)
            await keys_go(here, there)
            assert await b.pull(a) == []

            assert await tables(there) == await tables(here, by_rebuild=True)
            before = await left_out(there)
            assert await b.pull(a) == []
            assert await left_out(there) == before
            counted = await all_of(there, "SELECT count(*) FROM replication_peers")
            assert counted == [(1,)]
            for table in ("identity_staff", "identity_sessions", "clients_clients"):
                assert await all_of(there, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


async def test_facts_of_another_site_fold_and_change_versions_that_workers_look_at(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        await hub.lists("p-1", "Quayside")
        assert await names(database) == ["Quayside"]
        state = await node.journal.state(SERVICE, "p-1")
        assert state.listed is not None
        assert state.listed.service.name == "Quayside"
        await hub.lists("p-1", "Quayside Pharmacy")
        again = await node.journal.state(SERVICE, "p-1")

        assert again.listed is not None
        assert again.listed.service.name == "Quayside Pharmacy"
        await tables(database)


async def test_another_sites_words_in_our_stream_are_held_and_count_for_nothing(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        command = ListService(service=service("p-1", "Ours", OURS), by="Us")
        await node.journal.execute(SERVICE, "p-1", command, actor="us", now=node.clock())
        for org in (THEIRS, OURS):
            await hub.lists("p-1", "Captured", org=org)

        assert await names(database) == ["Ours"]
        assert [why for *_, why in await left_out(database)] == ["org", "org"]
        await tables(database)


async def test_a_stream_of_ones_own_makes_no_row_of_another_organisation(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        await hub.lists("p-1", "In our name", org=OURS)

        assert await names(database) == []
        assert await left_out(database) == [("hub.1.0", 1, "fold")]
        await tables(database)


async def test_what_contradicts_our_own_rows_is_listed_and_stops_nothing(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        command = ListService(service=service("p-1", "Ours", OURS), by="Us")
        await node.journal.execute(SERVICE, "p-1", command, actor="us", now=node.clock())
        hub.writes.write(1, stream="directory.service/other", fact=listed("p-1", "The same id"))
        hub.writes.write(1, stream="directory.service/p-2", fact=listed("p-2", "Sound"))
        await hub.give()

        assert await names(database) == ["Ours", "Sound"]
        assert await left_out(database) == [("hub.1.0", 1, "fold")]
        await tables(database)


async def test_who_may_sign_in_and_who_is_a_peer_is_each_sites_own_business(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        tag, body = "replication.peer_cut.v1", b"{}"
        await hub.says("replication.site/whitby", (tag, body))
        await hub.says("identity.staff/sam.whitlock", ("identity.staff_added.v1", b"{}"))

        assert [why for *_, why in await left_out(database)] == ["home", "home"]
        assert sorted((await node.shelf.decided()).peers) == ["hub"]
        state = await node.shelf.book()
        assert state.cut_off == frozenset()


async def test_a_fact_of_a_newer_program_is_held_and_stops_no_fold(database: Database) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        await hub.says("directory.service/p-1", ("directory.service_painted.v1", b"{"))
        await hub.lists("p-1", "Quayside")
        await hub.says("gardens.garden/1", ("gardens.garden_dug.v1", b"{}"))

        assert await names(database) == ["Quayside"]
        await tables(database)


async def test_a_cut_leaves_out_what_comes_after_it_and_a_restore_brings_it_back(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        await hub.lists("p-1", "First")
        await hub.lists("p-1", "Second")
        await hub.lists("p-2", "Third")
        assert await names(database) == ["Second", "Third"]
        worker = await node.journal.state(SERVICE, "p-1")
        assert worker.listed is not None
        cut = CutPeer(peer="hub", cuts=(CutFrom("", 2),), reason="It was broken into", by="Us")
        await node.decide(cut)
        await node.shelf.believe(await node.shelf.book())

        assert await names(database) == ["First"]
        assert await left_out(database) == [("hub.1.0", 2, "cut"), ("hub.1.0", 3, "cut")]
        after = await node.journal.state(SERVICE, "p-1")
        assert after.listed is not None
        assert after.listed.service.name == "First"
        assert "hub" in (await node.shelf.book()).cut_off
        await tables(database)
        await node.decide(RestorePeer(peer="hub", reason="It was ours", by="Us"))
        await node.shelf.believe(await node.shelf.book())
        assert await names(database) == ["Second", "Third"]
        assert await left_out(database) == []
        again = await node.journal.state(SERVICE, "p-1")
        assert again.listed is not None
        assert again.listed.service.name == "Second"
        await tables(database)


async def test_who_was_stopped_stays_so_until_people_restore_or_the_card_is_newer(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        await with_hub(node)
        await node.shelf.name("hub", Wrong("hub.1.0", 4, Why.CHANGED))
        await node.shelf.name("hub", Wrong("hub.1.1", 1, Why.WRONG_ORG))
        await node.shelf.name("hub", Wrong("hub.1.2", 1, Why.AHEAD))
        assert (await node.shelf.book()).stopped == {("hub", "hub.1.0"), ("hub", "hub.1.1")}
        newer = card_of("hub", number=2, organisations=(THEIRS, "hub-ambulance"))
        assert await node.shelf.renewed("hub", newer.packed())
        assert not await node.shelf.renewed(
            "hub", card_of("hub", number=3, organisations=(THEIRS, OURS)).packed()
        )
        await node.decide(JoinPeer(details=details_of(newer), code="CODE", by="Us"))

        assert (await node.shelf.book()).stopped == {("hub", "hub.1.0")}


async def test_a_fork_stops_the_origin_until_people_settle_it(database: Database) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        await hub.lists("p-1", "First")
        ours = await node.shelf.row("hub.1.0", 1)
        assert ours is not None
        fork = Fork(origin="hub.1.0", seq=1, peer="hub", ours=ours, theirs=(ours,))
        await node.shelf.fork(fork)
        assert (await node.shelf.book()).forked == {"hub.1.0"}
        answer = await node.lending.page("hub.1.0", 1, bytes(32))
        assert isinstance(answer, Forked)
        assert answer.rows == (ours,)


async def test_a_page_goes_from_a_row_to_a_signed_one_and_follows_on(
    database: Database,
) -> None:
    async with node_of(database, "whitby") as node:
        hub = await with_hub(node)
        hub.writes.write(30, stream="directory.need/1")
        hub.writes.write(5, stream="directory.need/2")
        await hub.give()
        first = await node.lending.page("hub.1.0", 0, bytes(32))
        assert not isinstance(first, Forked)
        assert [row.seq for row in first] == list(range(1, 36))
        rest = await node.lending.page("hub.1.0", 30, hub.writes.rows[29].hash)
        assert not isinstance(rest, Forked)
        assert list(rest) == hub.writes.rows[30:]
        assert await node.lending.page("hub.1.0", 35, hub.writes.rows[34].hash) == ()
        assert await node.lending.page("nobody.1.0", 0, bytes(32)) == ()


async def test_a_third_sites_rows_are_lent_only_where_it_has_joined_the_peer_itself(
    database_factory: Callable[..., Database],
) -> None:
    one, two = database_factory(make_tables), database_factory(make_tables)
    async with node_of(one, "whitby") as whitby, node_of(two, "harrowmere") as harrowmere:
        await whitby.join(harrowmere)
        await harrowmere.join(whitby)
        await with_hub(whitby)
        book = await whitby.shelf.book()
        assert await whitby.lending.may_hold("hub", book) == {"whitby", "hub"}
        await with_hub(harrowmere)
        assert await whitby.pull(harrowmere) == []
        assert await whitby.lending.may_hold("hub", book) == {"whitby", "hub", "harrowmere"}
        await harrowmere.decide(
            CutPeer(peer="hub", cuts=(CutFrom("", 1),), reason="Broken into", by="Us")
        )
        await whitby.pull(harrowmere)
        assert await whitby.lending.may_hold("hub", book) == {"whitby", "hub"}
        assert await whitby.lending.may_hold("nobody", book) == frozenset()


async def test_the_exchanges_role_changes_no_row_and_reads_no_key(database: Database) -> None:
    connection = await asyncpg.connect(database.exchange_dsn)
    try:
        for sql in (
            "UPDATE journal SET body = 'x'",
            "DELETE FROM journal",
            "TRUNCATE journal",
            "SELECT * FROM tenancy.keys",
            "SELECT * FROM tenancy.doors",
            "SELECT * FROM journal_contents",
            "SELECT * FROM read.calls_cases",
            "SELECT * FROM read.identity_sessions",
            "SELECT pg_notify('standfast', 'x')",
            "SELECT tenancy.sign('x')",
            "SELECT tenancy.rotate()",
            "CREATE TABLE mine (a int)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()
