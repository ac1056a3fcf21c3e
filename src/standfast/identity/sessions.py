"""Who is asking: the session behind a cookie.

The browser holds 128 random bits and this site's proof of them; we hold their SHA-256. Whoever
reads our tables can therefore not sign in with what is there, and whoever writes them cannot
make a session (``journal.doors``). The bits are new at each sign-in and each unlocking,
so that nobody can have planted them. Passkeys, a sign-in service or the roster decide *who*
may begin a session; what a session is stays as it is here.
"""

from datetime import datetime, timedelta
from typing import Final, cast

from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.notices import Device
from standfast.identity import words_notices
from standfast.identity.actors import actor_of
from standfast.identity.devices import DEVICE_FOR, browser_words, device_cookie, hash_of
from standfast.identity.looking import note_look
from standfast.identity.model import (
    NOTED,
    SESSION,
    LockSession,
    SignIn,
    SignOut,
    UnlockSession,
    UseSession,
)
from standfast.identity.permissions import SHIFT, known_roles
from standfast.identity.tables import Persona
from standfast.identity.tables_door import Leave, leave_to_read
from standfast.identity.tables_notices import unread
from standfast.identity.tables_sessions import (
    SignedInPerson,
    session_of,
    sessions_at,
    sessions_of,
)
from standfast.journal.doors import DOORS, door_token
from standfast.journal.tenant import read_as
from standfast.kernel.access import Assurance
from standfast.kernel.ids import uuid7
from standfast.web.pages import platform
from standfast.web.platform import Actor, Platform

COOKIE: Final = "standfast-session"
TRUSTED: Final = timedelta(seconds=5)
"""How long this worker believes what it read of a session. Another's sign-out waits so long."""

MEMORY: Final = "identity.sessions"
"""Under which name a worker remembers sessions."""

MOVES: Final = frozenset(
    {"*", "identity.session", "identity.staff", "identity.passkeys", "identity.notice"}
)
"""Kinds of stream of which one fact may end a session, or tell its owner something; "*" is
the feed's word for all."""

REMEMBERED: Final = 5_000
"""Sessions kept in memory, before those that were read longest ago are dropped."""

IN_THE_BACKGROUND: Final = frozenset({"/device/entries", "/live"})
"""What a page asks for by itself, whoever sits there."""


class Seen(Struct):
    """A session as this worker last read it, and when it was last used here."""

    person: SignedInPerson
    who: Actor
    leave: Leave
    """What opens the organisation's rows: ten minutes at least, and read again every five seconds."""
    read_at: datetime
    used_at: datetime


async def authenticate(request: Request) -> Actor | None:
    """Return who the session's cookie belongs to, ``locked`` if nobody seems to be there."""
    token = request.cookies.get(cookie_name(platform(request)), "")
    if not token:
        return None
    here, memory = platform(request), _memory(request)
    now, token_hash = here.clock(), hash_of(token)
    seen = memory.get(token_hash)
    if seen is None or now - seen.read_at >= TRUSTED:
        person, leave = await _signed_in(here, token)
        if person is None or leave is None:
            memory.pop(token_hash, None)
            return None
        used_at = max(person.used_at, seen.used_at) if seen else person.used_at
        told = await _told(here, person)
        who = actor_of(person, person.session_id, told)
        seen = memory[token_hash] = Seen(person, who, leave, now, used_at)
    if now >= seen.person.expires_at:
        return None
    read_as(seen.leave.leave, seen.leave.who)
    idle = timedelta(seconds=seen.person.idle_seconds)
    if seen.person.is_locked or now - seen.used_at >= idle:
        return structs.replace(seen.who, locked=True)
    await note_look(request, seen.who)
    if not is_sign_of_life(request):
        return seen.who
    seen.used_at = now
    if now - seen.person.used_at >= idle / NOTED:
        await here.execute(SESSION, seen.person.session_id, UseSession(), actor=seen.who)
        seen.read_at -= TRUSTED  # read it again next time
    return seen.who


def is_sign_of_life(request: Request) -> bool:
    """Return whether a person did this. What a page fetches by itself says nothing of them."""
    if request.scope["path"] in IN_THE_BACKGROUND:
        return False
    if request.method == "GET":
        return request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return True


async def begin(
    request: Request,
    who: Persona,
    response: Response,
    *,
    assurance: Assurance,
    way: str,
    offline: bool = False,
    credential_id: str = "",
) -> str:
    """Begin a session of *who*, give its token to the browser with *response*; return its id.

    Whoever sat here before is signed out; so is an older session of theirs at this device.
    """
    here = platform(request)
    await end(request)
    device = request.cookies.get(device_cookie(here), "") or here.random(16).hex()
    await _end_here(here, who, hash_of(device))
    session_id = uuid7(here.clock(), here.random(10))
    token = _token(here, session_id, who.org, who.staff_id)
    command = SignIn(
        session_id=session_id,
        org=who.org,
        staff_id=who.staff_id,
        token_hash=hash_of(token),
        roles=known_roles(who.roles),
        idle=timedelta(minutes=here.settings.idle_minutes),
        assurance=assurance,
        way=way,
        offline=offline,
        credential_id=credential_id,
        device_hash=hash_of(device),
        device=browser_words(request),
        until=who.until,
    )
    actor = structs.replace(actor_of(who, session_id), offline=offline)
    await here.execute(SESSION, session_id, command, actor=actor)
    _give(here, response, cookie_name(here), token, int(SHIFT.total_seconds()))
    _give(here, response, device_cookie(here), device, DEVICE_FOR)
    return session_id


