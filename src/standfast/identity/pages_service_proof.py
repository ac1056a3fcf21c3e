"""A fresh proof by the sign-in service, for somebody whom it let in: there and back in a tab.

The page that asks stays open with all that was typed. The proof is bound to the question that it
shows, and so to the content, the act, the person and the session; it serves that page alone.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standfast.identity.model_service_proof import SERVICE_PROOF, NoteGiven
from standfast.identity.oidc_tokens import Untrusted, Why
from standfast.identity.oidc_visit import carried, drop, keep, seal, unsealed
from standfast.identity.oidc_words import Flow
from standfast.identity.outside import service
from standfast.identity.tables_service import service_session
from standfast.kernel.ids import child_id
from standfast.web import challenges, step_up
from standfast.web.pages import SIGNED_IN, Page, actor, html, platform
from standfast.web.platform import Actor, Elsewhere

PLACE: Final = "/identity/service-proof"
VISIT: Final = timedelta(minutes=10)
"""How long somebody may take there. The proof itself is a minute old at the most."""

NEVER: Final = "identity."
"""Acts that make a way in take a passkey alone: a service that was taken over makes none here."""

STATUSES: Final[Mapping[Why, HTTPStatus]] = {
    Why.UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Why.STATE: HTTPStatus.CONFLICT,  # no such question waits: it is over, or never was
}

_COOKIE: Final = "proof"
_log = structlog.get_logger()


class Asked(Struct, frozen=True, kw_only=True):
    """What a browser carries there and back: which question it is that is to be confirmed."""

    secret: str
    challenge: str
    proof_id: str
    act: str
    org: str
    staff_id: str
    session_id: str
    subject: str
    expires: float

    @property
    def flow(self) -> Flow:
        return Flow(secret=self.secret, content_hash=self.challenge)


async def offer(request: Request, act: str, nonce: str, challenge: str) -> Elsewhere | None:
    """Return where whoever came by the service can confirm an act; None if they cannot."""
    here, who = platform(request), actor(request)
    party = service(here)
    if party is None or who.way != "oidc" or act.startswith(NEVER):
        return None
    asked = {"act": act, "nonce": nonce, "challenge": challenge}
    return Elsewhere(
        name=here.settings.oidc_name,
        href=f"{PLACE}?{urlencode(asked)}",
        proof_id=challenges.name_of(nonce),
        down_since=party.down_since,
    )


async def leave_to_prove(request: Request) -> Response:
    """Send the browser to the service, which is to ask anew and at its higher level."""
    here, who = platform(request), actor(request)
    party, query = service(here), request.query_params
    act, nonce, challenge = (query.get(name, "") for name in ("act", "nonce", "challenge"))
    session = await service_session(here.db, who.org, who.session_id)
    if party is None or session is None or act.startswith(NEVER) or not _is_hash(challenge):
        return await _not_proven(request, Why.STATE)
    bound = step_up.bound(request, act)
    made = challenges.issued_at(here, nonce, purpose=step_up.PURPOSE, bound=bound)
    if not challenges.is_fresh(made, here.clock(), VISIT):
        return await _not_proven(request, Why.STATE)
    asked = Asked(
        secret=here.random(32).hex(),
        challenge=challenge,
        proof_id=challenges.name_of(nonce),
        act=act,
        org=who.org,
        staff_id=who.staff_id,
        session_id=who.session_id,
        subject=session.subject,
        expires=(here.clock() + VISIT).timestamp(),
    )
    try:
        there = await party.way_there(asked.flow)
    except Untrusted as error:
        return await _not_proven(request, error.why)
    response = RedirectResponse(there, HTTPStatus.SEE_OTHER)
    keep(here, response, _COOKIE, seal(here, msgspec.json.encode(asked), _COOKIE), VISIT)
    return response


def on_the_way(request: Request) -> Asked | None:
    """Return the question that a browser comes back with; None if it comes to sign in."""
    here = platform(request)
    raw = unsealed(here, carried(request, here, _COOKIE), _COOKIE)
    if raw is None:
        return None
    asked = msgspec.json.decode(raw, type=Asked)
    state = request.query_params.get("state", "")
    is_it = hmac.compare_digest(state.encode(), asked.flow.state.encode())
    return asked if is_it and here.clock().timestamp() < asked.expires else None


async def come_back(request: Request, asked: Asked, sent: dict[str, str]) -> Response:
    """Keep the proof, if all that the service says is right and it is the same account."""
    here = platform(request)
    party = service(here)
    assert party is not None  # noqa: S101 - who asks has looked
    try:
        known = await party.come_back(asked.flow, sent)
        _check_account(known.subject, asked.subject)
    except Untrusted as error:
        response: Response = await _not_proven(request, error.why)
    else:
        await here.execute(
            SERVICE_PROOF,
            child_id(asked.proof_id, "service"),
            NoteGiven(
                proof_id=asked.proof_id,
                org=asked.org,
                staff_id=asked.staff_id,
                session_id=asked.session_id,
                issuer=party.issuer,
                act=asked.act,
                challenge=asked.challenge,
            ),
            actor=_service(asked.org),
        )
        response = await html(request, "identity/proven.html", {"proof_id": asked.proof_id})
    drop(here, response, _COOKIE)
    return response


def _check_account(subject: str, expected: str) -> None:
    """Raise Untrusted unless it is the account that the session began with."""
    if not hmac.compare_digest(subject.encode(), expected.encode()):
        raise Untrusted(Why.SUBJECT)


def _is_hash(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == 32  # noqa: PLR2004 - SHA-256
    except ValueError:
        return False


def _service(org: str) -> Actor:
    return Actor(
        staff_id="sign-in service",
        name="The sign-in service",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


async def _not_proven(request: Request, why: Why) -> Response:
    """Say that nothing was confirmed, and what to do next; why exactly is for the log."""
    _log.warning("oidc.not_proven", why=why.value)
    name = platform(request).settings.oidc_name
    given = {
        "name": name,
        "name_first": name[:1].upper() + name[1:],
        "down": why is Why.UNREACHABLE,
        "weak": why in (Why.ASSURANCE, Why.STALE),
        "another": why is Why.SUBJECT,
    }
    status = STATUSES.get(why, HTTPStatus.FORBIDDEN)
    return await html(request, "identity/not_proven.html", given, status=status)


PAGES: Final[tuple[Page, ...]] = (Page(PLACE, leave_to_prove, needs=SIGNED_IN),)
