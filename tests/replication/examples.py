"""A site that exchanges with another, as its IT officer sees it."""

from standfast.replication.details import details_of
from standfast.replication.model import EXCHANGE, JoinPeer, MakeCard
from tests.replication.world import card_of
from tests.support.site import PROVIDER, Site

PEER = "whitby"
CODE = "7F3K-2Q9X-04E5-RGTB-9M1C-ZZ8A"


async def make_card(site: Site) -> None:
    """Give the site a card of its own."""
    name = site.platform.settings.site
    card = card_of(name, organisations=(PROVIDER,), addresses=("harrowmere.example:8412",))
    command = MakeCard(org=PROVIDER, details=details_of(card), by="Sam Whitlock")
    await site.execute(EXCHANGE, name, command)


async def make_peer(site: Site) -> None:
    """Let the site exchange with another."""
    await make_card(site)
    card = card_of(PEER, addresses=("whitby.example:8412",))
    command = JoinPeer(details=details_of(card), code=CODE, by="Sam Whitlock")
    await site.execute(EXCHANGE, site.platform.settings.site, command)
