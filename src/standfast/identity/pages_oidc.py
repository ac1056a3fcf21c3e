"""In and out by the sign-in service: to it, back from it, as which role, and when it says goodbye.

Every page here is open to anyone: each looks at what the service signed. Leaving for the service
is a link and not a form, because the content security policy lets forms go nowhere else.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import structlog
from msgspec import structs
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from standfast.identity import pages_service_proof, sessions, words_notices
from standfast.identity.actors import actor_of
from standfast.identity.model import SESSION, SignOut
from standfast.identity.model_service import (
    LOGOUT,
    SERVICE_SESSION,
    NoteBegun,
    NoteLoggedOut,
    Refusal,
)
from standfast.identity.oidc import RelyingParty
from standfast.identity.oidc_key import published
from standfast.identity.oidc_roles import Candidate, Choice, choices, role_map
from standfast.identity.oidc_tokens import Goodbye, Untrusted, Why
from standfast.identity.oidc_visit import Chooser, carried, drop, keep, opened, sealed
from standfast.identity.oidc_words import Flow, Known
from standfast.identity.outside import service
from standfast.identity.permissions import known_roles, label_of
from standfast.identity.tables import persona
from standfast.identity.tables_service import linked, service_sessions
from standfast.identity.telling import tell_of_try
from standfast.kernel.access import Assurance
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import ANYONE, Page, html, platform, see_other
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

VISIT: Final = timedelta(minutes=10)
"""How long somebody may take at the service."""

CHOOSING: Final = timedelta(minutes=5)
"""How long somebody may take to say as what they come in."""

_log = structlog.get_logger()


def notice(here: Platform) -> dict[str, object] | None:
    """Return what the sign-in page says of the service: its name, and whether it answers."""
    party = service(here)
    if party is None:
        return None
    return {**_name(here), "down_since": party.down_since}


async def leave_for_service(request: Request) -> Response:
    """Send the browser to the service, or say that it does not answer."""
    here = platform(request)
    party = service(here)
    if party is None:
        return see_other("/sign-in")
    flow = Flow(secret=here.random(32).hex())
    try:
        there = await party.way_there(flow)
    except Untrusted as error:
        return await _no_way_in(request, error.why)
    await sessions.end(request)  # on the way back the browser does not say whose it was
    response = RedirectResponse(there, HTTPStatus.SEE_OTHER)
    keep(here, response, "visit", flow.secret, VISIT)
    return response


async def come_back(request: Request) -> Response:
    """Take in who comes back from the service, if all that it says is right."""
    here = platform(request)
    party, secret = service(here), carried(request, here, "visit")
    query = request.query_params
    once = {name: value for name, value in query.items() if len(query.getlist(name)) == 1}
    asked = pages_service_proof.on_the_way(request) if party else None
    if asked is not None:
        return await pages_service_proof.come_back(request, asked, once)
    if party is None or not secret:
        return await _no_way_in(request, Why.STATE)
    try:
        known = await party.come_back(Flow(secret=secret), once)
    except Untrusted as error:
        response: Response = await _no_way_in(request, error.why)
    else:
        response = await _let_in(request, known)
    drop(here, response, "visit")
    return response


async def choose_role(request: Request) -> Response:
    """Begin the session of somebody who has said as what they come in."""
    here, sent = platform(request), await sent_form(request)
    chooser = opened(here, carried(request, here, "choice"), here.clock())
    number = sent.get("choice", "")
    if chooser is None:
        return await _no_way_in(request, Why.STATE)
    if not number.isdecimal() or int(number) >= len(chooser.choices):
        return await _ask_role(request, chooser, wrong="Choose as what you work today")
    response = await _begin(request, chooser, chooser.choices[int(number)])
    drop(here, response, "choice")
    return response


async def hear_goodbye(request: Request) -> Response:
    """End the sessions that the service says are over (Back-Channel Logout 1.0)."""
    here, token = platform(request), (await sent_form(request)).get("logout_token", "")
    party = service(here)
    if party is None or not token:
        return _not_heard("There is no logout token in it")
    try:
        goodbye = await party.goodbye(token)
        await _end_sessions(here, party, goodbye)
    except Untrusted as error:
        _log.warning("oidc.logout_refused", why=error.why.value)
        return _not_heard("It is not believed")
    except Refused:
        return _not_heard("It was carried out already")
    return Response(status_code=HTTPStatus.OK)


async def our_keys(request: Request) -> Response:
    """Show the public half of our key, for the service to fetch."""
    party = service(platform(request))
    return JSONResponse(published(party.key) if party else {"keys": []})


async def leave_service(request: Request) -> Response:
    """Send somebody who has signed out here on to the service's own sign-out."""
    here = platform(request)
    party = service(here)
    try:
        hint = carried(request, here, "hint")
        there = await party.way_out(hint) if party else ""
    except Untrusted:
        there = ""
    response = await _onward(request, there or "/sign-in", "You are signed out here")
    drop(here, response, "hint")
    return response


async def look_after_service(here: Platform, _: object) -> None:
    """Ask whether the service is there, so that the sign-in page knows before anybody asks."""
    party = service(here)
    if party is not None:
        await party.look()


