"""What BaRS takes and answers here, as OpenAPI says it; derived from what the code does."""

from http import HTTPStatus
from typing import Any, Final

from standfast.interop.headers import FORMATS, TARGET
from standfast.interop.outcome import ERRORS
from standfast.web.openapi import Operation, answer

_WRITTEN: Final = ("application/fhir+json", "application/fhir+xml")
_UUID: Final = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
}
_OUTCOME: Final[Operation] = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {"type": "array", "minItems": 1},
    },
}
_BUNDLE: Final[Operation] = {
    "type": "object",
    "required": ["resourceType", "type", "entry"],
    "properties": {
        "resourceType": {"const": "Bundle"},
        "type": {"const": "message"},
        "entry": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
_IDS: Final = (
    ("X-Request-Id", "Names this message: sent again with the same one it is the same message"),
    ("X-Correlation-Id", "Names the journey that it belongs to"),
)
_READING: Final = (400, 401, 403, 406, 429, 503)
_MORE: Final = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: (),
}


def process_message_operation(scope: str) -> Operation:
    """Describe the taking of a message."""
    content = {each: {"schema": _BUNDLE if "json" in each else {}} for each in FORMATS}
    refusals = sorted(int(status) for status in ERRORS if status is not HTTPStatus.NOT_FOUND)
    return _operation(
        "processMessage",
        "Send a referral: a FHIR R4 message of BaRS Core 1.5.0",
        scope,
        answer("It was taken on; the case that was opened", *_WRITTEN, schema=_a("Bundle")),
        refusals,
        body={"required": True, "content": content},
        parameters=(
            {
                "name": TARGET,
                "in": "header",
                "description": "The service that it is for: base64 of a JSON object",
                "schema": {"type": "string"},
            },
        ),
    )


def capability_operation(scope: str) -> Operation:
    """Describe the capability statement."""
    said = answer("What this site can do", *_WRITTEN, schema=_a("CapabilityStatement"))
    return _operation("capabilities", "Read what can be done here", scope, said, _READING)


def definitions_operation(scope: str) -> Operation:
    """Describe the message definitions of a service."""
    said = answer("Which messages the service takes", *_WRITTEN, schema=_a("Bundle"))
    context = {
        "name": "context",
        "in": "query",
        "required": True,
        "description": "The service's id, or its system and id with |",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }
    return _operation(
        "messageDefinitions",
        "Read which messages a service takes",
        scope,
        said,
        (*_READING, 404),
        parameters=(context,),
    )


def _operation(
    name: str,
    summary: str,
    scope: str,
    success: Operation,
    refusals: Any,
    *,
    parameters: tuple[Operation, ...] = (),
    body: Operation | None = None,
) -> Operation:
    """Return an operation; each refusal is an OperationOutcome with the code of BaRS."""
    ids = tuple(
        {
            "name": each,
            "in": "header",
            "required": True,
            "description": says,
            "schema": _UUID,
        }
        for each, says in _IDS
    )
    responses = {"200": success} | {
        str(status): answer(
            f"Refused: {ERRORS[HTTPStatus(status)]}",
            *_WRITTEN,
            schema=_OUTCOME,
            headers=_MORE.get(HTTPStatus(status), ()),
        )
        for status in refusals
    }
    operation = {
        "operationId": name,
        "summary": summary,
        "tags": ["BaRS"],
        "security": [{"oauth": [scope]}],
        "parameters": [*ids, *parameters],
        "responses": responses,
    }
    return operation | ({"requestBody": body} if body else {})


def _a(resource: str) -> Operation:
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": resource}},
    }
