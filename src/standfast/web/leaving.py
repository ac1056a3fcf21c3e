"""What leaves on paper or as a file: each has a number, somebody who holds it, and a day.

    slip = await here.ledger.slip(request)
    body = await pdf(content, slip)
    await here.ledger.left(request, slip, what="Message to the GP", body=body)

The number stands on what leaves, so it is given first; nothing leaves before it is in the ledger.
Should somebody else get the number meanwhile, the page is made again with another: ``numbered``.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Final, Protocol, TypeAlias

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.kernel.messages import Refused

TRIES: Final = 3
"""Numbers that are tried. Two are the same once in four thousand million."""


Handles: TypeAlias = Callable[[Request], Awaitable[Response]]


class NumberTaken(Refused):
    """The number that stands on something is another's: the thing must be made again."""


class Slip(Struct, frozen=True, kw_only=True):
    """What stands on something that leaves."""

    print_id: str
    number: str
    holder: str
    """Who printed it: it is theirs until they say what became of it."""
    made_at: datetime
    until: date
    """By when it is destroyed, filed or handed over, and they have said so."""

    @property
    def words(self) -> str:
        """The slip in one line, for the foot of a page."""
        return (
            f"{self.number}, printed by {self.holder}. Hand over, file or destroy it by "
            f"{self.until:%d-%b-%Y} and say so: Standfast, What you printed."
        )


class Ledger(Protocol):
    """The ledger of what left. Kept by ``records``."""

    async def slip(self, request: Request) -> Slip:
        """Return the slip of something that whoever asks is about to take away."""

    async def left(
        self, request: Request, slip: Slip, *, what: str, body: bytes, person_id: str = ""
    ) -> None:
        """Return once it is on disk that *body* leaves with *slip*."""


def numbered(handler: Handles) -> Handles:
    """Return *handler*, whose answer is made anew while the number on it is another's.

    It only reads until its answer leaves. Raises :class:`NumberTaken` in the end.
    """

    async def again(request: Request) -> Response:
        for _ in range(TRIES - 1):
            with suppress(NumberTaken):
                return await handler(request)
        return await handler(request)

    return again
