"""Somebody who has a browser, a cache or a proxy believe that our pages are theirs."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from tests.attack.registry import Ground, Outcome, add, attack, got_through, refused
from tests.support.site import Site

EVIL: Final = "evil.example"

ASKED: Final[Mapping[str, bytes]] = {
    "Ask for our pages by another name (DNS rebinding)": (
        b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    ),
    "Open the stream of what moves by another name": (
        b"GET /live HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    ),
    "Ask for a WebSocket by another name": (
        b"GET /live HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ),
    "Name us in the request's target and another in Host": (
        b"GET http://localhost/sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    ),
    "Name two hosts": (
        b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    ),
    "Name no host": b"GET /sign-in HTTP/1.1\r\n\r\n",
    "Name no host, as programs did in 1996": b"GET /sign-in HTTP/1.0\r\n\r\n",
    "Post a form by another name, from a page of that name": (
        b"POST /sign-in HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
        b"Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 21\r\n\r\nstaff_id=sam.whitlock"
    ),
    "Call the API by another name": (
        b"POST /oauth/token HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n"
    ),
}


async def _said(ground: Ground, request: bytes) -> bytes:
    """Return how a node that runs answers to these very bytes."""
    port = ground.node().port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(10):
            return await reader.readline()
    finally:
        writer.close()


async def _asked(request: bytes, ground: Ground) -> Outcome:
    plain = await _said(ground, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n")
    if b" 200 " not in plain:
        return got_through(f"nobody is answered, so nothing was proved: {plain!r}")
    line = await _said(ground, request)
    status = line.split(b" ")[1] if line.count(b" ") else b""
    if status not in (b"421", b"400", b""):
        return got_through(line.decode("latin-1").strip())
    return refused(f"the node: {line.decode('latin-1').strip()[9:] or 'it hangs up'}")


for _name, _request in ASKED.items():
    add(_name, "host", partial(_asked, _request))


@attack("Have a page give our address as another's, by every header that proxies add")
async def proxies_word(ground: Ground) -> Outcome:
    async with ground.site() as site:
        for name in (
            "x-forwarded-host",
            "forwarded",
            "x-host",
            "x-original-host",
            "x-rewrite-url",
        ):
            for path in ("/sign-in", "/.well-known/smart-configuration", "/openapi.json"):
                if EVIL in await _page(site, path, {name: EVIL, "x-forwarded-proto": "gopher"}):
                    return got_through(f"{path} says what {name} said")
            answer = await site.browser.get("/sign-in", headers={"host": EVIL, name: "site"})
            if answer.status_code != 421:
                return got_through(f"{name} made another name ours")
    return refused("the guard: only Host is read, and only names of the settings")


async def _page(site: Site, path: str, headers: Mapping[str, str]) -> str:
    answer = await site.browser.get(path, headers=dict(headers))
    return answer.text + str(answer.headers)
