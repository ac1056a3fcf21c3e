"""What somebody typed is shown and never run: on every page, in every print and every message.

The site is one in which every text that can be typed is a script (tests/support/rewritten.py).
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx
import pytest
from lxml import html
from msgspec import structs

from standfast.app import PAGES
from standfast.identity.permissions import MACHINES, Role
from standfast.web.pages import Page
from tests.attack.ground import make_ground
from tests.identity.examples import actor_in
from tests.identity.world import NOBODYS
from tests.support.database import Database, Databases
from tests.support.fields import values_for
from tests.support.rewritten import rewrite
from tests.support.site import Site, open_site
from tests.test_access import ALL, ENDLESS, filled, place_of

pytestmark = pytest.mark.anyio

SCRIPT: Final = "<img src=x onerror=alert(1)>"
PAYLOADS: Final = (
    SCRIPT,
    '"><script>alert(1)</script>',
    "' autofocus onfocus=alert(1) x='",
    "</textarea></title></script><svg onload=alert(1)>",
    "javascript:alert(1)//",
    "{{ 7*191 }}{% raw %}",
    '"-alert(1)-"',
    "--><iframe srcdoc='<b>'>",
)
RUNS: Final = frozenset({"img", "iframe", "object", "embed", "base", "math"})
READY: Final = "/readyz"
"""Says 503 where the site is not ready, and is right to."""

SHOWN: Final = [page for page in PAGES if page.method == "GET" and page.path not in ENDLESS]


@pytest.fixture(scope="module")
async def hostile_site(postgres: Databases) -> AsyncIterator[Database]:
    """One of everything, and each text of it a script."""
    database = postgres.fresh(make_ground)
    turn = iter(range(10**6))
    changed = await rewrite(postgres, database, lambda _: PAYLOADS[next(turn) % len(PAYLOADS)])
    assert changed > 100
    yield database
    postgres.drop(database)


def asking(site: Site, page: Page) -> str:
    """Sit down as the owner of what *page* shows; return its address."""
    owned = "{" in page.path and not page.path.startswith(NOBODYS)
    who = structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL)
    site.as_(structs.replace(who, org=place_of(page).owner) if owned else who)
    return filled(page.path, place_of(page) if owned else None)


def runs(answer: httpx.Response) -> Iterator[str]:
    """Yield each part of *answer* that a browser would run or follow, and that is not ours."""
    if answer.headers.get("x-content-type-options") != "nosniff":
        yield "no nosniff"
    if answer.headers.get("content-type", "").startswith("text/html"):
        for element in html.fromstring(answer.text or "<p>").iter("*"):
            if element.tag in RUNS and not is_small_picture(element):
                yield str(element.tag)
            if element.tag == "script" and (not element.get("src") or element.text):
                yield "script"
            yield from (
                f"{name}={value}" for name, value in element.items() if acts(name, value)
            )


def is_small_picture(element: html.HtmlElement) -> bool:
    """Return whether it is a picture that was drawn anew here, and says nothing else.

    The small one of a file on a case, or what was photographed of a paper form.
    """
    if element.tag != "img":
        return False
    keys, src = set(element.keys()), element.get("src", "")
    small = re.fullmatch(r"/files/cases/[0-9a-f-]{36}/[0-9a-f-]{36}/small", src)
    paper = re.fullmatch(r"/continuity/forms/[0-9a-f-]{36}/pictures/[0-9a-f-]{36}", src)
    named = {"src", "alt", "loading", "width", "height"}
    return (small is not None and keys == named) or (
        paper is not None and keys == {"src", "alt"}
    )


def acts(name: str, value: str) -> bool:
    """Return whether an attribute is run, or leads where only somebody's words could lead."""
    if name in ("href", "src", "action", "formaction"):
        return ":" in value.split("/", maxsplit=1)[0] and not value.startswith(
            ("tel:", "mailto:")
        )
    return name.startswith("on") or name in ("style", "srcdoc")


async def test_no_page_runs_what_somebody_typed(hostile_site: Database) -> None:
    ran = {}
    shown = 0
    async with open_site(hostile_site) as site:
        for page in SHOWN:
            if page.needs in MACHINES:
                continue
            answer = await site.get(asking(site, page))
            if found := sorted(set(runs(answer))):
                ran[page.name] = found
            assert answer.status_code < 500 or page.path == READY, page.name
            assert str(7 * 191) not in answer.text, page.name
            shown += "onerror=alert(1)&gt;" in answer.text

    assert ran == {}
    assert shown >= 15, "too few pages show what was typed: this would prove nothing"


async def test_no_answer_to_a_form_runs_what_was_sent_in_it(hostile_site: Database) -> None:
    """Every field of every form, filled in with a script: said back as words, or not at all."""
    ran = {}
    async with open_site(hostile_site) as site:
        for page in PAGES:
            if (
                page.method != "POST"
                or page.needs in MACHINES
                or page.path == "/identity/unlock"
            ):
                continue  # which asks for a session of its own, and this browser has no cookie
            for words in PAYLOADS:
                answer = await site.post(asking(site, page), values_for(words))
                if found := sorted(set(runs(answer))):
                    ran[page.name] = found
                assert answer.status_code < 500 or page.path == READY, page.name

    assert ran == {}


async def test_no_address_runs_what_is_asked_in_it(hostile_site: Database) -> None:
    ran = {}
    async with open_site(hostile_site) as site:
        for page in SHOWN:
            for words in PAYLOADS:
                answer = await site.get(asking(site, page), params=values_for(words))
                if found := sorted(set(runs(answer))):
                    ran[page.name] = found
                assert answer.status_code < 500 or page.path == READY, page.name

    assert ran == {}


async def test_the_palette_and_the_scripts_answers_are_data(hostile_site: Database) -> None:
    """What a script asks for is JSON, of its own type, and holds no way out of a script."""
    async with open_site(hostile_site) as site:
        site.as_(structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL))
        answer = await site.post_json("/palette", {"q": "alert"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.status_code == 200
