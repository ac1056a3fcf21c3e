"""The way in: a passkey; in the demonstration a card; for somebody new a spoken code."""

from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

import structlog
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.identity import codes, pages_oidc, rosters, sessions
from standfast.identity.actors import newcomer
from standfast.identity.asking import Answered, question, sent_json
from standfast.identity.devices import device_of
from standfast.identity.model import Refusal
from standfast.identity.model_enrolment import ENROLMENT, TryCode, UseEnrolment
from standfast.identity.passkeys import Checked, check, new_key, new_key_options, stand_in, take
from standfast.identity.tables import Persona, persona, personas
from standfast.identity.tables_passkeys import enrolment_with_code, passkeys_of
from standfast.identity.telling import tell_owner
from standfast.kernel.access import Assurance
from standfast.kernel.messages import Refused
from standfast.kernel.values import ShortText
from standfast.observability.siem import note
from standfast.web import challenges
from standfast.web.forms import sent_form
from standfast.web.pages import ANYONE, Page, html, platform, see_other, visitor

LIFE: Final = timedelta(minutes=5)
"""How long the browser may take from the question to the answer."""

SIGN_IN: Final = "sign-in"
ENROL: Final = "enrol"

_log = structlog.get_logger()


TOO_OLD: Final = (
    "This browser does not say where forms come from: it is too old, or you came here without "
    "https. Open this site by its own address in a current Edge, Chrome, Firefox or Safari."
)


class Named(Struct, frozen=True):
    """Who says they want in; empty: whoever the passkey says it is."""

    staff_id: str = ""


class Code(Struct, frozen=True):
    """The code somebody was told, and who they are."""

    staff_id: str
    code: str


class FirstKey(Struct, frozen=True):
    """The key that somebody's device has just made for a code."""

    nonce: str
    enrolment_id: str
    name: ShortText
    answer: dict[str, Any]


async def sign_in_page(request: Request) -> Response:
    """Show how to get in: with a passkey, and in the demonstration as whom."""
    return await _sign_in_page(request)


