"""The way in for other systems: who may come, in which format we answer, how we say no.

Whatever happens, the sender gets its ids back and a FHIR resource (BaRS Core 1.5.0,
"Receiver responsibilities"), so a page here answers with a resource or raises.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, TypeAlias

import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.interop.fhir import Resource
from standfast.interop.headers import FORMATS, Ids, answer_format, echoed, read_ids, read_target
from standfast.interop.leaving import wrong_with
from standfast.interop.model import MESSAGE, HoldAnswer, Refusal, message_id
from standfast.interop.outcome import TurnedAway, not_admitted, operation_outcome
from standfast.interop.reading import Problem
from standfast.interop.writing import Format, write
from standfast.journal.database import CONNECTION_LOST
from standfast.journal.writer import Conflict, Unavailable
from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.web.hostile import media_type
from standfast.web.machines import Machine, NotAdmitted
from standfast.web.pages import ANYONE, Page, platform
from standfast.web.platform import Actor

RECEIVE: Final = "interop.receive"
DISCOVER: Final = "interop.discover"

_log = structlog.get_logger()


class Call(Struct, frozen=True, kw_only=True):
    """One request of another system, let in and with its headers in order."""

    machine: Machine
    ids: Ids
    target: str
    """The service that it was sent to; empty where the sender did not say."""


BarsHandler: TypeAlias = Callable[[Request, Call], Awaitable[Resource]]


class BarsPage(Page):
    """A route for machines: a client's token and not a session opens it.

    *needs* is what the client must be allowed, as for any page.
    """

    def __init__(
        self, path: str, handler: BarsHandler, *, needs: str = RECEIVE, method: str = "GET"
    ) -> None:
        async def answered(request: Request) -> Response:
            return await _answer(request, handler, needs)

        super().__init__(path, answered, needs=ANYONE, method=method)
        self.needs = needs


async def _answer(request: Request, handler: BarsHandler, needs: str) -> Response:
    here = platform(request)
    sent = FORMATS.get(media_type(request), Format.JSON)
    form = answer_format(request.headers.get("accept", ""), sent)
    more: dict[str, str] = {}
    who: Actor | None = None
    try:
        async with here.gate.admit(request, needs) as machine:
            who = machine.actor
            status, resource = HTTPStatus.OK, await _carry_out(request, handler, machine, form)
    except (TurnedAway, NotAdmitted) as error:
        refused = error if isinstance(error, TurnedAway) else not_admitted(error)
        more = error.headers if isinstance(error, NotAdmitted) else _again(refused)
        outcome_id = uuid7(here.clock(), here.random(10))
        receiver = here.settings.receiving_org_name
        status = refused.status
        resource = operation_outcome(refused, outcome_id=outcome_id, receiver=receiver)
        _log.info("interop.refused", status=int(status), error=refused.error, id=outcome_id)
    except CONNECTION_LOST:  # before anybody was let in
        later = _no(HTTPStatus.SERVICE_UNAVAILABLE, "transient", "", _LATER)
        outcome_id = uuid7(here.clock(), here.random(10))
        receiver = here.settings.receiving_org_name
        status, more = later.status, _again(later)
        resource = operation_outcome(later, outcome_id=outcome_id, receiver=receiver)
    written = form or sent
    status, body = await _fit(request, who, status, resource, written)
    return Response(
        body, status, headers=echoed(request.headers) | more, media_type=written.value
    )


async def _fit(
    request: Request, who: Actor | None, status: HTTPStatus, resource: Resource, form: Format
) -> tuple[HTTPStatus, bytes]:
    """Return *resource* as it goes out: or that it does not, when it is not fit to.

    An answer to a message that we took on is held where people see it: the sender must hear of
    it by another way, and asking again would not help.
    """
    here, body = platform(request), write(resource, form)
    wrong = wrong_with(body, form, resource)
    if not wrong:
        return status, body
    kind = type(resource).__name__
    _log.error("interop.held", kind=kind, faults=len(wrong), first=wrong[0].place)
    held = who is not None and await _held(request, who, wrong)
    refused = _no(HTTPStatus.INTERNAL_SERVER_ERROR, "exception", "", _HELD if held else _UNFIT)
    plain = operation_outcome(
        refused,
        outcome_id=uuid7(here.clock(), here.random(10)),
        receiver="The receiver",
    )
    return refused.status, write(plain, form)


async def _held(request: Request, who: Actor, wrong: Sequence[Problem]) -> bool:
    """Keep that the answer to a message is held; tell whether we had taken that message on."""
    ids, _ = read_ids(request.headers)
    command = HoldAnswer(sentence=wrong[0].sentence, faults=len(wrong))
    try:
        await platform(request).execute(MESSAGE, message_id(ids.request_id), command, actor=who)
    except Refused:
        return False
    return True


async def _carry_out(
    request: Request, handler: BarsHandler, machine: Machine, form: Format | None
) -> Resource:
    """Return what *handler* answers; turn every expected way to fail into one."""
    ids, problems = read_ids(request.headers)
    target, wrong = read_target(request.headers)
    if problems or wrong:
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [*problems, *wrong])
    if form is None:
        raise _no(HTTPStatus.NOT_ACCEPTABLE, "processing", "Accept", _FORMATS)
    try:
        return await handler(request, Call(machine=machine, ids=ids, target=target))
    except Refused as refused:
        raise _refused(request, refused) from refused
    except Conflict as error:
        raise _no(HTTPStatus.TOO_EARLY, "duplicate", "X-Request-Id", _STILL) from error
    except (Unavailable, *CONNECTION_LOST) as error:
        raise _no(HTTPStatus.SERVICE_UNAVAILABLE, "transient", "", _LATER) from error


def _refused(request: Request, refused: Refused) -> TurnedAway:
    sentence = platform(request).sentence(refused.reason)
    match refused.reason:
        case Refusal.DUPLICATE | Refusal.CONFLICT:
            return _no(HTTPStatus.CONFLICT, refused.reason.value, "X-Request-Id", sentence)
        case _:
            return _no(HTTPStatus.UNPROCESSABLE_ENTITY, "processing", "Bundle", sentence)


def _again(refused: TurnedAway) -> dict[str, str]:
    """Return when to come again, for what is a matter of time alone."""
    if refused.status in (HTTPStatus.TOO_EARLY, HTTPStatus.SERVICE_UNAVAILABLE):
        return {"retry-after": "5"}
    return {}


def _no(status: HTTPStatus, code: str, place: str, sentence: str) -> TurnedAway:
    return TurnedAway(status, [Problem(code, place, sentence)])


_FORMATS: Final = "Accept must allow application/fhir+json or application/fhir+xml"
_STILL: Final = "The server has not finished processing the previous attempt; try again"
_HELD: Final = (
    "The referral was taken on, and the answer to it was not fit to be sent; do not send it again: "
    "a person here tells you"
)
_UNFIT: Final = "The answer was not fit to be sent; tell the receiver's IT officer"
_LATER: Final = "The store cannot be reached; nothing was taken on; try again"