async def _let_in(request: Request, known: Known) -> Response:
    """Begin the session, ask which role, or say who to ask."""
    here = platform(request)
    found = await linked(here.all_orgs, here.settings.oidc_issuer, known.subject)
    people = [
        Candidate(
            staff_id=who.staff_id,
            org=who.org,
            org_name=who.org_name,
            ods_code=each.ods_code,
            roles=who.roles,
        )
        for each in found
        if (who := await persona(here.public, each.staff_id)) is not None
    ]
    ways = choices(people, known.claims, role_map(here.settings.oidc_roles))
    if not ways:
        _log.warning("oidc.unknown", linked=len(found), people=len(people))
        for each in people:
            why = words_notices.NO_ROLE_THERE
            await tell_of_try(request, org=each.org, staff_id=each.staff_id, why=why)
        why = "no_role" if people else "gone" if found else "unknown"
        return await _stranger(request, known, why)
    chooser = Chooser(
        choices=ways,
        subject=known.subject,
        sid=known.sid,
        expires=(here.clock() + CHOOSING).timestamp(),
    )
    if len(ways) == 1:
        response = await _begin(request, chooser, ways[0])
    else:
        response = await _ask_role(request, chooser)
        keep(here, response, "choice", sealed(here, chooser), CHOOSING)
    keep(here, response, "hint", known.id_token, timedelta(hours=12))
    return response


async def _begin(request: Request, chooser: Chooser, choice: Choice) -> Response:
    here = platform(request)
    who = await persona(here.public, choice.staff_id)
    if who is None:
        return await _no_way_in(request, Why.SUBJECT)
    still = tuple(role for role in choice.roles if role in who.roles)
    response = await _onward(request, "/", "You are signed in")
    session_id = await sessions.begin(
        request,
        structs.replace(who, roles=still),
        response,
        assurance=Assurance.PRESENT,
        way="oidc",
    )
    note = NoteBegun(
        session_id=session_id,
        org=who.org,
        staff_id=who.staff_id,
        issuer=here.settings.oidc_issuer,
        subject=chooser.subject,
        sid=chooser.sid,
    )
    await here.execute(SERVICE_SESSION, session_id, note, actor=actor_of(who, session_id))
    return response


async def _end_sessions(here: Platform, party: RelyingParty, goodbye: Goodbye) -> None:
    """End what *goodbye* means, then keep that it was done: broken off, it can be sent again.

    A session that began after it was made is another: a late or repeated word ends nothing new.
    Raises Refused for a token that was carried out before.
    """
    key = child_id(party.issuer, goodbye.jti)
    if (await here.state(LOGOUT, key)).done is not None:
        raise Refused(Refusal.TOKEN_USED)
    over = await service_sessions(
        here.all_orgs,
        party.issuer,
        subject=goodbye.subject,
        sid=goodbye.sid,
        before=goodbye.issued_at + timedelta(seconds=1),
    )
    for each in over:
        await here.execute(SESSION, each.session_id, SignOut(), actor=_machine(each.org))
    command = NoteLoggedOut(
        issuer=party.issuer,
        jti=goodbye.jti,
        org=over[0].org if over else "standfast",
        subject=goodbye.subject,
        sid=goodbye.sid,
        sessions=tuple(each.session_id for each in over),
    )
    await here.execute(LOGOUT, key, command, actor=_machine(command.org))


def _machine(org: str) -> Actor:
    return Actor(
        staff_id="sign-in service",
        name="The sign-in service",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


async def _onward(request: Request, href: str, title: str) -> Response:
    """Answer with a page that leads on by itself.

    Not a redirect: the session's cookie is not sent while another site leads the way, and a
    form may not end at another site.
    """
    return await html(request, "identity/onward.html", {"href": href, "heading": title})


async def _ask_role(request: Request, chooser: Chooser, wrong: str = "") -> Response:
    ways = [(each.org_name, label_of(known_roles(each.roles))) for each in chooser.choices]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    given = {"ways": ways, "wrong": wrong}
    return await html(request, "identity/choose_role.html", given, status=status)


async def _stranger(request: Request, known: Known, why: str) -> Response:
    given = {"why": why, "subject": known.subject, **_name(platform(request))}
    return await html(request, "identity/stranger.html", given, status=HTTPStatus.FORBIDDEN)


async def _no_way_in(request: Request, why: Why) -> Response:
    """Say that it did not work, and what to do next; why exactly is for the log."""
    _log.warning("oidc.refused", why=why.value)
    party = service(platform(request))
    down = why is Why.UNREACHABLE
    given = {
        **_name(platform(request)),
        "down": down,
        "down_since": party.down_since if party else None,
        "weak": why in (Why.ASSURANCE, Why.STALE),
    }
    status = HTTPStatus.SERVICE_UNAVAILABLE if down else HTTPStatus.FORBIDDEN
    return await html(request, "identity/service_trouble.html", given, status=status)


def _name(here: Platform) -> dict[str, str]:
    """Return what people call the service, and the same at the beginning of a sentence."""
    name = here.settings.oidc_name
    return {"name": name, "name_first": name[:1].upper() + name[1:]}


def _not_heard(sentence: str) -> Response:
    return JSONResponse(
        {"error": "invalid_request", "error_description": sentence}, HTTPStatus.BAD_REQUEST
    )


PAGES: Final[tuple[Page, ...]] = (
    Page("/sign-in/service", leave_for_service, needs=ANYONE),
    Page("/sign-in/service/back", come_back, needs=ANYONE),
    Page("/sign-in/service/role", choose_role, needs=ANYONE, method="POST"),
    Page("/sign-in/service/logout", hear_goodbye, needs=ANYONE, method="POST"),
    Page("/sign-in/service/keys", our_keys, needs=ANYONE),
    Page("/sign-in/service/leave", leave_service, needs=ANYONE),
    *pages_service_proof.PAGES,
)
TIMERS: Final[tuple[Timer, ...]] = (Timer("the sign-in service", 10, look_after_service),)
