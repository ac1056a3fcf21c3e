"""No patient in any line of any log, nor in any address, whatever happens to whatever page.

One invented patient stands in every text of a whole site, and is typed into every field. What the
processes print while every page, form, entry, message, refusal, crash and timer runs is searched.
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import asyncpg
import httpx
import pytest
import structlog
from msgspec import structs
from starlette.requests import Request

from standfast.app import ENTRIES, PAGES, TIMERS
from standfast.identity.permissions import Role
from standfast.kernel.logs import configure_logs
from standfast.web.pages import Page
from standfast.web.rendering import Templates
from standfast.web.timers import run_timer
from tests.attack.ground import make_ground
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.identity.world import NOBODYS
from tests.interop.examples import JSON, XML
from tests.support.database import Database, Databases
from tests.support.fields import values_for
from tests.support.rewritten import rewrite
from tests.support.site import Site, open_site
from tests.test_access import ALL, ENDLESS, filled, place_of

pytestmark = pytest.mark.anyio

NAME: Final = "Zzyzxcanary"
NUMBER: Final = "9990123454"
PHONE: Final = "07700900417"
STREET: Final = "17 Quillfeather Row"
WORDS: Final = "swallowed a thimbleworth of bleach"
SAID_OF: Final = {
    "family": NAME,
    "given": NAME,
    "nhs_number": NUMBER,
    "phone": PHONE,
    "phones": PHONE,
    "number": PHONE,
    "address": STREET,
    "town": STREET,
}
CANARIES: Final = re.compile(
    rf"{NAME}|{NUMBER}|999 012 3454|{PHONE}|07700 900 417|Quillfeather|thimbleworth",
    re.IGNORECASE,
)
ADDRESS: Final = re.compile(r'\s(?:href|src|action|formaction|data-live)="([^"]*)"')


class Broken(Exception):
    """A page broke, with the patient in its hands."""


@pytest.fixture(scope="module")
async def patients_site(postgres: Databases) -> AsyncIterator[Database]:
    """One of everything, all of it of one patient."""
    database = postgres.fresh(make_ground)
    assert await rewrite(postgres, database, lambda name: SAID_OF.get(name, WORDS)) > 100
    yield database
    postgres.drop(database)


@pytest.fixture(autouse=True)
def logs_of_a_node() -> Iterator[None]:
    """Log as a node does."""
    before, hook = structlog.get_config(), sys.excepthook
    handlers, level = logging.root.handlers[:], logging.root.level
    configure_logs()
    logging.captureWarnings(capture=False)
    yield
    logging.root.handlers[:], sys.excepthook = handlers, hook
    logging.root.setLevel(level)
    structlog.configure(**before)


def asking(site: Site, page: Page) -> str:
    owned = "{" in page.path and not page.path.startswith(NOBODYS)
    who = structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL)
    site.as_(structs.replace(who, org=place_of(page).owner) if owned else who)
    return filled(page.path, place_of(page) if owned else None)


def addresses(answer: httpx.Response) -> set[str]:
    """Return every address in *answer* that names the patient."""
    found = {answer.headers.get("location", ""), str(answer.request.url)}
    if answer.headers.get("content-type", "").startswith("text/html"):
        found |= set(ADDRESS.findall(answer.text))
    return {each for each in found if CANARIES.search(each) and not each.startswith("tel:")}


async def every_page(site: Site) -> dict[str, set[str]]:
    """Ask for every page and send every form with the patient in all its fields."""
    named = {}
    for page in PAGES:
        if page.path in ENDLESS:
            continue
        path = asking(site, page)
        for words in (NAME, NUMBER, WORDS) if page.method != "GET" else ("",):
            sent = {**values_for(words), **SAID_OF} if words else None
            answer = await (site.post(path, sent) if sent else site.get(path))
            if found := addresses(answer):
                named[page.name] = found
    return named


def silent(capfd: pytest.CaptureFixture[str], *, at_least: str = "") -> None:
    """Hold that nothing printed names the patient, and that *at_least* was printed."""
    printed = capfd.readouterr()
    said = printed.out + printed.err
    assert at_least in said, "nothing was logged: this would prove nothing"
    assert sorted(set(CANARIES.findall(said))) == []


async def test_no_page_or_form_logs_or_addresses_a_patient(
    patients_site: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_site(patients_site) as site:
        shown = await site.get(asking(site, _page("GET /people/{person_id}")))
        assert CANARIES.search(shown.text), "the patient is nowhere: this would prove nothing"
        assert await every_page(site) == {}
    silent(capfd)


async def test_no_page_that_breaks_logs_what_it_held(
    patients_site: Database,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_: object, **__: object) -> str:
        raise Broken(f"{NAME} {NUMBER} {WORDS}")

    monkeypatch.setattr(Templates, "render", breaks)
    async with open_site(patients_site) as site:
        for page in PAGES:
            if page.path not in ENDLESS:
                path = asking(site, page)
                answer = await (
                    site.get(path) if page.method == "GET" else site.post(path, SAID_OF)
                )
                assert answer.status_code != 500 or not CANARIES.search(answer.text), page.name
    silent(capfd, at_least="web.broken")


async def test_no_error_of_the_database_is_logged_with_its_values(
    patients_site: Database,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL says in a detail which values stood in the way."""

    def breaks(*_: object, **__: object) -> str:
        error = asyncpg.UniqueViolationError("duplicate key")
        error.detail = f"Key (name)=({NAME}) already exists."
        raise error

    monkeypatch.setattr(Templates, "render", breaks)
    async with open_site(patients_site) as site:
        site.as_(structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL))
        for path in ("/people", "/calls/waiting", f"/calls/{CASE_ID}"):
            await site.get(path)
    silent(capfd, at_least="web.broken")


