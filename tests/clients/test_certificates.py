"""Mutual TLS in earnest: our listener, real handshakes, and every certificate that is wrong."""

import base64
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from standfast.app import API_PAGES, create_app
from standfast.clients.model import CLIENT
from standfast.journal.doors import DOORS, tell_door_key
from standfast.web.listener import listening, server_context
from tests.clients.examples import (
    ASSERTION_TYPE,
    CLIENT_ID,
    SAM,
    ask,
    assertion,
    register,
    registration,
)
from tests.clients.pki import Authority, Issued, dns, here, uri
from tests.interop.examples import CORRELATION_ID, REQUEST_ID, XML
from tests.support.database import Database
from tests.support.site import NOON, Clock, open_site, settings_for

pytestmark = pytest.mark.anyio

NAME: Final = "bars-zz999.harrowmere.example"


@dataclass
class Api:
    """The API on a port of its own, with a CA of its own, and what a client does with it."""

    port: int
    clients: Authority
    servers: Authority
    folder: Path
    clock: Clock

    def browser(
        self, shown: Issued | None, *, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ) -> httpx.AsyncClient:
        """Return a client program that shows this certificate."""
        context = ssl.create_default_context(cadata=self.servers.pem.decode())
        context.maximum_version = most
        if shown is not None:
            context.load_cert_chain(shown.write(self.folder / f"{shown.serial}.pem"))
        return httpx.AsyncClient(
            verify=context, base_url=f"https://127.0.0.1:{self.port}", timeout=5
        )

    async def token(self, client: httpx.AsyncClient) -> httpx.Response:
        audience = "https://api.example/oauth/token"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion(self.clock(), aud=audience),
        }
        return await client.post("/oauth/token", data=form)

    async def send(self, client: httpx.AsyncClient, token: str) -> httpx.Response:
        headers = {
            "content-type": "application/fhir+xml",
            "accept": "application/fhir+json",
            "x-request-id": REQUEST_ID,
            "x-correlation-id": CORRELATION_ID,
            "authorization": f"Bearer {token}",
        }
        return await client.post("/bars/$process-message", content=XML, headers=headers)


@asynccontextmanager
async def api(database: Database, **settings: Any) -> AsyncIterator[Api]:
    """Run the API as its own process does, and register a client known by a certificate."""
    now = datetime.now(UTC)  # OpenSSL looks at no other clock
    clients, servers, clock = Authority(now=now), Authority("Servers", now=now), Clock(now)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "ca.pem").write_bytes(clients.pem)
        (folder / "crl.pem").write_bytes(clients.revocations())
        known: dict[str, Any] = {
            "demonstration": False,
            "api_url": "https://api.example",
            "hosts": "127.0.0.1:*",
            "api_client_ca": str(folder / "ca.pem"),
            "api_client_crl": str(folder / "crl.pem"),
        } | settings
        app = create_app(settings_for(database, folder, **known), clock=clock, pages=API_PAGES)
        bundle = servers.issue(here(), server=True).pem
        context = server_context(bundle, folder / "ca.pem")
        async with (
            app.router.lifespan_context(app),
            listening(app, host="127.0.0.1", port=0, tls=context) as port,
        ):
            platform = app.state.platform
            await tell_door_key(database.owner_dsn, platform.secret(DOORS))
            command = registration(certificate_name=NAME)
            await platform.execute(CLIENT, CLIENT_ID, command, actor=SAM)
            yield Api(port, clients, servers, folder, clock)


async def refused_at_the_handshake(api: Api, client: httpx.AsyncClient) -> None:
    """Expect that nothing is answered at all."""
    async with client:
        with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
            await api.token(client)


@pytest.mark.parametrize("name", [dns(NAME), uri(NAME)])
async def test_a_client_known_by_its_certificate_sends_a_referral(
    database: Database, name: Any
) -> None:
    async with api(database) as running:
        async with running.browser(running.clients.issue(name)) as client:
            token = (await running.token(client)).json()["access_token"]
            answer = await running.send(client, token)
            again = await running.send(client, token)

        assert answer.status_code == 200, answer.text
        assert again.status_code == 409


async def test_no_certificate_is_no_way_in(database: Database) -> None:
    async with api(database) as running:
        await refused_at_the_handshake(running, running.browser(None))


async def test_another_authoritys_certificate_is_refused(database: Database) -> None:
    async with api(database) as running:
        await refused_at_the_handshake(running, running.browser(Authority().issue(dns(NAME))))


