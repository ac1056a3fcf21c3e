"""BaRS as other systems see it, and messages in as a supervisor sees them."""

from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import structlog
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.clients import Scope
from standfast.facts.interop import ReferralReceived
from standfast.interop.answer import acknowledgement
from standfast.interop.capability import capability_statement, message_definitions
from standfast.interop.door import DISCOVER, BarsPage, Call
from standfast.interop.entering import way_in, without_way_in
from standfast.interop.fhir import Bundle, Entry, Resource
from standfast.interop.headers import FORMATS
from standfast.interop.model import (
    MESSAGE,
    AcceptReferral,
    Envelope,
    TellSender,
    TurnAway,
    case_of,
    message_id,
)
from standfast.interop.openapi import (
    capability_operation,
    definitions_operation,
    process_message_operation,
)
from standfast.interop.outcome import TurnedAway, unfit
from standfast.interop.reading import Problem
from standfast.interop.receiving import Understood, understand
from standfast.interop.tables import held_count, is_held, latest, refused_lately
from standfast.kernel.home_entry import Kept
from standfast.web.device import Entry as DeviceEntry
from standfast.web.forms import sent_form
from standfast.web.home_entry import ORIGINAL, sealed
from standfast.web.hostile import Hostile, media_type, read_body, read_text
from standfast.web.openapi import described
from standfast.web.pages import Page, actor, html, not_found, platform, see_other
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

WATCH: Final = "interop.watch"
TELL: Final = "interop.tell"
_LATELY: Final = timedelta(hours=24)
_log = structlog.get_logger()


async def process_message(request: Request, call: Call) -> Resource:
    """Take on what the message asks for, in the same commit as all that follows from it."""
    envelope = Envelope(
        message_id=message_id(call.ids.request_id),
        org=call.machine.actor.org,
        request_id=call.ids.request_id,
        correlation_id=call.ids.correlation_id,
    )
    body = b""
    try:
        body = await read_body(request, media_types=FORMATS)
        understood = understand(body, FORMATS[media_type(request)])
        _check_destination(request, call, understood)
        _check_sender(call, understood)
    except Hostile as hostile:
        raise await _turn_away(request, call, envelope, unfit(hostile), len(body)) from hostile
    except TurnedAway as refused:
        raise await _turn_away(request, call, envelope, refused, len(body)) from refused
    command = AcceptReferral(
        envelope=envelope,
        bundle_id=understood.bundle_id,
        fingerprint=understood.fingerprint,
        referral=understood.referral,
        media_type=media_type(request),
        body=read_text(body),
    )
    (received,) = await platform(request).execute(
        MESSAGE,
        envelope.message_id,
        await _sealed(request, command),
        actor=call.machine.actor,
    )
    assert isinstance(received, ReferralReceived)  # noqa: S101
    _log.info("interop.received", message=received.message_id, case=received.case_id)
    return acknowledgement(understood.message, received)


async def _sealed(request: Request, command: AcceptReferral) -> AcceptReferral:
    """Return *command* with what it says of the way into a home sealed, and nowhere else.

    Without the key the referral is taken on all the same: the patient comes first, the sender
    can be rung, and the case says so.
    """
    said = way_in(command.referral)
    if not said:
        return command
    here, org = platform(request), command.envelope.org
    case_id = case_of(command.envelope.message_id)
    entry = await sealed(here, said, org=org, case_id=case_id)
    whole = await sealed(here, command.body, org=org, case_id=case_id, field=ORIGINAL)
    return replace(
        command,
        referral=without_way_in(command.referral, kept=whole.kept is Kept.SEALED),
        body="",
        way_in=entry,
        original=whole,
    )


async def show_capability(request: Request, _: Call) -> Resource:
    """Say what this receiver can do."""
    receiver = platform(request).settings.receiving_org_name
    return capability_statement(receiver=receiver, version=version("standfast"))


async def show_definitions(request: Request, _: Call) -> Resource:
    """Say which messages may be sent to the service that ``context`` names."""
    service = request.query_params.get("context", "").strip()
    if not service:
        problem = Problem("required", "context", "The parameter context is missing")
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [problem])
    if not service.isprintable() or len(service) > 200 or not service.rpartition("|")[2]:  # noqa: PLR2004
        says = "The parameter context must be a service id, or its system and id with |"
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [Problem("value", "context", says)])
    ours = platform(request).settings.receiving_service
    if ours and service.rpartition("|")[2] != ours:
        problem = Problem("not-found", "context", "There is no such service here")
        raise TurnedAway(HTTPStatus.NOT_FOUND, [problem])
    found = message_definitions(service)
    entries = (Entry(full_url=f"urn:uuid:{each.id}", resource=each) for each in found)
    return Bundle(type="searchset", entry=tuple(entries))


