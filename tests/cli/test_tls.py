"""A node that answers over TLS: 1.3 only, its key on no disk, its certificate renewed at work."""

import http.client
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509

from standfast.vault.authority import LIFE
from standfast.vault.certificates import FOLDER, Certificates
from standfast.vault.names import TLS_API
from standfast.vault.vault import Vault, plain_file
from tests.support.database import open_folder
from tests.support.node import PATIENCE, free_port, run, stop_database, until

pytestmark = pytest.mark.slow

LITTLE_LEFT: Final = LIFE * 5 / 6


class TlsNode:
    """A node of the demonstration, over TLS."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.api_port = free_port()
        words = ["up", "--demo", "--no-ringing", "--data", str(data), "--port", str(self.port)]
        words += ["--api-port", str(self.api_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "standfast", *words],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "STANDFAST_TLS_WATCH_SECONDS": "1"},
        )
        until(self.healthy, self.process)

    def ask(self, path: str, *, port: int = 0, **context: object) -> http.client.HTTPResponse:
        trusting = ssl.create_default_context(cafile=str(self.data / FOLDER / "ca.pem"))
        for name, value in context.items():
            setattr(trusting, name, value)
        asking = http.client.HTTPSConnection(
            "localhost", port or self.port, timeout=10, context=trusting
        )
        asking.request("GET", path)
        answer = asking.getresponse()
        answer.read()
        asking.close()
        return answer

    def healthy(self) -> bool:
        try:
            return self.ask("/healthz").status == http.HTTPStatus.OK
        except OSError:
            return False

    def answers_api(self) -> bool:
        try:
            return self.ask("/healthz", port=self.api_port).status == http.HTTPStatus.OK
        except OSError:
            return False

    def serial(self, port: int = 0) -> int:
        shown = ssl.get_server_certificate(("127.0.0.1", port or self.port))
        return x509.load_pem_x509_certificate(shown.encode()).serial_number


@pytest.fixture(scope="module")
def node() -> Iterator[TlsNode]:
    with open_folder("standfast-tls-") as place:
        data = place / "data"
        data.mkdir(mode=0o711)
        told = run(data, "tls", "init", "--name", "desk.harrowmere.example")
        assert told.returncode == 0, told.stderr
        told = run(data, "tls", "api", "--name", "api.harrowmere.example")
        assert told.returncode == 0, told.stderr
        running = TlsNode(data)
        yield running
        running.process.terminate()
        running.process.wait(PATIENCE)
        stop_database(data)


def test_it_answers_over_tls_1_3_to_whoever_trusts_its_authority(node: TlsNode) -> None:
    answer = node.ask("/sign-in")

    assert answer.status == http.HTTPStatus.OK
    said = answer.headers["strict-transport-security"]
    assert said == "max-age=63072000; includeSubDomains"


def test_an_older_tls_is_refused(node: TlsNode) -> None:
    with pytest.raises(ssl.SSLError):
        node.ask("/healthz", maximum_version=ssl.TLSVersion.TLSv1_2)


def test_its_cookies_never_travel_in_the_clear(node: TlsNode) -> None:
    trusting = ssl.create_default_context(cafile=str(node.data / FOLDER / "ca.pem"))
    asking = http.client.HTTPSConnection("localhost", node.port, timeout=10, context=trusting)
    asking.request("GET", "/sign-in")
    page = asking.getresponse().read().decode()
    chosen = page.partition('name="staff_id" value="')[2].partition('"')[0]
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "none"}
    asking.request("POST", "/sign-in", f"staff_id={chosen}", headers)
    cookie = asking.getresponse().headers["set-cookie"]
    asking.close()

    assert cookie.startswith("__Host-standfast-session=")
    assert "secure" in cookie.lower()


def test_a_certificate_that_runs_out_is_renewed_while_it_works(node: TlsNode) -> None:
    before = node.serial()
    then = datetime.now(UTC) - LITTLE_LEFT
    vault = Vault.open(node.data, clock=lambda: then)
    old = Certificates(node.data, vault).renew(["localhost", "127.0.0.1"], then)

    until(lambda: node.serial() not in (before, int(old.serial, 16)), node.process)

    assert node.healthy()
    assert plain_file(node.data, "tls").exists()
    told = run(node.data, "tls", "status").stdout
    assert "89 days left" in told or "90 days left" in told
    told = run(node.data, "events", "keyring.site/harrowmere").stdout
    assert "A certificate for localhost" in told


def test_the_api_shows_its_own_certificate_renewed_without_cutting_anybody_off(
    node: TlsNode,
) -> None:
    port = node.api_port
    until(node.answers_api, node.process)
    trusting = ssl.create_default_context(cafile=str(node.data / FOLDER / "ca.pem"))
    asking = http.client.HTTPSConnection("localhost", port, timeout=10, context=trusting)
    with closing(asking) as held:
        held.request("GET", "/healthz")
        assert held.getresponse().read()
        before = node.serial(port)
        then = datetime.now(UTC) - LITTLE_LEFT
        vault = Vault.open(node.data, clock=lambda: then)
        old = Certificates(node.data, vault).renew(["localhost"], then, of=TLS_API)

        until(lambda: node.serial(port) not in (before, int(old.serial, 16)), node.process)
        held.request("GET", "/healthz")
        answer = held.getresponse()
        answer.read()

    assert answer.status == http.HTTPStatus.OK, "the same connection as before"
    assert before != node.serial(), "not that of the pages"
    with pytest.raises(ssl.SSLError):
        node.ask("/healthz", port=port, maximum_version=ssl.TLSVersion.TLSv1_2)
