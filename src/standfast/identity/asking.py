"""What the pages of identity share: reading a script's JSON, and who somebody is by their id."""

from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request

from standfast.identity.passkeys import LARGEST_ANSWER
from standfast.web import challenges
from standfast.web.hostile import Hostile, read_body, read_json
from standfast.web.pages import platform

Sent = TypeVar("Sent", bound=Struct)


class Answered(Struct, frozen=True):
    """What a browser sends when a passkey has answered: the nonce, and all that it said."""

    nonce: str
    answer: dict[str, Any]
    unlock: bool = False
    """The screen is locked; whoever answers goes on there, if they are the same."""


async def sent_json(request: Request, kind: type[Sent]) -> Sent:
    """Return what a script sent. Raises HTTPException for anything else."""
    try:
        body = await read_body(request, media_types=("application/json",), limit=LARGEST_ANSWER)
        return msgspec.convert(read_json(body), kind)
    except (Hostile, msgspec.ValidationError) as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from error


def question(request: Request, *, purpose: str, bound: str = "") -> dict[str, Any]:
    """Return a new challenge for *purpose*, as our scripts give it to a passkey."""
    here = platform(request)
    nonce = challenges.issue(here, purpose=purpose, bound=bound)
    return {
        "nonce": nonce,
        "challenge": challenges.challenge(nonce, b"").hex(),
        "rp_id": here.settings.rp_id,
    }