async def nothing_there(_request: Request, _call: Call) -> Resource:
    """Say that this part of BaRS is not here yet."""
    says = "This endpoint or method is not supported. GET /bars/metadata says what is"
    problem = Problem("not-supported", "", says)
    raise TurnedAway(HTTPStatus.NOT_IMPLEMENTED, [problem])


async def show_messages(request: Request) -> Response:
    """Show the latest messages in and what became of each."""
    return await _messages(request, "interop/messages.html")


async def show_list(request: Request) -> Response:
    """Show the list alone, for an open page to take in."""
    return await _messages(request, "interop/_messages.html")


def _check_destination(request: Request, call: Call, understood: Understood) -> None:
    """Refuse what another service was meant to have ("Message Headers": is it for us?)."""
    ours = platform(request).settings.receiving_service
    endpoints = {
        (destination.endpoint or "").rpartition("|")[2]
        for destination in understood.message.header.destination
    }
    if ours and (ours not in endpoints or call.target not in ("", ours)):
        place = "Bundle.entry[0].resource.destination.endpoint"
        says = "MessageHeader.destination.endpoint is not a service of this receiver"
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [Problem("value", place, says)])


def _check_sender(call: Call, understood: Understood) -> None:
    """Refuse what a client sends in the name of an organisation that it does not speak for."""
    if not call.machine.may_speak_for(understood.referral.sender_ods):
        place = "Bundle.entry[0].resource.sender"
        says = "MessageHeader.sender is not an organisation that your client may send for"
        raise TurnedAway(HTTPStatus.FORBIDDEN, [Problem("forbidden", place, says)])


async def _turn_away(
    request: Request, call: Call, envelope: Envelope, refused: TurnedAway, size: int
) -> TurnedAway:
    """Keep that a message was refused and why; return what to tell its sender."""
    command = TurnAway(
        envelope=envelope,
        status=int(refused.status),
        error=refused.error,
        sentence=refused.problems[0].sentence,
        faults=len(refused.problems),
        size=size,
    )
    await platform(request).execute(
        MESSAGE, envelope.message_id, command, actor=call.machine.actor
    )
    return refused


async def _messages(request: Request, template: str) -> Response:
    here = platform(request)
    who = actor(request)
    shown = {
        "refused": await refused_lately(here.db, who.org, here.clock() - _LATELY),
        "held": await held_count(here.db, who.org),
        "messages": await latest(here.db, who.org),
    }
    return await html(request, template, shown)


async def tell_sender(request: Request) -> Response:
    """Take it that whoever asks has told the sender what the held answer would have said."""
    here, who = platform(request), actor(request)
    message_id_ = (await sent_form(request)).get("message_id", "")
    if not await is_held(here.db, who.org, message_id_):
        return await not_found(request)
    command = TellSender(by=who.staff_id, by_name=who.name)
    await here.execute(MESSAGE, message_id_, command, actor=who)
    return see_other("/interop/messages")


PAGES: Final[tuple[Page, ...]] = (
    described(
        BarsPage("/bars/$process-message", process_message, method="POST"),
        process_message_operation(Scope.SEND),
    ),
    described(
        BarsPage("/bars/metadata", show_capability, needs=DISCOVER),
        capability_operation(Scope.READ),
    ),
    described(
        BarsPage("/bars/MessageDefinition", show_definitions, needs=DISCOVER),
        definitions_operation(Scope.READ),
    ),
    *(
        BarsPage("/bars/{path:path}", nothing_there, needs=DISCOVER, method=method)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
    Page("/interop/messages", show_messages, needs=WATCH),
    Page("/interop/messages/_list", show_list, needs=WATCH),
    Page("/interop/told", tell_sender, needs=TELL, method="POST"),
)
ENTRIES: Final[tuple[DeviceEntry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(
        href="/interop/messages", label="Messages in", icon="down", needs=WATCH, order=80
    ),
)
TIMERS: Final[tuple[Timer, ...]] = ()