async def sign_in(request: Request) -> Response:
    """Begin a session as the person chosen. In demonstration mode only."""
    here = platform(request)
    if not here.settings.demonstration:
        return await _sign_in_page(request, status=HTTPStatus.FORBIDDEN)
    sent = await sent_form(request)
    chosen = await persona(here.public, sent.get("staff_id", ""))
    if chosen is None:
        return await _sign_in_page(
            request, wrong="Choose who you are", status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    response = see_other("/")
    await sessions.begin(request, chosen, response, assurance=Assurance.CHOSEN, way="persona")
    return response


async def ask_passkey(request: Request) -> Response:
    """Answer with a challenge, and which keys may take it when somebody said who they are."""
    here = platform(request)
    named = await sent_json(request, Named)
    asked = question(request, purpose=SIGN_IN)
    if named.staff_id:
        held = [
            key for key in await passkeys_of(here.all_orgs, named.staff_id) if not key.locked_at
        ]
        asked["allow"] = [
            {"id": key.credential_id, "transports": key.transports} for key in held
        ] or [{"id": stand_in(here, named.staff_id), "transports": []}]
    return JSONResponse(asked)


async def take_passkey(request: Request) -> Response:
    """Let in whoever the passkey says it is; at a locked screen, take over or go on.

    A key that opened nothing is told to its owner and to the SIEM with the reason; whoever tried
    it hears the sentence alone.
    """
    sent = await sent_json(request, Answered)
    try:
        return await _let_in(request, sent)
    except Refused as refused:
        await tell_owner(request, sent.answer, refused.reason.value)
        settings = platform(request).settings
        _log.warning("identity.refused", why=refused.reason.value)
        if settings.siem:
            note(settings.data, "sign_in.refused", **{"event.reason": refused.reason.value})
        raise


async def _let_in(request: Request, sent: Answered) -> Response:
    here = platform(request)
    made = challenges.issued_at(here, sent.nonce, purpose=SIGN_IN, bound="")
    if made is None:
        raise Refused(Refusal.PROOF_WRONG)
    if not challenges.is_fresh(made, here.clock(), LIFE):
        raise Refused(Refusal.PROOF_OLD)
    checked = await check(here, sent.answer, challenges.challenge(sent.nonce, b""))
    until = await rosters.admit(
        here,
        staff_id=checked.who.staff_id,
        credential_id=checked.key.credential_id,
        public_key=checked.key.public_key,
        sign_count=checked.sign_count,
    )
    was = await sessions.current(request)
    same = sent.unlock and was is not None and was.staff_id == checked.who.staff_id
    act = "identity.unlock" if same else "identity.sign_in"
    actor = newcomer(checked.who)
    await take(here, checked, nonce=sent.nonce, act=act, content_hash="", actor=actor)
    key = checked.key.credential_id
    if same and was is not None:
        response = JSONResponse({"same": True})
        await sessions.unlock(
            request,
            was,
            response,
            assurance=Assurance.PRESENT,
            way="passkey",
            credential_id=key,
        )
        return response
    return await _begin(request, checked, until)


async def enrol_page(request: Request) -> Response:
    """Show where somebody new gives their code."""
    return await html(request, "identity/enrol.html")


async def try_code(request: Request) -> Response:
    """Take the spoken code; answer with what the device needs to make a key."""
    here = platform(request)
    sent = await sent_json(request, Code)
    who = await persona(here.public, sent.staff_id.strip().lower())
    enrolment_id = await enrolment_with_code(here.all_orgs, who.staff_id) if who else None
    if who is None or enrolment_id is None:
        raise Refused(Refusal.WRONG_CODE)
    known = await here.state(ENROLMENT, enrolment_id)
    salt = known.code.salt if known.code else ""
    command = TryCode(code_hash=await codes.hashed(sent.code, salt), at=device_of(request))
    actor = newcomer(who)
    if await here.execute(ENROLMENT, enrolment_id, command, actor=actor):
        raise Refused(Refusal.WRONG_CODE)
    asked = question(request, purpose=ENROL, bound=enrolment_id)
    challenge = bytes.fromhex(asked["challenge"])
    held = await passkeys_of(here.all_orgs, who.staff_id)
    options = new_key_options(here, who, challenge, held)
    return JSONResponse(
        {"nonce": asked["nonce"], "enrolment_id": enrolment_id, "options": options}
    )


async def take_first_key(request: Request) -> Response:
    """Register the key that the code was for, and let its owner in."""
    here = platform(request)
    sent = await sent_json(request, FirstKey)
    made = challenges.issued_at(here, sent.nonce, purpose=ENROL, bound=sent.enrolment_id)
    if made is None:
        raise Refused(Refusal.PROOF_WRONG)
    if not challenges.is_fresh(made, here.clock(), LIFE):
        raise Refused(Refusal.PROOF_OLD)
    known = await here.state(ENROLMENT, sent.enrolment_id)
    who = await persona(here.public, known.opened.staff_id) if known.opened else None
    if who is None:
        raise Refused(Refusal.NO_ENROLMENT)
    challenge = challenges.challenge(sent.nonce, b"")
    key = new_key(here, sent.answer, challenge, name=sent.name)
    actor = newcomer(who)
    use = UseEnrolment(passkey=key, at=device_of(request))
    await here.execute(ENROLMENT, sent.enrolment_id, use, actor=actor)
    response = JSONResponse({"to": "/"})
    await sessions.begin(
        request,
        who,
        response,
        assurance=Assurance.PRESENT,
        way="passkey",
        credential_id=key.credential_id,
    )
    return response


async def _begin(request: Request, checked: Checked, until: datetime | None) -> Response:
    """Begin a session of whoever the key is; with *until*, by the roster, while cut off."""
    response = JSONResponse({"to": "/"})
    await sessions.begin(
        request,
        structs.replace(checked.who, until=until or checked.who.until),
        response,
        assurance=Assurance.PRESENT,
        way="roster" if until else "passkey",
        offline=until is not None,
        credential_id=checked.key.credential_id,
    )
    return response


async def sign_out(request: Request) -> Response:
    """End the session and show the way in, for whoever comes next."""
    who = visitor(request)
    await sessions.end(request)
    by_service = who is not None and who.way == "oidc"
    response = see_other("/sign-in/service/leave" if by_service else "/sign-in")
    sessions.forget(platform(request), response)
    return response


async def _sign_in_page(
    request: Request, *, wrong: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    here = platform(request)
    everybody = await personas(here.public) if here.settings.demonstration else []
    groups = [
        (name, [_card(each) for each in group])
        for name, group in groupby(everybody, key=lambda each: each.org_name)
    ]
    shown = {
        "groups": groups,
        "wrong": wrong,
        "service": pages_oidc.notice(here),
        "too_old": "" if "sec-fetch-site" in request.headers else TOO_OLD,
    }
    return await html(request, "identity/sign_in.html", shown, status=status)


def _card(who: Persona) -> dict[str, str]:
    words = who.name.split() or ["?"]
    return {
        "staff_id": who.staff_id,
        "name": who.name,
        "title": who.title,
        "initials": words[0][0] + (words[-1][0] if len(words) > 1 else ""),
    }


PAGES: Final = (
    Page("/sign-in", sign_in_page, needs=ANYONE),
    Page("/sign-in", sign_in, needs=ANYONE, method="POST"),
    Page("/sign-in/question", ask_passkey, needs=ANYONE, method="POST"),
    Page("/sign-in/passkey", take_passkey, needs=ANYONE, method="POST"),
    Page("/sign-in/enrol", enrol_page, needs=ANYONE),
    Page("/sign-in/enrol", try_code, needs=ANYONE, method="POST"),
    Page("/sign-in/enrol/passkey", take_first_key, needs=ANYONE, method="POST"),
    Page("/sign-out", sign_out, needs=ANYONE, method="POST"),
)
