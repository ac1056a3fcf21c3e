"""Who is asking: the session behind a cookie.

The browser holds 256 random bits; we hold their SHA-256. Whoever reads our tables can
therefore not sign in with what is there. Passkeys will decide *who* may begin a session; what
a session is stays as it is here.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final, cast

from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from standfast.identity.model import SESSION, USED_AGAIN, SignIn, SignOut, UseSession
from standfast.identity.permissions import (
    SHIFT,
    known_roles,
    label_of,
    permissions_of,
    read_only,
)
from standfast.identity.tables import Persona, SignedInPerson, session_of
from standfast.kernel.access import Assurance
from standfast.kernel.ids import uuid7
from standfast.web.pages import platform
from standfast.web.platform import Actor, Platform

COOKIE: Final = "standfast-session"

TRUSTED: Final = timedelta(seconds=5)
"""How long this worker believes what it read of a session. Another's sign-out waits so long."""

MEMORY: Final = "identity.sessions"
"""Under which name a worker remembers sessions."""

REMEMBERED: Final = 5_000
"""Sessions kept in memory, before those that were read longest ago are dropped."""


class Seen(Struct):
    """A session as this worker last read it, and when it was last used here."""

    person: SignedInPerson
    who: Actor
    read_at: datetime
    used_at: datetime


async def authenticate(request: Request) -> Actor | None:
    """Return who the session's cookie belongs to, or None."""
    token = request.cookies.get(cookie_name(platform(request)), "")
    if not token:
        return None
    here, memory = platform(request), _memory(request)
    now, token_hash = here.clock(), hash_of(token)
    seen = memory.get(token_hash)
    if seen is None or now - seen.read_at >= TRUSTED:
        person = await session_of(here.db, token_hash)
        if person is None:
            memory.pop(token_hash, None)
            return None
        used_at = max(person.used_at, seen.used_at) if seen else person.used_at
        seen = memory[token_hash] = Seen(
            person, actor_of(person, person.session_id), now, used_at
        )
    if now >= seen.person.expires_at or now - seen.used_at >= _idle(seen.person):
        return None
    seen.used_at = now
    if now - seen.person.used_at >= USED_AGAIN:
        await here.execute(SESSION, seen.person.session_id, UseSession(), actor=seen.who)
        seen.read_at -= TRUSTED  # read it again next time
    return seen.who


async def begin(
    request: Request,
    who: Persona,
    response: Response,
    *,
    assurance: Assurance,
    way: str,
    offline: bool = False,
) -> str:
    """Begin a session of *who*, give its token to the browser with *response*; return its id.

    *way*: ``persona``, ``passkey``, ``oidc`` or ``roster``. *who* has the roles they come in as.
    """
    here = platform(request)
    await end(request)
    token = here.random(32).hex()
    session_id = uuid7(here.clock(), here.random(10))
    roles = known_roles(who.roles)
    command = SignIn(
        session_id=session_id,
        org=who.org,
        staff_id=who.staff_id,
        token_hash=hash_of(token),
        roles=roles,
        assurance=assurance,
        way=way,
        offline=offline,
    )
    by = structs.replace(actor_of(who, session_id), offline=offline)
    await here.execute(SESSION, session_id, command, actor=by)
    response.set_cookie(
        cookie_name(here),
        token,
        max_age=int(SHIFT.total_seconds()),
        path="/",
        secure=here.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return session_id


async def end(request: Request) -> None:
    """End the browser's session, here and at once; nothing happens if it has none."""
    here = platform(request)
    token_hash = hash_of(request.cookies.get(cookie_name(here), ""))
    _memory(request).pop(token_hash, None)
    person = await session_of(here.db, token_hash)
    if person is not None:
        who = actor_of(person, person.session_id)
        await here.execute(SESSION, person.session_id, SignOut(), actor=who)
        _memory(request).pop(token_hash, None)


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


def hash_of(token: str) -> str:
    """Return what we keep of *token*."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(person: SignedInPerson | Persona, session_id: str) -> Actor:
    """Return *person* as the platform's pages know them."""
    came_as = () if isinstance(person, Persona) else person.came_as
    roles = known_roles(role for role in person.roles if role in came_as or not came_as)
    who = Actor(
        staff_id=person.staff_id,
        name=person.name,
        role=roles[0].value if roles else "",
        role_label=label_of(roles),
        org=person.org,
        org_name=person.org_name,
        permissions=permissions_of(roles),
        session_id=session_id,
        read_only=read_only(roles),
        until=person.until,
    )
    if isinstance(person, Persona):
        return who
    return structs.replace(
        who,
        assurance=Assurance(person.assurance),
        way=person.way,
        offline=person.offline,
    )


def _idle(person: SignedInPerson) -> timedelta:
    return timedelta(seconds=person.idle_seconds)


def _memory(request: Request) -> dict[str, Seen]:
    """Return what this worker remembers of sessions, by the token's hash.

    ``ending`` empties it when a session or a person moved, here or in another worker.
    """
    remembered = platform(request).memory.setdefault(MEMORY, {})
    memory = cast("dict[str, Seen]", remembered)
    if len(memory) > REMEMBERED:
        for token_hash in sorted(memory, key=lambda each: memory[each].read_at)[:1_000]:
            del memory[token_hash]
    return memory