async def lock(request: Request) -> None:
    """Lock the browser's session, here and at once."""
    here = platform(request)
    person = await current(request)
    if person is not None:
        who = actor_of(person, person.session_id)
        await here.execute(SESSION, person.session_id, LockSession(), actor=who)
        _memory(request).pop(_token_hash(request), None)


async def unlock(
    request: Request,
    person: SignedInPerson,
    response: Response,
    *,
    assurance: Assurance,
    way: str,
    credential_id: str = "",
) -> None:
    """Go on with the session of *person*, who has just shown to be there, on a new token."""
    here = platform(request)
    token = _token(here, person.session_id, person.org, person.staff_id)
    command = UnlockSession(
        token_hash=hash_of(token), assurance=assurance, way=way, credential_id=credential_id
    )
    who = actor_of(person, person.session_id)
    await here.execute(SESSION, person.session_id, command, actor=who)
    _memory(request).pop(_token_hash(request), None)
    left = int((person.expires_at - here.clock()).total_seconds())
    _give(here, response, cookie_name(here), token, left)


async def current(request: Request) -> SignedInPerson | None:
    """Return whose session this browser's cookie is, locked or not; None when it is over."""
    here = platform(request)
    person, _ = await _signed_in(here, request.cookies.get(cookie_name(here), ""))
    return None if person is None or here.clock() >= person.expires_at else person


async def end(request: Request) -> None:
    """End the browser's session, here and at once; nothing happens if it has none."""
    here = platform(request)
    token = request.cookies.get(cookie_name(here), "")
    token_hash = hash_of(token)
    _memory(request).pop(token_hash, None)
    person, _ = await _signed_in(here, token)
    if person is not None:
        who = actor_of(person, person.session_id)
        await here.execute(SESSION, person.session_id, SignOut(), actor=who)
        _memory(request).pop(token_hash, None)


async def end_all(here: Platform, staff_id: str, *, actor: Actor) -> int:
    """End every session of one person, as after a loss; return how many there were.

    Another worker may believe in one for :data:`TRUSTED` longer.
    """
    open_ones = await sessions_of(here.all_orgs, actor.org, staff_id)
    for each in open_ones:
        await here.execute(SESSION, each.session_id, SignOut(), actor=actor)
    return len(open_ones)


async def _end_here(here: Platform, who: Persona, device_hash: str) -> None:
    """End an older session of theirs at this device."""
    for old in await sessions_at(here.all_orgs, who.org, who.staff_id, device_hash):
        await here.execute(SESSION, old.session_id, SignOut(), actor=actor_of(who, ""))


def forget(here: Platform, response: Response) -> None:
    """Take the token away from the browser."""
    response.delete_cookie(
        cookie_name(here),
        path="/",
        secure=here.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def cookie_name(here: Platform) -> str:
    """Return the cookie's name; over HTTPS one that no other host can have set."""
    return f"__Host-{COOKIE}" if here.settings.secure_cookies else COOKIE


def _token(here: Platform, *about: str) -> str:
    """Return a new token for a session: nobody without this site's keys makes one."""
    return door_token(here.secret(DOORS), here.random(16), *about)


def _token_hash(request: Request) -> str:
    return hash_of(request.cookies.get(cookie_name(platform(request)), ""))


def _give(here: Platform, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=here.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


async def _signed_in(here: Platform, token: str) -> tuple[SignedInPerson | None, Leave | None]:
    """Return whose session *token* is, with what opens their organisation's rows.

    Those are read as from now in this request.
    """
    leave = await leave_to_read(here.public, token)
    if leave is None:
        read_as("")
        return None, None
    read_as(leave.leave, leave.who)
    return await session_of(here.db, hash_of(token)), leave


async def _told(here: Platform, person: SignedInPerson) -> tuple[str, ...]:
    """Return what this person has to read of their own way in, in a few words each."""
    if not person.has_news:
        return ()
    at = Device(session_id=person.session_id, device_hash=person.device_hash)
    news = await unread(here.db, person.org, person.staff_id, at)
    return tuple(words_notices.in_short(each) for each in news)


def _memory(request: Request) -> dict[str, Seen]:
    """Return what this worker remembers of sessions, by the token's hash.

    It is emptied whenever what may end a session moved, here or in another worker: the feed
    says so within a twentieth of a second. Were the feed lost, TRUSTED is how long it takes.
    """
    here = platform(request)
    memory = cast("dict[str, Seen] | None", here.memory.get(MEMORY))
    if memory is None:
        remembered: dict[str, Seen] = {}
        memory = here.memory[MEMORY] = remembered
        here.feed.listen(
            lambda topics: (
                remembered.clear() if any(topic[1] in MOVES for topic in topics) else None
            )
        )
    if len(memory) > REMEMBERED:
        for token_hash in sorted(memory, key=lambda each: memory[each].read_at)[:1_000]:
            del memory[token_hash]
    return memory
