"""Every screen that somebody can reach by following links, looked at as everybody would see it."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page

from tests.support.look import faults_everywhere

MOST_TABS: Final = 250

KEPT: Final = frozenset({"act"})
"""What in an address makes another screen; the rest chooses what stands on it."""

NO_SCREENS: Final = re.compile(
    r"/calls/(next|shell|new|[^/]+/call)$|\.(csv|pdf|svg|json)$|^/files/cases/[^/]+/[^/]+$"
)
"""Files, the way to the next call, and the call screen, which has tests of its own."""

NAMES: Final = re.compile(
    r"/[^/]*\d[^/]*(?=/|$)|(?<=/protocols)/.+|(?<=/services)/.+|(?<=/staff)/[^/]+\.[^/]+"
)
"""What in a path names one of many: an id, a protocol, a service, somebody by their staff id."""

_LINKS: Final = """links => links
  .map(link => new URL(link.getAttribute("href"), location).href)
  .filter(address => address.startsWith(origin))"""

_PRIMARY: Final = """() => {
  document.activeElement?.setAttribute("data-reached", "");
  const shown = [...document.querySelectorAll("main .button.primary")]
    .filter((button) => button.checkVisibility() && !button.disabled);
  return shown.filter((button) => !button.hasAttribute("data-reached")).length;
}"""
"""Marks what has the focus as reached; returns how many primary buttons are not."""


def screen(address: str) -> str:
    """Return which screen an address shows: ``/calls/{}/close`` for every case."""
    parts = urlsplit(address)
    path = NAMES.sub("/{}", parts.path)
    told = [f"{name}={value}" for name, value in parse_qsl(parts.query) if name in KEPT]
    return "?".join([path, *sorted(told)])


class Looker:
    """Looks at screens, each kind once, and remembers what is wrong with them."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, ...]] = {}

    @property
    def wrong(self) -> dict[str, tuple[str, ...]]:
        return {name: found for name, found in self.seen.items() if found}

    def look(self, page: Page, name: str = "") -> None:
        """Look at what *page* shows, light and dark, large, small and narrowest."""
        name = name or screen(page.url)
        if name not in self.seen:
            self.seen[name] = tuple(dict.fromkeys(_faults(page)))

    def look_around(self, page: Page, home: str) -> set[str]:
        """Look at *home* and at every kind of screen that links lead to; return which."""
        ahead, known = [home], {screen(home)}
        while ahead:
            page.goto(ahead.pop(0))
            self.look(page)
            for link in page.locator("main a[href], .workspaces a").evaluate_all(_LINKS):
                address = link.partition("#")[0]
                if screen(address) in known or NO_SCREENS.search(urlsplit(address).path):
                    continue
                known.add(screen(address))
                ahead.append(address)
        return known


def _faults(page: Page) -> Iterator[str]:
    yield from _out_of_reach(page)
    yield from faults_everywhere(page)


def _out_of_reach(page: Page) -> Iterator[str]:
    """Yield how many primary buttons the Tab key does not come to."""
    left = page.evaluate(_PRIMARY)
    for _ in range(MOST_TABS):
        if not left:
            return
        page.keyboard.press("Tab")
        left = page.evaluate(_PRIMARY)
    yield f"{left} primary buttons are not reached by Tab"
