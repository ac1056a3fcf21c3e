"""What is fuzzed: each parser of foreign bytes, with the one way in which it may refuse."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from webauthn.helpers import bytes_to_base64url

from standfast.calls.pages_telephony import Told
from standfast.clients.assertion import BadAssertion, read_claimed
from standfast.identity.passkeys import new_key
from standfast.interop.headers import answer_format, echoed, read_ids, read_target
from standfast.interop.outcome import TurnedAway
from standfast.interop.receiving import understand
from standfast.interop.writing import Format
from standfast.kernel.logs import harmless
from standfast.kernel.messages import Refused
from standfast.outbound.allowed import NotAllowed, find, read_list
from standfast.people.wanted import day_of
from standfast.people.wanted import understand as wanted
from standfast.settings import Settings
from standfast.web.forms import sent_form
from standfast.web.hostile import Hostile, read_json
from standfast.web.hostile_xml import read_xml
from standfast.web.pdf import rewritten
from standfast.web.unfit import NotTaken
from standfast.web.uploads import Kind, kind_of, take

TODAY: Final = date(2026, 11, 22)
CHALLENGE: Final = bytes(32)
SITE: Final[Any] = SimpleNamespace(
    settings=Settings(database_url="", reader_url="", data=Path())
)
"""As much of a platform as a new passkey asks for."""
PLACES: Final = read_list("https://partner.example https://other.example/fhir/")


def json(body: bytes) -> None:
    with suppress(Hostile):
        msgspec.json.encode(read_json(body))


def xml(body: bytes) -> None:
    with suppress(Hostile):
        read_xml(body)


def bars_json(body: bytes) -> None:
    with suppress(TurnedAway):
        understand(body, Format.JSON)


def bars_xml(body: bytes) -> None:
    with suppress(TurnedAway):
        understand(body, Format.XML)


def telephony(body: bytes) -> None:
    with suppress(Hostile, msgspec.ValidationError):
        msgspec.convert(read_json(body), Told)


def form(body: bytes) -> None:
    """Read a form in either encoding; the first line says which, and with which boundary."""
    head, _, rest = body.partition(b"\n")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": rest, "more_body": False}

    headers = [(b"content-type", head)]
    request = Request(
        {"type": "http", "method": "POST", "path": "/", "headers": headers}, receive
    )
    with suppress(MultiPartException, HTTPException):
        asyncio.run(sent_form(request))


def search(body: bytes) -> None:
    text = body.decode(errors="replace")
    wanted(text, TODAY)
    day_of(text, TODAY)


def headers(body: bytes) -> None:
    text = body.decode("latin-1")
    given = {"X-Request-Id": text, "X-Correlation-Id": text, "NHSD-Target-Identifier": text}
    read_ids(given)
    echoed(given)
    read_target(given)
    answer_format(text, Format.JSON)


def address(body: bytes) -> None:
    """Whatever is asked for, it is refused or it is on the list."""
    url = body.decode("latin-1")
    with suppress(NotAllowed):
        target = find(url, PLACES)
        assert target.place.host in {"partner.example", "other.example"}
        assert target.path.startswith(target.place.prefix)


def log(body: bytes) -> None:
    text = body.decode(errors="surrogateescape")
    line = harmless(None, "info", {"event": text, text: [text, {text: datetime.now(UTC)}]})
    assert "\n" not in str(line)


def upload(body: bytes) -> None:
    """Take a picture, or nothing; what is read as a PDF is fuzzed where it is read."""
    with suppress(NotTaken):
        if kind_of(body) is not Kind.PDF:
            take(body)


def pdf(body: bytes) -> None:
    """Whatever was sent, what is kept of it is kept the same if it is sent again."""
    with suppress(NotTaken):
        kept = rewritten(body)
        assert rewritten(kept) == kept


def jwt(body: bytes) -> None:
    """Read what an API client claims, before anything of it is proved."""
    with suppress(BadAssertion):
        read_claimed(body.decode(errors="replace"))


def passkey(body: bytes) -> None:
    """Read what a browser says that an authenticator made."""
    with suppress(Hostile, Refused):
        made = read_json(body)
        if isinstance(made, dict):
            new_key(SITE, made, CHALLENGE, name="Fuzzed")


def attestation(body: bytes) -> None:
    """Read an attestation object whose client data is as it should be."""
    client = {
        "type": "webauthn.create",
        "challenge": bytes_to_base64url(CHALLENGE),
        "origin": SITE.settings.origin,
        "crossOrigin": False,
    }
    made = {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": {
            "clientDataJSON": bytes_to_base64url(msgspec.json.encode(client)),
            "attestationObject": bytes_to_base64url(body),
        },
    }
    with suppress(Refused):
        new_key(SITE, made, CHALLENGE, name="Fuzzed")


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "address": address,
    "attestation": attestation,
    "bars_json": bars_json,
    "bars_xml": bars_xml,
    "form": form,
    "headers": headers,
    "json": json,
    "jwt": jwt,
    "log": log,
    "passkey": passkey,
    "pdf": pdf,
    "search": search,
    "telephony": telephony,
    "upload": upload,
    "xml": xml,
}
