"""Find anything: what each context finds for the words typed in the palette."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.web.hostile import Hostile, read_body, read_json
from standfast.web.pages import SIGNED_IN, Page

SHORTEST: Final = 2
"""Characters; one letter finds everybody."""


class Found(Struct, frozen=True, kw_only=True):
    """One line of the palette. ``group`` is where it stands: "Cases", "People".

    Without ``href`` it leads nowhere, and says what is left out.
    """

    group: str
    label: str
    hint: str
    href: str


class Asked(Struct, frozen=True):
    """What was typed. It may name a patient, so it comes in the body and is not kept."""

    q: str


Finder: TypeAlias = Callable[[Request, str], Awaitable[Sequence[Found]]]
"""Finds what the visitor may open; nothing when they may not look."""


def palette_page(finders: tuple[Finder, ...]) -> Page:
    """Return the route that the palette asks, over all *finders*."""

    async def find(request: Request) -> Response:
        try:
            body = await read_body(request, media_types=("application/json",), limit=2000)
            asked = msgspec.convert(read_json(body), Asked).q.strip()
        except (Hostile, msgspec.ValidationError) as error:
            return JSONResponse({"error": str(error)}, 400)
        if len(asked) < SHORTEST:
            return JSONResponse([])
        found = await asyncio.gather(*(finder(request, asked) for finder in finders))
        lines = [line for lines in found for line in lines]
        return Response(msgspec.json.encode(lines), media_type="application/json")

    return Page("/palette", find, needs=SIGNED_IN, method="POST")
