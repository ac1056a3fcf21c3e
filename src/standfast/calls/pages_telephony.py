"""The telephone exchange's way in: every event signed, fresh, and welcome twice."""

import asyncio
import hashlib
import hmac
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
import structlog
from msgspec import Meta, Struct
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.calls.device_commands import GivenPlace
from standfast.calls.model_call import CALL, CallCommand, Connect, HangUp, Ring
from standfast.calls.pages_common import machine
from standfast.calls.partners import PROVIDER
from standfast.facts.contact import Place
from standfast.kernel.values import whole
from standfast.settings import DEMONSTRATION_SECRET
from standfast.vault.names import TELEPHONY
from standfast.vault.shared import newest_first
from standfast.vault.trouble import VaultTrouble
from standfast.web.hostile import Fault, Hostile, read_body, read_json
from standfast.web.pages import ANYONE, Page, platform
from standfast.web.platform import Platform

SIGNATURE: Final = "x-standfast-signature"
FRESH: Final = timedelta(minutes=5)
"""An event signed longer ago than this, or for later than this, is not taken."""

LARGEST: Final = 16 * 1024

_log = structlog.get_logger()

CallId: TypeAlias = Annotated[str, Meta(pattern=whole(r"[A-Za-z0-9._:-]{1,80}"))]
Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]


class Told(Struct, frozen=True, kw_only=True):
    """One event of the exchange.

    ``at`` is when it happened. An event that is sent late, after a fault, also says
    ``sent_at``; how fresh it is is judged by that.
    """

    event: Literal["ring", "answer", "hangup"]
    call_id: CallId
    at: Instant
    number: Annotated[str, Meta(max_length=30, pattern=whole(r"[+0-9 ()-]*"))] | None = None
    place: GivenPlace | None = None
    org: Annotated[str, Meta(min_length=1, max_length=80)] = PROVIDER
    sent_at: Instant | None = None


async def take_event(request: Request) -> Response:
    """Take in one event. The same event again changes nothing and is answered as the first."""
    here = platform(request)
    try:
        body = await read_body(request, media_types=("application/json",), limit=LARGEST)
        if not await _is_believed(request, body):
            return _no(HTTPStatus.UNAUTHORIZED, "The signature is missing or wrong")
        told = msgspec.convert(read_json(body, limit=LARGEST), Told)
    except Hostile as hostile:
        large = hostile.fault is Fault.TOO_LARGE
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else HTTPStatus.BAD_REQUEST
        return _no(status, str(hostile))
    except msgspec.ValidationError as error:
        return _no(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    now = here.clock()
    if abs((told.sent_at or told.at) - now) > FRESH or told.at > now + FRESH:
        return _no(HTTPStatus.UNAUTHORIZED, "The event is too old, or from the future")
    if told.org != here.settings.receiving_org:
        return _no(
            HTTPStatus.UNPROCESSABLE_ENTITY, "This site takes no calls for that organisation"
        )
    exchange = machine("telephony", "Telephone exchange", told.org)
    await here.execute(
        CALL, told.call_id, _command(told), actor=exchange, occurred_at=min(told.at, now)
    )
    return JSONResponse({"call_id": told.call_id})


async def _is_believed(request: Request, body: bytes) -> bool:
    """Return whether the exchange signed *body* with a secret that is good now."""
    shown = request.headers.get(SIGNATURE, "")
    good = await _good_secrets(platform(request))
    return any(is_signed(body, shown, each) for each in good)


async def _good_secrets(here: Platform) -> tuple[str, ...]:
    """Return what the exchange may sign with: none on a live site whose vault has none."""
    if here.settings.demonstration:
        return (DEMONSTRATION_SECRET,)
    try:
        return newest_first(await asyncio.to_thread(here.keys.lately, TELEPHONY))
    except (VaultTrouble, OSError) as error:
        _log.error("telephony.no_secret", error=type(error).__name__)
        return ()


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Return whether *signature* is ``sha256=`` and the HMAC of *body*; in constant time."""
    return hmac.compare_digest(sign(body, secret).encode(), signature.encode())


def sign(body: bytes, secret: str) -> str:
    """Return the signature that the exchange sends with *body*."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _command(told: Told) -> CallCommand:
    match told.event:
        case "ring":
            place = Place(**asdict(told.place)) if told.place else None
            return Ring(
                call_id=told.call_id,
                org=told.org,
                number=told.number or "",
                network_place=place,
                at=told.at,
            )
        case "answer":
            return Connect(call_id=told.call_id, org=told.org, at=told.at)
        case "hangup":
            return HangUp(call_id=told.call_id, org=told.org, at=told.at)


def _no(status: HTTPStatus, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


PAGES: Final = (Page("/telephony/events", take_event, needs=ANYONE, method="POST"),)
