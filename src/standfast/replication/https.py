"""The courier of the product: one peer, asked over mutual TLS."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from standfast.journal.entries import Entry
from standfast.outbound.peers import Answer, OtherSite, Silent
from standfast.replication import wire
from standfast.replication.card import LARGEST
from standfast.replication.courier import Forked, Head, Unreachable

PATIENCE: Final = 30.0
"""Seconds for a whole page, from the question to its last byte."""

_REFUSED: Final = {
    HTTPStatus.UNAUTHORIZED: "it does not know this site: it has to accept our card",
    HTTPStatus.FORBIDDEN: "it has cut this site off, or never accepted its card",
    HTTPStatus.NOT_FOUND: "it has no such rows for us",
    HTTPStatus.TOO_MANY_REQUESTS: "it has too much to do",
    HTTPStatus.SERVICE_UNAVAILABLE: "its exchange is not ready",
}


class HttpsCourier:
    """Asks one peer, whose certificate is looked at with every answer."""

    def __init__(self, site: OtherSite) -> None:
        self._site = site

    async def heads(
        self, known: Mapping[str, tuple[int, bytes]], wait: float
    ) -> Sequence[Head]:
        answer = await self._ask(
            "POST",
            "/exchange/heads",
            body=wire.packed_question(known, wait),
            patience=wait + PATIENCE,
            limit=wire.MOST_QUESTION,
        )
        try:
            return wire.heads(_good(answer).body)
        except wire.NotWire as error:
            raise Unreachable("it does not speak the protocol") from error

    async def page(self, origin: str, after: int, hash_: bytes) -> Sequence[Entry] | Forked:
        answer = await self._ask(
            "GET",
            f"/exchange/pages/{origin}?after={after}&hash={hash_.hex()}",
            patience=PATIENCE,
            limit=wire.MOST_BYTES,
        )
        try:
            if answer.status is wire.FORKED:
                return Forked(wire.rows(answer.body))
            return wire.rows(_good(answer).body)
        except wire.NotWire as error:
            raise Unreachable("it does not speak the protocol") from error

    async def held(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        _good(
            await self._ask(
                "POST",
                "/exchange/held",
                body=wire.packed_held(heads),
                patience=PATIENCE,
                limit=LARGEST,
            )
        )

    async def card(self) -> bytes:
        """Return the peer's newest card, as it travels; nothing of it is read yet."""
        return _good(
            await self._ask("GET", "/exchange/card", patience=PATIENCE, limit=LARGEST)
        ).body

    async def hand_over(self, card: bytes) -> None:
        """Let the other site have our card, to be accepted by its people."""
        _good(
            await self._ask(
                "POST", "/exchange/card", body=card, patience=PATIENCE, limit=LARGEST
            )
        )

    async def aclose(self) -> None:
        await self._site.aclose()

    async def _ask(
        self, method: str, path: str, *, body: bytes = b"", patience: float, limit: int
    ) -> Answer:
        try:
            return await self._site.ask(method, path, body=body, patience=patience, limit=limit)
        except Silent as error:
            raise Unreachable(str(error)) from error


def _good(answer: Answer) -> Answer:
    if answer.status is HTTPStatus.OK:
        return answer
    raise Unreachable(_REFUSED.get(answer.status, f"it answers {int(answer.status)}"))
