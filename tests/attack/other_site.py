"""A page of another site, open in the browser of somebody who is signed in here."""

from functools import partial
from typing import Final

import asyncpg
import httpx
from msgspec import structs

from standfast.app import PAGES
from standfast.identity.permissions import Role
from standfast.web.pages import Page
from standfast.web.security import MACHINE_PATHS, SAFE_METHODS
from tests.attack.registry import Ground, Outcome, add, attack, got_through, refused
from tests.identity.examples import actor_in
from tests.identity.world import NOBODYS
from tests.support.site import Site
from tests.test_access import ALL, FORMS, filled, place_of

EVERYBODY: Final = structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL)

WRITING: Final = [
    page
    for page in PAGES
    if page.method not in SAFE_METHODS and not page.path.startswith(MACHINE_PATHS)
]
MACHINES: Final = [
    page
    for page in PAGES
    if page.method not in SAFE_METHODS and page.path.startswith(MACHINE_PATHS)
]

FORM: Final = "application/x-www-form-urlencoded"

FROM_ELSEWHERE: Final[dict[str, dict[str, str]]] = {
    "A form of another site": {
        "sec-fetch-site": "cross-site",
        "origin": "https://elsewhere.example",
    },
    "A form of another site, in a browser that hides where it comes from": {
        "sec-fetch-site": "cross-site",
        "origin": "null",
    },
    "A form of a neighbour under the same domain": {
        "sec-fetch-site": "same-site",
        "origin": "http://other.site",
    },
    "A form of a neighbour on another port": {
        "sec-fetch-site": "same-site",
        "origin": "http://site:8080",
    },
    "A form of another site, in an old browser": {"origin": "https://elsewhere.example"},
    "A form of no origin, in an old browser (sandboxed frame)": {"origin": "null"},
    "A form of a site that begins as ours does": {"origin": "http://site.elsewhere.example"},
    "A form of a site that ends as ours does": {"origin": "http://elsewhere-site"},
    "A form with our name before the at sign": {"origin": "http://site@elsewhere.example"},
    "A form that says same-origin and another origin": {
        "sec-fetch-site": "same-origin",
        "origin": "https://elsewhere.example",
    },
    "A form of nobody: neither header": {},
    "A form with a header that no browser sends": {"sec-fetch-site": "SAME-ORIGIN "},
}
"""What a browser says of where a form comes from, or what is sent instead."""


async def _entries(ground: Ground) -> int:
    owner = await asyncpg.connect(ground.database.owner_dsn)
    try:
        return int(await owner.fetchval("SELECT count(*) FROM journal"))
    finally:
        await owner.close()


async def _send(
    site: Site, page: Page, headers: dict[str, str], content_type: str = FORM
) -> httpx.Response:
    place = place_of(page) if "{" in page.path and not page.path.startswith(NOBODYS) else None
    site.browser.headers.pop("sec-fetch-site", None)
    body = httpx.Request("POST", "http://site", data=dict(FORMS.get(page.path, {}))).content
    return await site.browser.request(
        page.method,
        filled(page.path, place),
        content=body if content_type == FORM else b"{}",
        headers={**headers, "content-type": content_type},
    )


async def _every_form(headers: dict[str, str], ground: Ground) -> Outcome:
    """Send every form that writes as its owner, from elsewhere; nothing may be written."""
    before = await _entries(ground)
    async with ground.site() as site:
        for page in WRITING:
            owned = "{" in page.path and not page.path.startswith(NOBODYS)
            org = place_of(page).owner if owned else EVERYBODY.org
            site.as_(structs.replace(EVERYBODY, org=org))
            status = (await _send(site, page, headers)).status_code
            if status != 403:
                return got_through(f"{page.name} answered {status}")
    if await _entries(ground) != before:
        return got_through("something was written")
    return refused(f"the guard, on each of {len(WRITING)} pages that write: 403")


for _name, _headers in FROM_ELSEWHERE.items():
    add(_name, "another site", partial(_every_form, _headers))


@attack("JSON sent as a form that needs no leave (text/plain)")
async def simple_types(ground: Ground) -> Outcome:
    """Even from our own origin, a script's page takes a script's media type only."""
    async with ground.site() as site:
        for page in WRITING:
            if page.path not in {"/device/entries", "/palette", "/policy-reports"}:
                continue
            for kind in ("text/plain", FORM, "multipart/form-data"):
                site.as_(EVERYBODY)
                ours = {"sec-fetch-site": "same-origin"}
                status = (await _send(site, page, ours, kind)).status_code
                if status < 400:
                    return got_through(f"{page.name} took {kind}")
    return refused("the door for JSON: 400")


@attack("A machine's page, opened by a person's session")
async def machine_pages(ground: Ground) -> Outcome:
    """Where the guard looks for no origin, a session must open nothing."""
    async with ground.site(demonstration=False) as site:
        site.as_(EVERYBODY)
        for page in MACHINES:
            answer = await _send(site, page, {"sec-fetch-site": "cross-site"})
            if answer.status_code < 400:
                return got_through(f"{page.name} answered {answer.status_code}")
    return refused(
        f"each of {len(MACHINES)} pages for machines: they ask for a key of their own"
    )


@attack("Our pages in a frame of another site")
async def framed(ground: Ground) -> Outcome:
    async with ground.site() as site:
        for page in PAGES:
            if page.method != "GET" or page.path == "/live":
                continue
            site.as_(EVERYBODY)
            headers = (await site.get(filled(page.path))).headers
            policy = headers.get("content-security-policy", "")
            if (
                "frame-ancestors 'none'" not in policy
                or headers.get("x-frame-options") != "DENY"
            ):
                return got_through(page.name)
    return refused("frame-ancestors and X-Frame-Options, on every answer")
