"""Somebody whose words reach a header or a redirect: every field of every form, every address."""

from collections.abc import Iterator
from typing import Final

import httpx
from msgspec import structs

from standfast.app import PAGES
from standfast.identity.permissions import Role
from standfast.web.pages import Page
from tests.attack.registry import Ground, Outcome, attack, got_through, refused
from tests.identity.examples import actor_in
from tests.identity.world import NOBODYS
from tests.support.fields import FIELDS, values_for
from tests.support.site import Site
from tests.test_access import ALL, ENDLESS, filled, place_of

WORDS: Final = (
    "x\r\nx-evil: 1",
    "x\nset-cookie: evil=1",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\u010d\u010ax-evil: 1",  # a reader that drops the upper byte sees CR LF
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/%0d%0ax-evil:%201",
    'x"; filename="evil.exe',
)
ASKED: Final = ("next", "return", "return_to", "back", "url", "redirect", "q", "part", "to")


async def _answers(site: Site, page: Page) -> Iterator[httpx.Response]:
    place = place_of(page) if "{" in page.path and not page.path.startswith(NOBODYS) else None
    path = filled(page.path, place)
    found = []
    for words in WORDS:
        if page.method == "GET":
            found.append(await site.browser.get(path, params=dict.fromkeys(ASKED, words)))
        else:
            sent = {**values_for(words), **dict.fromkeys(ASKED, words)}
            found.append(await site.post(path, sent))
    return iter(found)


def _wrong(answer: httpx.Response) -> str:
    if "x-evil" in answer.headers or "evil" in answer.headers.get("set-cookie", ""):
        return "a header was added"
    where = answer.headers.get("location", "/")
    if not where.startswith("/") or where.startswith(("//", "/\\")) or "evil" in where:
        return f"it leads to {where}"
    named = answer.headers.get("content-disposition", "")
    return "a file was named" if "evil" in named else ""


@attack("Break a header, or lead somebody elsewhere, from every field of every page")
async def every_field(ground: Ground) -> Outcome:
    tried = 0
    async with ground.site() as site:
        for page in PAGES:
            if page.path in ENDLESS:
                continue
            owned = "{" in page.path and not page.path.startswith(NOBODYS)
            who = structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL)
            site.as_(structs.replace(who, org=place_of(page).owner) if owned else who)
            for answer in await _answers(site, page):
                tried += 1
                if why := _wrong(answer):
                    return got_through(f"{page.name}: {why}")
                if answer.status_code >= 500 and page.path != "/readyz":
                    return got_through(f"{page.name} broke: {answer.status_code}")
    if not FIELDS:
        return got_through("no field was found to try")
    return refused(f"every page, {tried} times: no header added, nobody led elsewhere")
