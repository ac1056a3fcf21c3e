"""The ground that attacks stand on: a site with one of everything, and a node that runs."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from tests.identity.world import load_world
from tests.support.database import Database
from tests.support.node import Node, a_node
from tests.support.site import make_tables, open_site


async def make_ground(database: Database) -> None:
    """Make the tables and one of everything that has an address."""
    await make_tables(database)
    async with open_site(database) as site:
        await load_world(site)


def node_starter(folder: Path, held: ExitStack) -> Callable[[], Node]:
    """Return a function that starts a demonstration node once; *held* stops it."""

    @cache
    def start() -> Node:
        return held.enter_context(a_node(folder, "--demo", "--no-ringing"))

    return start
