"""A node for each file, one Chromium for all; a browser of their own for whoever sits down."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser.desk import Desk
from tests.browser.people import Town
from tests.support.database import open_folder
from tests.support.look import CHROMIUM_FLAGS
from tests.support.node import Node, a_node

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """One for this folder: while it runs, nothing else can run an event loop."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One for this folder; whoever sits down has a context of their own in it."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Run a demonstration node of this file's own: some of its tests kill it."""
    with (
        open_folder("standfast-browser-") as folder,
        a_node(folder, "--demo", "--no-ringing") as running,
    ):
        yield running


@pytest.fixture
def sit_down(chromium: Browser, node: Node) -> Iterator[Callable[..., Desk]]:
    """Let somebody sign in at a machine of their own: ``sit_down("amira.khan")``."""
    contexts: list[BrowserContext] = []

    def sit(staff_id: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Desk:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="Europe/London",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        return Desk(context, node).sign_in(staff_id)

    yield sit
    for context in contexts:
        context.close()


@pytest.fixture
def town(chromium: Browser, node: Node) -> Iterator[Town]:
    """Everybody who works in the county: ``town.handler()``, ``town.dispatcher()``."""
    place = Town(node, chromium)
    yield place
    place.close()