async def test_an_expired_certificate_is_refused(database: Database) -> None:
    async with api(database) as running:
        old = running.clients.issue(dns(NAME), days=-1, before=40)
        await refused_at_the_handshake(running, running.browser(old))


async def test_tls_1_2_is_refused(database: Database) -> None:
    async with api(database) as running:
        good = running.clients.issue(dns(NAME))
        old = running.browser(good, most=ssl.TLSVersion.TLSv1_2)
        await refused_at_the_handshake(running, old)


async def test_a_revoked_certificate_is_refused_from_that_moment(database: Database) -> None:
    async with api(database) as running:
        issued = running.clients.issue(dns(NAME))
        async with running.browser(issued) as client:
            token = (await running.token(client)).json()["access_token"]
            crl = running.folder / "crl.pem"
            crl.write_bytes(running.clients.revocations(issued.serial))

            sent = await running.send(client, token)
            asked = await running.token(client)

        assert sent.status_code == 401
        assert "revoked" in sent.text
        assert "revoked" in asked.json()["error_description"]


async def test_a_list_of_revoked_ones_that_is_out_of_date_lets_nobody_in(
    database: Database,
) -> None:
    async with api(database) as running:
        (running.folder / "crl.pem").write_bytes(running.clients.revocations(days=-1))
        async with running.browser(running.clients.issue(dns(NAME))) as client:
            asked = await running.token(client)

        assert asked.status_code == 401
        assert "out of date" in asked.json()["error_description"]


async def test_a_list_that_another_authority_signed_counts_for_nothing(
    database: Database,
) -> None:
    forged = Authority()  # of the same name, with another key
    async with api(database) as running:
        (running.folder / "crl.pem").write_bytes(forged.revocations())
        async with running.browser(running.clients.issue(dns(NAME))) as client:
            asked = await running.token(client)

        assert asked.status_code == 401
        assert "no list" in asked.json()["error_description"]


async def test_the_wrong_name_gets_no_token(database: Database) -> None:
    async with api(database) as running:
        other = running.clients.issue(dns("bars-zz111.harrowmere.example"), dns(f"x.{NAME}"))
        async with running.browser(other) as client:
            asked = await running.token(client)

        assert asked.status_code == 401
        assert "not in the name" in asked.json()["error_description"]


async def test_a_stolen_token_is_worthless_without_its_certificate(database: Database) -> None:
    async with api(database) as running:
        async with running.browser(running.clients.issue(dns(NAME))) as client:
            token = (await running.token(client)).json()["access_token"]
        async with running.browser(running.clients.issue(dns(NAME))) as thief:
            sent = await running.send(thief, token)

        assert sent.status_code == 401
        assert "another TLS certificate" in sent.text


@pytest.mark.parametrize(
    ("proxies", "expected"), [("127.0.0.1", 200), ("192.0.2.1", 401), ("", 401)]
)
async def test_a_header_is_believed_of_the_named_proxy_alone(
    database: Database, tmp_path: Path, proxies: str, expected: int
) -> None:
    """RFC 9440: the proxy ends TLS and says in Client-Cert what was shown."""
    clients = Authority(now=NOON)
    (tmp_path / "ca.pem").write_bytes(clients.pem)
    settings: dict[str, Any] = {
        "api_client_ca": str(tmp_path / "ca.pem"),
        "api_proxies": proxies,
    }
    der = clients.issue(dns(NAME)).der
    header = {"client-cert": f":{base64.b64encode(der).decode()}:"}
    async with open_site(database, **settings) as site:
        await register(site, certificate_name=NAME)

        with_header = await ask(site, assertion(NOON), headers=header)
        without = await ask(site, assertion(NOON))

        assert with_header.status_code == expected, with_header.text
        assert without.status_code == 401


@pytest.mark.parametrize("header", ["", ":", "::", ":AAAA:", ":\u00ff:", "hello", ":" * 30_000])
async def test_any_header_at_all_is_refused_and_never_breaks(
    database: Database, tmp_path: Path, header: str
) -> None:
    (tmp_path / "ca.pem").write_bytes(Authority(now=NOON).pem)
    settings: dict[str, Any] = {
        "api_client_ca": str(tmp_path / "ca.pem"),
        "api_proxies": "127.0.0.1",
    }
    async with open_site(database, **settings) as site:
        await register(site, certificate_name=NAME)
        sent = {"client-cert": header.encode("latin-1")}

        assert (await ask(site, assertion(NOON), headers=sent)).status_code == 401
