"""Peers on screen: who exchanges with this site, how each stands, cutting one off and undoing it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.replication import CutFrom
from standfast.journal.heads import code_of, heads
from standfast.kernel.messages import Refused
from standfast.replication import wire
from standfast.replication.model import EXCHANGE, CutPeer, ReplicationCommand, RestorePeer
from standfast.replication.model_state import forks_of
from standfast.replication.tables import (
    FindingRow,
    HeldRow,
    PeerRow,
    Standing,
    findings,
    held,
    own_site,
    peers,
    standings,
)
from standfast.replication.words import fault
from standfast.web.forms import FormErrors, sent_form
from standfast.web.pages import Page, actor, html, not_found, platform, refusal, see_other

READ: Final = "replication.read"
MANAGE: Final = "replication.manage"
SILENT_SECONDS: Final = 90
"""A peer that has not answered for so long is shown as silent: it is asked all the time."""

_LONGEST_REASON: Final = 200
_MOST_DIGITS: Final = 15


class Shown(Struct, frozen=True, kw_only=True):
    """One peer as a line of the list."""

    row: PeerRow
    state: str
    """cut, fork, stopped, waiting, silent or well: the worst that is so."""
    says: str
    """The last trouble in words; empty: there is none."""
    standing: Standing | None


class Told(Struct, frozen=True, kw_only=True):
    """What was found out about a peer, in words."""

    row: FindingRow
    says: str


class RowShown(Struct, frozen=True, kw_only=True):
    """One of two rows of one number: never its body."""

    type: str
    stream: str
    actor: str
    recorded_at: datetime
    code: str


class ForkShown(Struct, frozen=True, kw_only=True):
    """Two histories of one origin, by the first row in which they differ."""

    origin: str
    seq: int
    rows: tuple[tuple[str, RowShown], ...]


async def show(request: Request) -> Response:
    """Show this site's card, every peer and what was found out."""
    return await _list(request, "replication/peers.html")


async def show_list(request: Request) -> Response:
    """Show the list alone, for an open page to take in."""
    return await _list(request, "replication/_peers.html")


async def show_peer(request: Request) -> Response:
    """Show one peer, where its origins stand, and the two buttons."""
    return await _peer(request, {}, FormErrors({}))


async def cut(request: Request) -> Response:
    """Let nothing of the peer count from a row on."""
    sent = await sent_form(request)
    row, reason = _row(sent.get("from_row", "")), _reason(sent.get("reason", ""))
    errors: dict[str, str] = {}
    if row is None:
        errors["from_row"] = "Enter the first row that counts for nothing, such as 1"
    if reason is None:
        errors["reason"] = "Enter why, in 200 characters or fewer"
    if row is None or reason is None:
        return await _peer(request, sent, FormErrors(errors))
    name = request.path_params["peer_id"]
    by = actor(request).name
    command = CutPeer(peer=name, cuts=(CutFrom("", row),), reason=reason, by=by)
    return await _carried_out(request, command, sent, "reason")


async def restore(request: Request) -> Response:
    """Undo the cut, and ask again for what was stopped."""
    sent = await sent_form(request)
    reason = _reason(sent.get("why", ""))
    if reason is None:
        errors = FormErrors({"why": "Enter why, in 200 characters or fewer"})
        return await _peer(request, sent, errors)
    name = request.path_params["peer_id"]
    command = RestorePeer(peer=name, reason=reason, by=actor(request).name)
    return await _carried_out(request, command, sent, "why")


async def _carried_out(
    request: Request, command: ReplicationCommand, sent: Mapping[str, str], field: str
) -> Response:
    here = platform(request)
    name = request.path_params["peer_id"]
    if await _found(request, name) is None:
        return await not_found(request)
    try:
        await here.execute(EXCHANGE, here.settings.site, command, actor=actor(request))
    except Refused as refused:
        return await _peer(request, sent, FormErrors({field: refusal(request, refused)}))
    return see_other(f"/replication/peers/{name}")


async def _list(request: Request, template: str) -> Response:
    here, org = platform(request), actor(request).org
    found = await findings(here.db, org)
    at = await standings(here.db)
    now = here.clock()
    shown = [_shown(row, at.get(row.peer), found, now) for row in await peers(here.db, org)]
    return await html(
        request,
        template,
        {
            "own": await own_site(here.db, org),
            "peers": shown,
            "findings": [Told(row=each, says=fault(each.why)) for each in found],
            "port": here.settings.exchange_port,
        },
    )


