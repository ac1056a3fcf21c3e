"""Where somebody is signed in, for themselves: each place, ended from here; what they are told."""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.notices import Device
from standfast.identity import words_notices
from standfast.identity.devices import mark_of
from standfast.identity.model import SESSION, SignOut
from standfast.identity.model_notice import NOTICE, Read
from standfast.identity.tables_notices import KEPT_FOR, notices_of, unread
from standfast.identity.tables_sessions import OwnSession, own_sessions
from standfast.web.forms import sent_form
from standfast.web.pages import SIGNED_IN, Page, actor, html, platform, see_other
from standfast.web.platform import Actor
from standfast.web.step_up import ask, confirmed

PATH: Final = "/identity/signed-in"

END: Final = "session.end"
"""The act that wants a fresh proof: whoever found an open screen shall not end the rest."""

WAYS: Final = {
    "passkey": "Passkey",
    "oidc": "Sign-in service",
    "roster": "Passkey, while this site was cut off",
    "persona": "Chosen, in the demonstration",
}


async def show(request: Request) -> Response:
    """Show the visitor where they are signed in, and what they are told of their way in."""
    here, who = platform(request), actor(request)
    now = here.clock()
    open_ones = await own_sessions(here.db, who.org, who.staff_id, now)
    at = _place(who, open_ones)
    given = await notices_of(here.db, who.org, who.staff_id, at, since=now - KEPT_FOR)
    said = [(each, words_notices.in_short(each), words_notices.more(each)) for each in given]
    return await html(
        request,
        "identity/signed_in.html",
        {
            "open": open_ones,
            "ways": WAYS,
            "mark": mark_of(at.device_hash),
            "notices": said,
            "to_read": any(each.is_unread and not each.is_own for each in given),
            "newest": max((each.latest_at for each in given), default=now),
        },
    )


async def end(request: Request) -> Response:
    """End one of one's sessions, or all but this one, once it is confirmed."""
    here, who = platform(request), actor(request)
    chosen = (await sent_form(request)).get("session_id", "")
    others = [
        each
        for each in await own_sessions(here.db, who.org, who.staff_id, here.clock())
        if each.session_id != who.session_id and chosen in ("", each.session_id)
    ]
    if not others:
        return see_other(PATH)
    content = f"{END} {' '.join(sorted(each.session_id for each in others))}".encode()
    if await confirmed(request, act=END, content=content) is None:
        return await ask(request, act=END, content=content, says=_says(others))
    for each in others:
        command = SignOut(from_session_id=who.session_id)
        await here.execute(SESSION, each.session_id, command, actor=who)
    return see_other(PATH)


async def read(request: Request) -> Response:
    """Note that the visitor has read what they were told, up to what the page showed."""
    here, who = platform(request), actor(request)
    try:
        upto = datetime.fromisoformat((await sent_form(request)).get("upto", ""))
    except ValueError:
        return see_other(PATH)
    if upto.tzinfo is None:
        return see_other(PATH)
    open_ones = await own_sessions(here.db, who.org, who.staff_id, here.clock())
    for each in await unread(here.db, who.org, who.staff_id, _place(who, open_ones)):
        if each.first_at <= upto:
            command = Read(session_id=who.session_id, upto=upto)
            await here.execute(NOTICE, each.notice_id, command, actor=who)
    return see_other(PATH)


def _place(who: Actor, open_ones: list[OwnSession]) -> Device:
    """Return where the visitor sits, as their session began there: a cookie can be changed."""
    hashes = (each.device_hash for each in open_ones if each.session_id == who.session_id)
    return Device(session_id=who.session_id, device_hash=next(hashes, ""))


def _says(others: list[OwnSession]) -> str:
    where = ", ".join(f"{each.device or 'a browser'} ({each.mark})" for each in others)
    return f"End your session at: {where}. What was not sent there waits on that device"


PAGES: Final = (
    Page(PATH, show, needs=SIGNED_IN),
    Page(PATH + "/end", end, needs=SIGNED_IN, method="POST"),
    Page(PATH + "/read", read, needs=SIGNED_IN, method="POST"),
)
