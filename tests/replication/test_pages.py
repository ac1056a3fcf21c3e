"""The page Peers: who exchanges with this site, how each stands, cutting off and undoing it."""

import asyncpg
import pytest

from standfast.identity.permissions import ROLES, Role
from standfast.replication.model import EXCHANGE, RecordFork, RecordStopped
from standfast.replication.pages import note_findings
from standfast.replication.proving import Why
from tests.replication.examples import CODE, PEER, make_card, make_peer
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, open_site, somebody

pytestmark = pytest.mark.anyio

SAM = somebody(
    "sam", "Sam Whitlock", "it_officer", PROVIDER, *ROLES[Role.IT_OFFICER].permissions
)
READS = somebody("ines", "Ines Maro", "it_officer", PROVIDER, "replication.read")


async def exchange_says(database: Database, sql: str, *values: object) -> None:
    """Write what the exchange's own process keeps, as its own role."""
    connection = await asyncpg.connect(database.exchange_dsn)
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


async def test_a_site_alone_is_told_how_to_make_a_card_and_how_to_join(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        first = await site.get("/replication/peers")
        await make_card(site)
        with_card = await site.get("/replication/peers")

    assert "standfast site init" in first.text
    assert "standfast site join HOST:PORT" in first.text
    assert "harrowmere.example:8412" in with_card.text
    assert "No other site holds what is written here" in with_card.text


async def test_who_joined_when_and_how_it_stands(database: Database) -> None:
    async with open_site(database, actor=SAM, exchange_port=8412) as site:
        await make_peer(site)
        new = await site.get("/replication/peers")
        await exchange_says(
            database,
            "INSERT INTO exchange.peers (peer, answered_at, behind, behind_since)"
            " VALUES ($1, $2, 17, $2)",
            PEER,
            NOON,
        )
        well = await site.get("/replication/_peers")
        site.clock.move(minutes=5)
        await exchange_says(
            database, "UPDATE exchange.peers SET trouble = 'it did not answer in time'"
        )
        silent = await site.get("/replication/_peers")
        page = await site.get(f"/replication/peers/{PEER}")

    assert "Not asked yet" in new.text
    assert "17 rows" in well.text
    assert "Well" in well.text
    assert "Silent" in silent.text
    assert "It did not answer in time" in silent.text
    assert CODE in page.text
    assert "accepted by Sam Whitlock" in page.text
    assert "It has not said that it holds anything" in page.text


async def test_cutting_off_states_what_follows_and_is_undone_on_the_same_page(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        before = await site.get(f"/replication/peers/{PEER}")
        sent = {"from_row": "42", "reason": "Its disk was encrypted"}
        answer = await site.post(f"/replication/peers/{PEER}/cut", sent)
        after = await site.get(f"/replication/peers/{PEER}")
        again = await site.post(f"/replication/peers/{PEER}/restore", {"why": "Built anew"})
        restored = await site.get(f"/replication/peers/{PEER}")

    assert "count for nothing" in before.text
    assert "Calls, queues and the ambulance desk go on" in before.text
    assert answer.status_code == again.status_code == 303
    assert "Cut off" in after.text
    assert "Its disk was encrypted" in after.text
    assert "Restore it" in after.text
    assert "Cut it off now" in restored.text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"from_row": "0", "reason": "x"}, "Enter the first row"),
        ({"from_row": "ten", "reason": "x"}, "Enter the first row"),
        ({"from_row": "9" * 30, "reason": "x"}, "Enter the first row"),
        ({"from_row": "1", "reason": "  "}, "Enter why"),
        ({"from_row": "1", "reason": "x" * 201}, "Enter why"),
    ],
)
async def test_what_is_mistyped_is_said_at_the_field_and_cuts_nothing(
    database: Database, sent: dict[str, str], says: str
) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        answer = await site.post(f"/replication/peers/{PEER}/cut", sent)
        state = await site.state(EXCHANGE, site.platform.settings.site)

    assert answer.status_code == 422
    assert says in answer.text
    assert state.peers[PEER].cut is None


async def test_what_was_found_out_is_said_in_words_and_becomes_a_fact(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        await exchange_says(
            database,
            "INSERT INTO exchange.wrong (peer, origin, seq, why, card_number, at)"
            " VALUES ($1, 'whitby.1.0', 20, 'changed', 1, $2)",
            PEER,
            NOON,
        )
        await exchange_says(
            database,
            "INSERT INTO exchange.forks (origin, seq, peer, ours, theirs, at)"
            " VALUES ('whitby.1.1', 7, $1, 'a', 'b', $2)",
            PEER,
            NOON,
        )
        for _ in range(2):
            await note_findings(site.platform, NOON)
        page = await site.get("/replication/peers")
        one = await site.get(f"/replication/peers/{PEER}")
        written = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type LIKE 'replication.%_stopped.v1'"
            " OR type = 'replication.fork_found.v1'"
        )
        restored = await site.post(f"/replication/peers/{PEER}/restore", {"why": "Looked at"})
        after = await site.get("/replication/peers")

    assert "a row is not what was signed: somebody has changed it" in page.text
    assert "there are two histories of it" in page.text
    assert "Two histories of whitby.1.1 from row 7 on" in one.text
    assert written == 2
    assert restored.status_code == 303
    assert "Nobody has handed over anything that does not prove" in after.text


async def test_a_peer_that_is_none_any_more_holds_up_no_finding(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        await exchange_says(
            database,
            "INSERT INTO exchange.wrong (peer, origin, seq, why, card_number, at)"
            " VALUES ('gone', 'gone.1.0', 1, 'gap', 1, $1)",
            NOON,
        )
        await note_findings(site.platform, NOON)
        left = await site.all_orgs.fetch_value("SELECT count(*) FROM tenancy.exchange_found()")

    assert left == 0


async def test_who_only_reads_sees_no_button_and_may_not_cut(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        site.as_(READS)
        page = await site.get(f"/replication/peers/{PEER}")
        refused = await site.post(
            f"/replication/peers/{PEER}/cut", {"from_row": "1", "reason": "x"}
        )

    assert "Cut it off now" not in page.text
    assert refused.status_code == 403


async def test_the_same_twice_writes_nothing_and_a_restore_of_nothing_is_refused(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        await make_peer(site)
        key = site.platform.settings.site
        stop = RecordStopped(peer=PEER, origin="whitby.1.0", seq=3, why=Why.GAP.value, at=NOON)
        fork = RecordFork(
            peer=PEER, origin="whitby.1.0", seq=3, ours=b"a", theirs=b"b", at=NOON
        )
        for command in (stop, fork):
            assert len(await site.execute(EXCHANGE, key, command)) == 1
            site.clock.move(seconds=1)
            assert await site.execute(EXCHANGE, key, command) == ()
        await site.post(f"/replication/peers/{PEER}/restore", {"why": "Looked at"})
        again = await site.post(f"/replication/peers/{PEER}/restore", {"why": "Looked at"})

    assert again.status_code == 422
    assert "Nothing of whitby is cut or stopped" in again.text
