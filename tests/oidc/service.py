"""The real sign-in service, started as a program of its own; and what a person does at it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.node import free_port, until
from tests.support.npm import install
from tests.support.site import Site

HERE: Final = Path(__file__).parent

ORIGIN: Final = "http://site"
CLIENT_ID: Final = "standfast-tests"
ACR: Final = "AAL2_OR_AAL3_ANY"


class Service:
    """A running ``oidc-provider``. Its clock stands where the test puts it."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.issuer, trust_env=False)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings of a site that signs in here."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT_ID,
            "origin": ORIGIN,
            "outbound": self.issuer,
            **more,
        }

    def know(self, keys: dict[str, Any], logout_uri: str = "") -> None:
        """Make the site this service's client, with its published *keys*."""
        client: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": keys["keys"][0]["alg"],
            "jwks": keys,
            "redirect_uris": [f"{ORIGIN}/sign-in/service/back"],
            "post_logout_redirect_uris": [f"{ORIGIN}/sign-in"],
        }
        if logout_uri:
            client |= {
                "backchannel_logout_uri": logout_uri,
                "backchannel_logout_session_required": True,
            }
        self.tell(client=client)

    def tell(self, **said: Any) -> dict[str, Any]:
        """Tell the service who signs in next, what time it is, or to take new keys."""
        answer: dict[str, Any] = self._http.post("/test", json=said).raise_for_status().json()
        return answer

    def next(self, login: str, *, acr: str = ACR, roles: list[dict[str, str]] = []) -> None:  # noqa: B006 - never changed
        self.tell(login=login, acr=acr, roles=roles)

    def close(self) -> None:
        self._http.close()

    def at(self, now: datetime) -> None:
        self.tell(now=int(now.timestamp() * 1000))


class Browser:
    """A browser at the service. Its cookies do not run out: the service's clock is the test's."""

    def __init__(self) -> None:
        self._cookies: dict[str, str] = {}
        self._http = httpx.Client(trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, address: str) -> httpx.Response:
        sent = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = self._http.get(address, headers={"cookie": sent})
        self._http.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


def through(browser: Browser, address: str) -> str:
    """Follow *address* through the service; return where it leads back to the site."""
    for _ in range(10):
        if address.startswith(ORIGIN):
            return address.removeprefix(ORIGIN)
        answer = browser.get(address)
        assert answer.is_redirect, (answer.status_code, answer.text[:2000])
        address = urljoin(address, answer.headers["location"])
    raise AssertionError("the service leads round in circles")


async def go_there(site: Site) -> str:
    """Press the button on the sign-in page; return the address at the service."""
    answer = await site.get("/sign-in/service")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def sign_in(site: Site, browser: Browser | None = None) -> httpx.Response:
    """Go to the service and come back; return what the site answers."""
    there = await go_there(site)
    if browser is not None:
        return await site.get(through(browser, there))
    with Browser() as alone:
        return await site.get(through(alone, there))


@contextmanager
def running_service() -> Iterator[Service]:
    """Run the service on a free port for the length of the block."""
    install(HERE)
    node = shutil.which("node")
    assert node, "node is missing: run tools/bootstrap --browser"
    port = free_port()
    with subprocess.Popen(
        [node, "provider.mjs", str(port)],
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        service = Service(port)
        try:
            until(lambda: _answers(service.issuer), process)
            yield service
        finally:
            service.close()
            process.terminate()


def _answers(issuer: str) -> bool:
    try:
        address = f"{issuer}/.well-known/openid-configuration"
        return httpx.get(address, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def parts(address: str) -> dict[str, str]:
    """Return the query of *address*."""
    return dict(httpx.QueryParams(urlsplit(address).query))
