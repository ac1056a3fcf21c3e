"""What other sites may ask of this one, over TLS with certificates on both sides.

There is no request that changes, deletes or appends: a peer can only be read from. Whoever is no
peer gets this site's card, and may hand over its own.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeAlias

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standfast.replication import wire
from standfast.replication.card import LARGEST, NoCard, is_site, read_card, site_of
from standfast.replication.courier import Book, Forked
from standfast.replication.hearing import Ear
from standfast.replication.lending import Lending, differing
from standfast.replication.shelf import NotSetUp, PostgresShelf
from standfast.vault.contexts import issued_to
from standfast.web.hostile import Hostile, read_body

_HASH_DIGITS: Final = 64
_MOST_DIGITS: Final = 18
_log = structlog.get_logger()

Known: TypeAlias = Callable[[Request, str, Book], Awaitable[Response]]


class Exchange:
    """This site as its peers may ask it."""

    def __init__(self, shelf: PostgresShelf, lending: Lending, ear: Ear) -> None:
        self._shelf = shelf
        self._lending = lending
        self._ear = ear
        self._under_way: set[tuple[str, str]] = set()
        self._polls: dict[str, object] = {}

    def app(self) -> Starlette:
        """Return the whole of what can be asked."""
        return Starlette(
            routes=[
                Route("/exchange/heads", self._of_a_peer(self._newest_heads), methods=["POST"]),
                Route("/exchange/pages/{origin}", self._of_a_peer(self._page)),
                Route("/exchange/held", self._of_a_peer(self._held), methods=["POST"]),
                Route("/exchange/card", self._card),
                Route("/exchange/card", self._handed_over, methods=["POST"]),
            ],
            exception_handlers={Hostile: _unfit, wire.NotWire: _unfit, NoCard: _unfit},
        )

    def _of_a_peer(self, answer: Known) -> Callable[[Request], Awaitable[Response]]:
        """Return *answer* for whoever is a peer, and has not been cut off."""

        async def guarded(request: Request) -> Response:
            try:
                book = await self._shelf.book()
            except NotSetUp:
                return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
            peer = _peer_of(request, book)
            if peer is None:
                return Response(status_code=HTTPStatus.UNAUTHORIZED)
            if peer in book.cut_off:
                return Response(status_code=HTTPStatus.FORBIDDEN)
            return await answer(request, peer, book)

        return guarded

    async def _newest_heads(self, request: Request, peer: str, book: Book) -> Response:
        """Answer the latest question of each peer; one that waits since before is let go.

        (Whoever was cut off in the middle asks again at once, and must not find itself in line.)
        """
        mine = self._polls[peer] = object()
        self._ear.wake()
        question = wire.asked(await _body(request, limit=wire.MOST_QUESTION))
        return await self._heads(question, peer, book, lambda: self._polls.get(peer) is mine)

    async def _heads(
        self, question: wire.Asked, peer: str, book: Book, latest: Callable[[], bool]
    ) -> Response:
        """Answer with the heads that the peer has not, at once or as soon as one moves."""
        deadline = asyncio.get_running_loop().time() + question.wait
        while True:
            moved = asyncio.ensure_future(self._ear.moved(max(0.0, _left(deadline))))
            await asyncio.sleep(
                0
            )  # it waits from now on: nothing that moves meanwhile is missed
            sites = await self._lending.may_hold(peer, book)
            found = differing(await self._lending.heads(sites), question.known)
            if found or _left(deadline) <= 0 or not latest():
                moved.cancel()
                return _packed(wire.packed_heads(found[: wire.MOST_HEADS]))
            await moved
            book = await self._shelf.book()
            if peer in book.cut_off or peer not in book.peers:
                return Response(status_code=HTTPStatus.FORBIDDEN)

    async def _page(self, request: Request, peer: str, book: Book) -> Response:
        """Answer with the rows after the one that the peer has: one page at a time."""
        origin = str(request.path_params["origin"])
        if (peer, origin) in self._under_way:
            return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS)
        self._under_way.add((peer, origin))
        try:
            return await self._rows(request, peer, book, origin)
        finally:
            self._under_way.discard((peer, origin))

    async def _rows(self, request: Request, peer: str, book: Book, origin: str) -> Response:
        after, hash_ = _place(request)
        if site_of(origin) not in await self._lending.may_hold(peer, book):
            return Response(status_code=HTTPStatus.NOT_FOUND)
        page = await self._lending.page(origin, after, hash_)
        if isinstance(page, Forked):
            return _packed(wire.packed_rows(page.rows), status=wire.FORKED)
        return _packed(await asyncio.to_thread(wire.packed_rows, page))

    async def _held(self, request: Request, peer: str, _book: Book) -> Response:
        """Keep what the peer says it has on disk."""
        said = wire.held(await _body(request, limit=wire.MOST_QUESTION))
        await self._shelf.held(peer, said.heads)
        return _packed(b"")

    async def _card(self, _request: Request) -> Response:
        """Answer anybody with this site's card."""
        decided = await self._shelf.decided()
        if decided.own is None:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return _packed(decided.own.card)

    async def _handed_over(self, request: Request) -> Response:
        """Keep a card for a day, for people to accept or not. Nobody becomes a peer by this."""
        card = read_card(await _body(request, limit=LARGEST))
        if not is_site(card.card.site) or not await self._shelf.asks_to_join(card):
            return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS)
        return _packed(b"")


def _peer_of(request: Request, book: Book) -> str | None:
    """Return the peer whose own authority gave the certificate that was shown, by its name."""
    tls = request.scope.get("extensions", {}).get("tls", {})
    for pem in tls.get("client_cert_chain", [])[:1]:
        shown = ssl.PEM_cert_to_DER_cert(pem)
        for name, card in book.peers.items():
            if issued_to(shown, card.authority) == name:
                return name
    return None


async def _body(request: Request, limit: int) -> bytes:
    return await read_body(request, media_types={wire.KIND}, limit=limit)


def _place(request: Request) -> tuple[int, bytes]:
    after, hash_ = request.query_params.get("after", ""), request.query_params.get("hash", "")
    if not (after.isascii() and after.isdigit()) or len(after) > _MOST_DIGITS:
        raise wire.NotWire("no row")
    if len(hash_) != _HASH_DIGITS:
        raise wire.NotWire("no place to begin at")
    try:
        return int(after), bytes.fromhex(hash_)
    except ValueError as error:
        raise wire.NotWire("no hash") from error


def _left(deadline: float) -> float:
    return deadline - asyncio.get_running_loop().time()


def _packed(body: bytes, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(body, status, media_type=wire.KIND)


async def _unfit(_request: Request, error: Exception) -> Response:
    _log.warning("exchange.unfit_request", error=type(error).__name__)
    return Response(status_code=HTTPStatus.BAD_REQUEST)
