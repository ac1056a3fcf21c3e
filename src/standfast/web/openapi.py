"""The description of our own HTTP API (OpenAPI 3.1), put together from what the pages say.

A page for machines says what it takes and answers where it is declared; whoever adds one
without is found by a test.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from standfast.web.pages import Page

Operation: TypeAlias = Mapping[str, Any]
"""An Operation Object of OpenAPI: ``summary``, ``parameters``, ``requestBody``, ``responses``."""

SomePage = TypeVar("SomePage", bound=Page)

_KEPT: Final = "openapi"


def described(page: SomePage, operation: Operation) -> SomePage:
    """Return *page* with its *operation*, which goes into the description."""
    setattr(page, _KEPT, operation)
    return page


def operation_of(page: Page) -> Operation | None:
    """Return what *page* says of itself; None: it is for people."""
    found: Operation | None = getattr(page, _KEPT, None)
    return found


def document(
    pages: Iterable[Page], *, version: str, server: str, token_url: str, scopes: Operation
) -> dict[str, Any]:
    """Return the description of every one of *pages* that is described."""
    paths: dict[str, dict[str, Operation]] = {}
    for page in pages:
        operation = operation_of(page)
        if operation is not None:
            paths.setdefault(page.path, {})[page.method.lower()] = operation
    flow = {"clientCredentials": {"tokenUrl": token_url, "scopes": dict(scopes)}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Standfast",
            "version": version,
            "summary": "What other systems may ask of an urgent care site",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flow}}},
    }


def answer(
    description: str,
    *media_types: str,
    schema: Operation | None = None,
    headers: Iterable[str] = (),
) -> Operation:
    """Return a Response Object."""
    said: dict[str, Any] = {"description": description}
    if media_types:
        said["content"] = {each: {"schema": schema or {}} for each in media_types}
    named = {name: {"required": True, "schema": {"type": "string"}} for name in headers}
    return {**said, "headers": named} if named else said


HEALTH: Final[Operation] = {
    "operationId": "health",
    "summary": "Whether the site can do its work",
    "tags": ["Operations"],
    "security": [],
    "responses": {
        "200": answer("It can", "application/json", schema={"type": "object"}),
        "503": answer("The database is lost", "application/json", schema={"type": "object"}),
    },
}
