"""Somebody who sat at a shared workstation before, and left something behind."""

import re

from standfast.identity.sessions import COOKIE
from tests.attack.registry import Ground, Outcome, attack, got_through, refused
from tests.support.site import Site

PLANTED = "0" * 64


async def _is_in(site: Site) -> bool:
    return (await site.get("/identity/staff")).status_code in (200, 403)


async def _sign_in(site: Site, staff_id: str = "sam.whitlock") -> str:
    """Sign in, and return the token that the browser was given."""
    answer = await site.post("/sign-in", {"staff_id": staff_id})
    found = re.match(rf"{COOKIE}=([0-9a-f]+);", answer.headers.get("set-cookie", ""))
    return found[1] if found else ""


def _hold(site: Site, token: str) -> None:
    site.browser.cookies.clear()
    if token:
        site.browser.cookies.set(COOKIE, token)


@attack("Plant a session before somebody signs in (fixation)")
async def fixation(ground: Ground) -> Outcome:
    async with ground.site(real_sign_in=True) as site:
        _hold(site, PLANTED)
        token = await _sign_in(site)
        if token in ("", PLANTED):
            return got_through("the planted token became the session")
        _hold(site, PLANTED)
        if await _is_in(site):
            return got_through("the planted token opens the session")
        _hold(site, token)
        if not await _is_in(site):
            return got_through("nobody can sign in, so nothing was proved")
    return refused("a new token at each sign-in")


@attack("Keep the token of whoever sat there before the next one signed in")
async def kept_token(ground: Ground) -> Outcome:
    async with ground.site(real_sign_in=True) as site:
        mine = await _sign_in(site, "amira.khan")
        _hold(site, mine)
        theirs = await _sign_in(site)
        if theirs in ("", mine):
            return got_through("both have one token")
        _hold(site, mine)
        if await _is_in(site):
            return got_through("the earlier token still works")
    return refused("the earlier session ends when the next begins")


@attack("Plant a session in an address, a form or a header")
async def elsewhere_than_the_cookie(ground: Ground) -> Outcome:
    async with ground.site(real_sign_in=True) as site:
        token = await _sign_in(site)
        _hold(site, "")
        for headers in (
            {"authorization": f"Bearer {token}"},
            {"x-session": token},
            {"x-forwarded-cookie": f"{COOKIE}={token}"},
        ):
            answer = await site.browser.get("/identity/staff", headers=headers)
            if answer.status_code in (200, 403):
                return got_through(str(headers.keys()))
        path = f"/identity/staff?{COOKIE}={token}"
        if (await site.get(path)).status_code in (200, 403):
            return got_through("an address")
    return refused("only the cookie is looked at")
