"""The description of our API: whole, valid, and what a running node truly answers."""

from typing import Any, Final

import pytest
import schemathesis
from schemathesis.core.result import Ok

from standfast.app import API_PAGES, PAGES
from standfast.facts.clients import Scope
from standfast.interop.outcome import ERRORS
from standfast.web.openapi import operation_of
from tests.support.database import Database, open_folder
from tests.support.node import a_node
from tests.support.site import open_site
from tools.fuzz_api import fuzz

WHAT_IS_NOT_THERE: Final = "/bars/{path:path}"
"""Answers that there is no such thing; it is nothing to describe."""


@pytest.mark.anyio
async def test_every_address_of_the_api_is_described(database: Database) -> None:
    document = await described(database)

    listed = {
        f"{method.upper()} {path}"
        for path, found in document["paths"].items()
        for method in found
    }
    there = {
        f"{page.method} {page.path}" for page in API_PAGES if page.path != WHAT_IS_NOT_THERE
    }
    assert listed == there
    assert [page.path for page in PAGES if operation_of(page) and page not in API_PAGES] == []


@pytest.mark.anyio
async def test_it_is_openapi_and_names_every_scope(database: Database) -> None:
    document = await described(database)

    schema = schemathesis.openapi.from_dict(document)
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert "POST /bars/$process-message" in {operation.label for operation in found}
    flow = document["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == set(Scope)
    asked = {
        scope
        for path, found in document["paths"].items()
        for operation in found.values()
        for need in operation["security"]
        for scope in need["oauth"]
        if path.startswith("/bars/")
    }
    assert asked == set(Scope)


@pytest.mark.anyio
async def test_every_refusal_of_a_message_is_described(database: Database) -> None:
    document = await described(database)

    said = set(document["paths"]["/bars/$process-message"]["post"]["responses"])
    assert {str(int(status)) for status in ERRORS} - said == {"404"}


@pytest.mark.slow
def test_a_running_node_answers_as_it_is_described() -> None:
    with (
        open_folder("standfast-fuzz-") as folder,
        a_node(folder, "--demo", "--no-ringing") as node,
    ):
        code, said = fuzz(node.address, examples=15, seed=1)

    assert code == 0, said[-8_000:]


async def described(database: Database) -> dict[str, Any]:
    async with open_site(database) as site:
        answer = await site.browser.get("/openapi.json")
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document
