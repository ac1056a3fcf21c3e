"""What a person sees, and what the log keeps, when a step fails."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from starlette.requests import Request

from standfast.app import PAGES
from standfast.identity.permissions import Role
from tests.identity.examples import actor_in
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site, somebody

SUPERVISOR = actor_in(Role.SUPERVISOR)
OURS = {"sec-fetch-site": "same-origin"}
AMIRA = somebody("amira.khan", "Amira Khan", "call_handler", PROVIDER, "people.find")


def broken(words: str) -> Callable[[Request], Coroutine[Any, Any, bool]]:
    async def breaks(_: Request) -> bool:
        raise ValueError(words)

    return breaks


async def test_a_page_that_breaks_says_what_to_do_and_logs_no_content(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        patient = "OKONKWO-BRIGHT 999 012 3454"
        monkeypatch.setattr("standfast.web.live._healthy", broken(patient))
        page = await site.get("/healthz")
        assert page.status_code == 500
        assert "Tell IT the reference" in page.text
        printed = capsys.readouterr()
        assert "web.broken" in printed.out + printed.err
        assert patient not in page.text + printed.out + printed.err


async def test_a_method_that_no_page_has_is_refused(database: Database) -> None:
    """TRACE repeats a request, cookie and all; nothing here answers it, or any other."""
    async with open_site(database, actor=AMIRA) as site:
        for page in PAGES:
            for method in ("TRACE", "CONNECT", "PROPFIND"):
                path = re.sub(r"{[^}]+}", "nothing", page.path)
                answer = await site.browser.request(method, path, headers=OURS)
                assert answer.status_code in (404, 405), (method, path, answer.status_code)


async def test_an_unknown_page_says_so_kindly(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert (await site.get("/nowhere")).status_code == 404


async def test_a_form_from_another_site_is_refused(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://elsewhere.example"},
        ):
            answer = await site.browser.post("/people/search", data={"q": "x"}, headers=headers)
            assert answer.status_code == 403


async def test_what_is_too_large_is_refused_before_it_is_read(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        answer = await site.browser.post(
            "/people/search", content=b"q=" + b"x" * 2_000_000, headers=_ours()
        )
        assert answer.status_code == 413
        trickle = await site.browser.post("/people/search", content=_slowly(), headers=_ours())
        assert trickle.status_code == 413


async def test_every_answer_tells_the_browser_what_it_may_load(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        for path in ("/sign-in", "/healthz", "/people", "/nowhere", "/openapi.json"):
            headers = (await site.get(path)).headers
            policy = headers["content-security-policy"].split("; ")
            assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
                policy
            )
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["server"] == "standfast"
            assert "access-control-allow-origin" not in headers


async def test_whoever_is_signed_in_can_sign_out_from_every_page(database: Database) -> None:
    without, seen = [], 0
    async with open_site(database, actor=SUPERVISOR) as site:
        for page in PAGES:
            if (
                page.method != "GET"
                or "{" in page.path
                or page.needs not in SUPERVISOR.permissions
            ):
                continue
            answer = await site.get(page.path)
            seen += "<main" in answer.text
            if "<main" in answer.text and 'action="/sign-out"' not in answer.text:
                without.append(page.name)

    assert without == []
    assert seen >= 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'[{"id": "x"}]',
        b'[{"id": "a", "id": "b"}]',
        b"NaN",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"entries": []}',
    ],
)
async def test_rubbish_from_a_device_gets_a_sentence(database: Database, body: bytes) -> None:
    async with open_site(database, actor=AMIRA) as site:
        headers = {**_ours(), "content-type": "application/json"}
        answer = await site.browser.post("/device/entries", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]


def _ours() -> dict[str, str]:
    return {
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
    }


async def _slowly() -> AsyncIterator[bytes]:
    for _ in range(40):
        yield b"q=" + b"x" * 60_000
