"""There is no password: not in a table, a form, a setting, a command or a fact, nor a way past.

The door of 2022 was a password (controls 1 and 2).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import typer.main
from lxml import html as lxml_html
from msgspec import structs

from standfast.app import PAGES, SCHEMAS
from standfast.cli import app
from standfast.identity.permissions import MACHINES, ROLES, Role, permissions_of
from standfast.settings import Settings
from standfast.web.pages import ANYONE
from tests.identity.examples import actor_in, load_staff
from tests.identity.live import COOKIE, live_site
from tests.support.database import Database
from tests.support.site import Site, open_site
from tests.test_access import ENDLESS, ask, filled
from tests.test_architecture import OPEN_PAGES
from tools import facts

WORDS: Final = re.compile(
    r"pass_?(?:word|wd|phrase|code)|\bpwd\b|\bpin\b|secret_question", re.IGNORECASE
)

OF_MACHINES: Final = frozenset({"roster_key"})
"""A hub's public half, by which its roster is known."""

TEMPLATES: Final = sorted(facts.SOURCE.glob("**/templates/**/*.html"))
SCRIPTS: Final = sorted((facts.SOURCE / "web" / "static").glob("*.js"))


def test_no_table_has_a_column_for_one() -> None:
    assert [found for schema in SCHEMAS for found in WORDS.findall(schema)] == []


def test_no_fact_has_a_field_for_one() -> None:
    named = {f"{each.tag}: {name}" for each in facts.events() for name in each.fields}

    assert {name for name in named if WORDS.search(name)} == set()


def test_no_setting_is_one() -> None:
    named = set(Settings.__struct_fields__)

    assert {name for name in named if WORDS.search(name)} == set()
    assert {name for name in named if "secret" in name or name.endswith("_key")} == OF_MACHINES


def test_no_command_takes_one_as_an_option() -> None:
    """Custodians of the site's keys type theirs unseen; that opens a disk, and nobody's session."""
    assert {name for name in _options() if WORDS.search(name)} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_page_has_a_field_for_one(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert 'type="password"' not in text
    assert not re.search(r"(?:name|id|autocomplete)=\"[^\"]*password", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_makes_a_field_for_one(path: Path) -> None:
    assert "password" not in path.read_text(encoding="utf-8")


@pytest.mark.anyio
async def test_the_way_in_asks_for_nothing_but_a_key_and_a_name(database: Database) -> None:
    async with open_site(database, real_sign_in=True, demonstration=False) as site:
        page = lxml_html.fromstring((await site.get("/sign-in")).text)
        fields = {each.get("name") for each in page.xpath("//main//input")}

        assert fields == {"staff_id"}


@pytest.mark.anyio
@pytest.mark.parametrize("way", ["none", "made up", "chosen", "over", "locked", "left"])
async def test_no_route_opens_in_any_way_of_not_being_signed_in(
    database: Database, way: str
) -> None:
    """Every route, for each way of not being there: only what is open to anyone answers."""
    opened = {}
    async with live_site(database) as (site, sam, _):
        token = sam.browser.cookies[COOKIE]
        site.browser.cookies.set(COOKIE, token)
        await _make(site, way)
        for page in PAGES:
            if page.path in ENDLESS or page.name in OPEN_PAGES or page.needs in MACHINES:
                continue
            if page.needs == ANYONE or (way == "locked" and page.while_locked):
                continue
            status = (await ask(site, page, filled(page.path))).status_code
            if status not in (303, 401, 423):
                opened[page.name] = status

    assert opened == {}


@pytest.mark.anyio
async def test_a_name_alone_gets_nobody_in_on_a_live_site(database: Database) -> None:
    async with open_site(database, real_sign_in=True, demonstration=False) as site:
        await load_staff(site)
        for staff_id in ("sam.whitlock", "ruth.calder", ""):
            answer = await site.post("/sign-in", {"staff_id": staff_id})
            assert answer.status_code == 403
            assert COOKIE not in site.browser.cookies
        assert (await site.post("/identity/unlock")).status_code == 401


@pytest.mark.anyio
async def test_what_is_written_down_needs_a_proof_on_a_live_site_however_one_came(
    database: Database,
) -> None:
    """Offline or by a sign-in service: who has no fresh proof registers and enrols nobody."""
    everything = permissions_of(ROLES)
    for way in ("oidc", "roster", "persona"):
        who = structs.replace(
            actor_in(Role.IT_OFFICER), permissions=everything, way=way, offline=way == "roster"
        )
        async with open_site(database, actor=who, demonstration=False) as site:
            new = {"staff_id": "x.y", "name": "X", "title": "Y", "roles": "clinician"}
            assert (await site.post("/identity/register", new)).status_code == 428


async def _make(site: Site, way: str) -> None:
    """Put the browser in one way of not being signed in."""
    match way:
        case "none":
            site.browser.cookies.clear()
        case "made up":
            site.browser.cookies.clear()
            site.browser.cookies.set(COOKIE, "f" * 64)
        case "chosen":
            site.browser.cookies.clear()
            await site.post("/sign-in", {"staff_id": "sam.whitlock"})
        case "over":
            site.clock.move(hours=12)
        case "locked":
            site.clock.move(minutes=15)
        case _:
            await site.post("/sign-out")


def _options() -> Iterator[str]:
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        yield from (option for each in command.params for option in each.opts)
