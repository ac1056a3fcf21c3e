"""Every route, for every role, for nobody, and for another organisation.

A new route with an id in its path fails here until ``tests/identity/world.py`` says whose it is.
"""

import re
from collections.abc import Mapping
from typing import Final

import httpx
import pytest
from msgspec import structs

from standfast.app import PAGES
from standfast.identity.permissions import MACHINES, ROLES, Role, permissions_of
from standfast.web.pages import ANYONE, SIGNED_IN, Page
from tests.identity.examples import actor_in
from tests.identity.world import NOBODYS, PLACES, Place, load_world
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

ENDLESS: Final = frozenset({"/live"})
"""A page that never ends; nothing but its guard can be tried."""

GUARDED: Final = [page for page in PAGES if page.needs not in {ANYONE, SIGNED_IN, *MACHINES}]
OWNED: Final = [
    page for page in PAGES if "{" in page.path and not page.path.startswith(NOBODYS)
]

ORGS: Final = {
    Role.DISPATCHER: "harrowmere-ambulance",
    Role.RECEPTIONIST: "kingsmoor-utc",
    Role.PHARMACIST: "quayside-pharmacy",
}

FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "/calls/{case_id}/patient": {"person_id": "p-margaret"},
    "/calls/{case_id}/book": {"slot_id": "slot-2"},
    "/calls/{case_id}/refer": {"service_id": "utc-1"},
    "/dispatch/incidents/{case_id}/send": {"vehicle_id": "hm-501"},
}
"""What a form must say before it is known whether the thing in its path is there."""

ALL: Final = permissions_of(ROLES)


def name_of(page: Page) -> str:
    return f"{page.method} {page.path}"


def place_of(page: Page) -> Place:
    """Return whose thing *page* is about. Raises KeyError for a route that nobody entered."""
    beginnings = [start for start in PLACES if page.path.startswith(start)]
    if not beginnings:
        raise KeyError(f"{name_of(page)}: say in tests/identity/world.py whose this is")
    return PLACES[max(beginnings, key=len)]


def filled(path: str, place: Place | None = None) -> str:
    """Return *path* with an id for each of its parts."""
    parts = place.parts if place else {}
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: parts.get(found[1], "nothing"), path)


async def ask(site: Site, page: Page, path: str) -> httpx.Response:
    """Ask for *path* as a person's browser does, with the least that its form needs."""
    if page.method == "GET":
        return await site.get(path)
    return await site.post(path, FORMS.get(page.path, {}))


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_is_let_in_exactly_where_the_table_says(
    database: Database, role: Role
) -> None:
    wrong = {}
    async with open_site(database, actor=actor_in(role, ORGS.get(role, PROVIDER))) as site:
        for page in GUARDED:
            status = (await ask(site, page, filled(page.path))).status_code
            expected = page.needs in ROLES[role].permissions
            if (status != 403) is not expected or status in (401, 500):
                wrong[name_of(page)] = status

    assert wrong == {}


async def test_whoever_is_not_signed_in_gets_nothing(database: Database) -> None:
    wrong = {}
    async with open_site(database, actor=None, demonstration=False) as site:
        for page in PAGES:
            if page.needs == ANYONE:
                continue
            answer = await ask(site, page, filled(page.path))
            expected: tuple[int, str | None]
            if page.method == "GET" and page.needs not in MACHINES:
                expected = (303, "/sign-in")
            else:
                expected = (401, None)
            if (answer.status_code, answer.headers.get("location")) != expected:
                wrong[name_of(page)] = answer.status_code

    assert wrong == {}


async def test_whoever_is_signed_in_gets_what_needs_no_more(database: Database) -> None:
    who = structs.replace(actor_in(Role.PHARMACIST), permissions=frozenset())
    wrong = {}
    async with open_site(database, actor=who) as site:
        for page in PAGES:
            if page.needs == SIGNED_IN and page.path not in ENDLESS:
                status = (await ask(site, page, filled(page.path))).status_code
                if status in (401, 403, 500):
                    wrong[name_of(page)] = status

    assert wrong == {}


@pytest.mark.parametrize("page", OWNED, ids=name_of)
def test_of_every_address_it_is_known_whose_it_is(page: Page) -> None:
    parts = set(re.findall(r"{(\w+)", page.path))

    assert parts <= set(place_of(page).parts)


async def test_another_organisations_id_is_not_there_however_much_one_may_do(
    database: Database,
) -> None:
    foreign = structs.replace(actor_in(Role.SUPERVISOR, "elsewhere-111"), permissions=ALL)
    found = {}
    async with open_site(database) as site:
        await load_world(site)
        site.as_(foreign)
        for page in OWNED:
            status = (await ask(site, page, filled(page.path, place_of(page)))).status_code
            if status != 404:
                found[name_of(page)] = status

    assert found == {}


async def test_the_owner_finds_what_the_foreigner_did_not(database: Database) -> None:
    missed = {}
    async with open_site(database) as site:
        await load_world(site)
        for page in OWNED:
            place = place_of(page)
            owner = structs.replace(actor_in(place.role, place.owner), permissions=ALL)
            status = (await ask(site.as_(owner), page, filled(page.path, place))).status_code
            if status in (401, 403, 404, 500):
                missed[name_of(page)] = status

    assert missed == {}