async def test_no_entry_of_a_device_is_logged(
    patients_site: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_site(patients_site) as site:
        site.as_(structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL))
        for entry in ENTRIES:
            bodies: list[Any] = [
                {},
                SAID_OF,
                dict.fromkeys(entry.command.__struct_fields__, WORDS),
            ]
            bodies.append({name: {NAME: [NUMBER]} for name in entry.command.__struct_fields__})
            for body in bodies:
                sent = {
                    "id": CASE_ID,
                    "case_id": CASE_ID,
                    "kind": entry.kind,
                    "at": "2026-11-22T12:00:00Z",
                    "body": body,
                }
                answer = await site.post_json("/device/entries", [sent])
                assert answer.status_code == 200, answer.text
        await site.post_json("/palette", {"q": NAME})
        await site.post_json("/palette", {"q": [NAME]})
    silent(capfd, at_least="device.bad_entry")


async def test_no_message_is_logged(
    patients_site: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(json.loads(JSON)).replace('"Doe"', f'"{NAME}"')
    bodies = [
        (text.encode(), "application/fhir+json"),
        (text[: len(text) // 2].encode() + NAME.encode(), "application/fhir+json"),
        (text.replace("new", NAME).encode(), "application/fhir+json"),
        (text.replace("9", NAME).encode(), "application/fhir+json"),
        (XML.replace(b"value=", f'value="{NAME}" id='.encode()), "application/fhir+xml"),
        (NAME.encode(), NAME),
    ]
    async with open_site(patients_site) as site:
        for body, kind in bodies:
            for name in ("X-Request-Id", "NHSD-Target-Identifier", "Accept"):
                headers = {"content-type": kind, name: NAME}
                await site.browser.post("/bars/$process-message", content=body, headers=headers)
        for path in (f"/bars/{NAME}", f"/{NAME}/{NUMBER}", f"/people/{NUMBER}?q={NAME}"):
            await site.get(path)
        event = {"event": NAME, "call_id": NAME, "number": NUMBER}
        await site.browser.post("/telephony/events", json=event)
    silent(capfd)


async def test_no_timer_that_breaks_logs_what_it_held(
    patients_site: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async def breaks(*_: object) -> None:
        raise Broken(NAME)

    async with open_site(patients_site) as site:
        for timer in TIMERS:
            looking = asyncio.ensure_future(timer.look(site.platform, site.clock()))
            await asyncio.wait(
                {looking}, timeout=1
            )  # one of them listens for as long as it lives
            looking.cancel()
            broken = structs.replace(timer, look=breaks)
            turning = asyncio.ensure_future(run_timer(broken, site.platform))
            for _ in range(3):  # its first turn breaks at once, and then it waits for the next
                await asyncio.sleep(0)
            turning.cancel()
    silent(capfd, at_least="timer.broke")


def _page(name: str) -> Page:
    return next(page for page in PAGES if page.name == name)


async def test_a_page_that_is_not_there_does_not_log_its_address(
    patients_site: Database,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def breaks(_: Request) -> None:
        raise Broken(NAME)

    async with open_site(patients_site, real_sign_in=True) as site:
        monkeypatch.setattr("standfast.app.authenticate", breaks)
        object.__setattr__(site.platform, "authenticate", breaks)
        for path in (f"/people/{NAME}", f"/people/{NUMBER}", f"/{NAME}"):
            await site.get(path)
    silent(capfd, at_least="web.broken")
