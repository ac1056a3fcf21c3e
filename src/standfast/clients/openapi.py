"""What the token endpoint takes and answers, as OpenAPI says it; and the whole description."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.clients.pages_token import ASSERTION_TYPE, FORM, NoToken, base_url
from standfast.facts.clients import SCOPES, Scope
from standfast.web.openapi import Operation, answer, document
from standfast.web.pages import Page

_JSON: Final = "application/json"
_ERROR: Final[Operation] = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_TOKEN: Final[Operation] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "scope": {"type": "string"},
    },
}
_FIELDS: Final[Mapping[str, Operation]] = {
    "grant_type": {"const": "client_credentials"},
    "client_assertion_type": {"const": ASSERTION_TYPE},
    "client_assertion": {"type": "string", "description": "A signed JWT, for once"},
    "scope": {"type": "string", "description": f"Of {', '.join(Scope)}; all if left out"},
}

TOKEN: Final[Operation] = {
    "operationId": "token",
    "summary": "Get an access token for a signed assertion (private_key_jwt)",
    "tags": ["Access"],
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                    "properties": _FIELDS,
                }
            }
        },
    },
    "responses": {
        "200": answer("The token; good for five minutes", _JSON, schema=_TOKEN),
        "400": answer("The request is not right", _JSON, schema=_ERROR),
        "401": answer(
            "The assertion proves nothing", _JSON, schema=_ERROR, headers=("WWW-Authenticate",)
        ),
        "429": answer("Too many", _JSON, schema=_ERROR, headers=("Retry-After",)),
        "503": answer("The API is off, or the site not set up", _JSON, schema=_ERROR),
    },
}


def published(name: str, summary: str) -> Operation:
    """Describe something that anybody may read as JSON."""
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["Access"],
        "security": [],
        "responses": {
            "200": answer(summary, _JSON, schema={"type": "object"}),
            "503": answer("The site is not set up", _JSON, schema=_ERROR),
        },
    }


async def openapi(request: Request) -> Response:
    """Answer with the description of everything that this process has for machines."""
    try:
        base = base_url(request)
    except NoToken as no:
        body = {"error": no.error, "error_description": no.sentence}
        return JSONResponse(body, no.status)
    described = document(
        [page for page in request.app.routes if isinstance(page, Page)],
        version=version("standfast"),
        server=base,
        token_url=f"{base}/oauth/token",
        scopes={scope.value: says for scope, says in SCOPES.items()},
    )
    return JSONResponse(described)
