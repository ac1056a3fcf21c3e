"""The peers on screen, for an IT officer: light and dark, narrow and wide, with the keyboard."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from standfast.cli.node import addresses, embedded
from standfast.cli.site_card import decide
from standfast.replication.details import details_of
from standfast.replication.model import JoinPeer, MakeCard, RecordFork, RecordStopped
from standfast.replication.wire import packed_rows
from standfast.settings import Settings
from standfast.vault.vault import Vault
from tests.browser.desk import Desk
from tests.replication.examples import CODE
from tests.replication.world import Writes, card_of, key_of
from tests.support.database import run_apart
from tests.support.look import faults_everywhere
from tests.support.node import Node

pytestmark = pytest.mark.browser

STANDINGS = """
    INSERT INTO exchange.peers (peer, answered_at, failed_at, trouble, behind, behind_since) VALUES
        ('whitby', now(), NULL, '', 17, now() - interval '8 seconds'),
        ('kingsmoor', now() - interval '2 hours', now(), 'nothing answers at its address', 0, NULL),
        ('northgate', now(), NULL, '', 0, NULL);
    INSERT INTO exchange.held
    SELECT 'whitby', origin, max(seq) - 3, '', now() FROM journal GROUP BY origin;
"""


def test_the_peers_page_is_in_order_and_cuts_and_restores(
    sit_down: Callable[..., Desk], node: Node
) -> None:
    sam = sit_down("sam.whitlock").go("/replication/peers")
    sam.sees("standfast site init").sees("standfast site join HOST:PORT")
    assert faults_everywhere(sam.page) == ()
    run_apart(_join(node))
    sam.go("/replication/peers").sees("Two histories").sees("Silent").sees("17 rows")
    assert faults_everywhere(sam.page) == ()
    sam.go("/replication/peers/castlegate").sees("Two histories of castlegate.1.0")
    assert faults_everywhere(sam.page) == ()
    sam.go("/replication/peers/whitby").sees("count for nothing")
    assert faults_everywhere(sam.page) == ()
    sam.page.get_by_label("From which row on?").fill("42")
    sam.page.get_by_label("Why is it cut off?").fill("Broken into")
    sam.page.get_by_role("button", name="Cut it off now").press("Enter")
    sam.sees("Cut off at").sees("Undo the cut")
    assert faults_everywhere(sam.page) == ()
    sam.page.get_by_label("Why is it restored?").fill("Built anew")
    sam.page.get_by_role("button", name="Restore it").press("Enter")
    sam.sees("Cut it off now")
    assert sam.faults == []


async def _join(node: Node) -> None:
    """Let the node have a card and four peers, each in another state."""
    postgres = embedded(node.data)
    assert postgres is not None
    where = addresses(postgres)
    settings = Settings(
        database_url=where.app,
        reader_url=where.reader,
        owner_url=where.owner,
        data=node.data,
        demonstration=True,
    )
    vault = Vault.open(node.data, clock=lambda: datetime.now(UTC))
    own = card_of(settings.site, addresses=("harrowmere.example:8412",))
    details = details_of(own)
    await decide(
        settings,
        vault,
        MakeCard(org=settings.receiving_org, details=details, by="Sam Whitlock"),
    )
    for name in ("whitby", "kingsmoor", "northgate", "castlegate"):
        card = card_of(name, addresses=(f"{name}.example:8412",))
        joining = JoinPeer(details=details_of(card), code=CODE, by="Sam Whitlock")
        await decide(settings, vault, joining)
    now, key = datetime.now(UTC), key_of("castlegate")
    for command in (
        RecordStopped(peer="northgate", origin="whitby.1.0", seq=812, why="changed", at=now),
        RecordFork(
            peer="whitby",
            origin="castlegate.1.0",
            seq=1,
            ours=packed_rows(Writes("castlegate.1.0", "castlegate-care", key).write(1)),
            theirs=packed_rows(
                Writes("castlegate.1.0", "castlegate-care", key).write(
                    1, stream="calls.case/another"
                )
            ),
            at=now,
        ),
    ):
        await decide(settings, vault, command)
    postgres.administer(STANDINGS, "standfast")