async def _peer(request: Request, sent: Mapping[str, str], errors: FormErrors) -> Response:
    here, who = platform(request), actor(request)
    name = request.path_params["peer_id"]
    row = await _found(request, name)
    if row is None:
        return await not_found(request)
    found = [each for each in await findings(here.db, who.org) if _concerns(each, name)]
    at = (await standings(here.db)).get(name)
    theirs = [each for each in await heads(here.db) if each.origin.startswith(f"{name}.")]
    return await html(
        request,
        "replication/peer.html",
        {
            "peer": _shown(row, at, found, here.clock()),
            "findings": [Told(row=each, says=fault(each.why)) for each in found],
            "forks": await _forks(request, name),
            "origins": theirs,
            "rows": sum(each.seq for each in theirs),
            "ours": await _held_of_ours(request, name),
            "may_manage": who.may(MANAGE),
            "sent": sent,
            "errors": errors.messages,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors.messages else HTTPStatus.OK,
    )


async def _forks(request: Request, name: str) -> list[ForkShown]:
    """Return both rows of each fork of the peer's origins, as they were found."""
    here = platform(request)
    known = await here.state(EXCHANGE, here.settings.site)
    shown = []
    for fork in forks_of(known, name):
        both = (("Here", fork.ours), (f"At {fork.peer}", fork.theirs))
        rows = [(whose, _row_of(packed)) for whose, packed in both]
        sound = tuple((whose, row) for whose, row in rows if row is not None)
        shown.append(ForkShown(origin=fork.origin, seq=fork.seq, rows=sound))
    return shown


def _row_of(packed: bytes) -> RowShown | None:
    try:
        (entry,) = wire.rows(packed)
    except (wire.NotWire, ValueError):
        return None
    return RowShown(
        type=entry.type,
        stream=entry.stream,
        actor=entry.actor,
        recorded_at=entry.recorded_at,
        code=code_of(entry.hash),
    )


async def _held_of_ours(request: Request, name: str) -> list[HeldRow]:
    here = platform(request)
    ours = f"{here.settings.site}."
    return [
        each
        for each in await held(here.db)
        if each.peer == name and each.origin.startswith(ours)
    ]


async def _found(request: Request, name: str) -> PeerRow | None:
    here = platform(request)
    all_ = await peers(here.db, actor(request).org)
    return next((each for each in all_ if each.peer == name), None)


def _is_of(found: FindingRow, name: str) -> bool:
    return found.origin.partition(".")[0] == name


def _concerns(found: FindingRow, name: str) -> bool:
    return found.peer == name or _is_of(found, name)


def _shown(row: PeerRow, at: Standing | None, found: list[FindingRow], now: datetime) -> Shown:
    forks = [each for each in found if each.why == "fork" and _is_of(each, row.peer)]
    stops = [each for each in found if each.why != "fork" and each.peer == row.peer]
    if row.cut_at is not None:
        state, says = "cut", row.cut_reason
    elif forks:
        state, says = "fork", f"Row {forks[0].seq} of {forks[0].origin}: {fault('fork')}"
    elif stops:
        state, says = (
            "stopped",
            f"Row {stops[0].seq} of {stops[0].origin}: {fault(stops[0].why)}",
        )
    elif at is None:
        state, says = "waiting", "It has not been asked yet"
    elif at.answered_at is None or (now - at.answered_at).total_seconds() > SILENT_SECONDS:
        state, says = "silent", at.trouble or "it does not answer"
    else:
        state, says = "well", at.trouble
    return Shown(row=row, state=state, says=says[:1].upper() + says[1:], standing=at)


def _row(text: str) -> int | None:
    """Return the row that was typed: 1 or more; None: it is none."""
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        return None
    return int(digits) or None


def _reason(text: str) -> str | None:
    said = text.strip()
    return said if 0 < len(said) <= _LONGEST_REASON else None


PAGES: Final = (
    Page("/replication/peers", show, needs=READ),
    Page("/replication/_peers", show_list, needs=READ),
    Page("/replication/peers/{peer_id}", show_peer, needs=READ),
    Page("/replication/peers/{peer_id}/cut", cut, needs=MANAGE, method="POST"),
    Page("/replication/peers/{peer_id}/restore", restore, needs=MANAGE, method="POST"),
)
