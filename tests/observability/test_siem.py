"""Security events reach a real syslog receiver, each once, in order, however often it is away."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from standfast.cli.siem import Teller
from standfast.keyring.model import KEYRING
from standfast.observability.siem import LONGEST, Receiver, Severity, Undelivered, message
from standfast.vault.certificates import FOLDER
from standfast.vault.contexts import in_memory
from standfast.vault.names import TLS
from tests.calls.examples import AMIRA, OPEN, PROBLEM, write
from tests.keyring.test_model import GIVEN, SEALED
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site, settings_for, somebody
from tests.vault.test_tls import place

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SAM: Final = somebody("sam.whitlock", "Sam Whitlock", "it_officer", PROVIDER, "keyring.read")
RFC_5424: Final = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<at>\S+) (?P<host>\S+) (?P<app>\S+) \d+ (?P<id>\S+) - (?P<json>\{.*\})"
)


def read(content: bytes) -> dict[str, Any]:
    """Return what a message says, read as the standard has it."""
    found = RFC_5424.fullmatch(content)
    assert found, content
    told: dict[str, Any] = json.loads(found["json"])
    return {**told, "pri": int(found["pri"]), "host": found["host"].decode()}


class Listener:
    """A syslog receiver over TCP, which may be away."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.heard: list[bytes] = []
        self._lines: list[socket.socket] = []
        self._more = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
                if self._context:
                    line = self._context.wrap_socket(line, server_side=True)
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._hear, args=(line,), daemon=True).start()

    def _hear(self, line: socket.socket) -> None:
        held = b""
        while True:
            try:
                got = line.recv(65536)
            except OSError:
                return
            if not got:
                return
            held += got
            while b" " in held and len(held) >= int(held.partition(b" ")[0]):
                length, _, rest = held.partition(b" ")
                if len(rest) < int(length):
                    break
                with self._more:
                    self.heard.append(rest[: int(length)])
                    self._more.notify_all()
                held = rest[int(length) :]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.heard) >= count, timeout=20), self.heard
        return [read(each) for each in self.heard]

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._lines:
            line.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.close()


def send(address: str, content: bytes, *, ca: str = "") -> None:
    receiver = Receiver(address, ca=ca)
    try:
        receiver.send(content)
    finally:
        receiver.close()


async def write_some(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        for command in (SEALED, GIVEN):
            await site.execute(KEYRING, "harrowmere", command)
        site.as_(AMIRA)
        await write(site, OPEN, PROBLEM)


def about_keys(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was told of keys: other things are written meanwhile, such as a roster."""
    return [each for each in heard if each["event.category"] == "keyring"]


async def told(teller: Teller) -> int:
    """Tell from a thread of its own, as a node does."""
    import asyncio  # noqa: PLC0415 - of this helper alone

    try:
        return await asyncio.to_thread(teller.tell)
    finally:
        teller.close()


async def test_what_concerns_security_is_told_and_nothing_clinical(
    database: Database, tmp_path: Path, listener: Listener
) -> None:
    settings = settings_for(database, tmp_path, siem=f"tcp://127.0.0.1:{listener.port}")
    teller = Teller(settings)
    assert await told(teller) == 0

    await write_some(database)
    sent = await told(teller)

    first, second = about_keys(listener.wait_for(sent))
    assert first["event.action"] == "keyring.keys_sealed"
    assert first["user.id"] == SAM.staff_id
    assert first["organization.id"] == PROVIDER
    assert first["pri"] == 13 * 8 + Severity.NOTICE
    assert first["host"] == "harrowmere"
    assert second["event.action"] == "keyring.certificate_issued"
    assert b"chest" not in b"".join(listener.heard)
    assert await told(teller) == 0


async def test_while_it_is_away_nothing_is_lost_and_afterwards_nothing_told_twice(
    database: Database, tmp_path: Path
) -> None:
    away = Listener()
    settings = settings_for(database, tmp_path, siem=f"tcp://127.0.0.1:{away.port}")
    assert await told(Teller(settings)) == 0
    away.close()
    await write_some(database)

    for _ in range(3):
        with pytest.raises(Undelivered):
            await told(Teller(settings))

    back = Listener()
    settings = settings_for(database, tmp_path, siem=f"tcp://127.0.0.1:{back.port}")
    sent = await told(Teller(settings))
    assert await told(Teller(settings)) == 0
    assert len(about_keys(back.wait_for(sent))) == 2
    assert len(back.heard) == sent
    back.close()


async def test_a_page_that_was_refused_is_told(database: Database, listener: Listener) -> None:
    address = f"tcp://127.0.0.1:{listener.port}"
    async with open_site(database, actor=AMIRA, siem=address) as site:
        teller = Teller(site.platform.settings)
        before = await told(teller)
        answer = await site.get("/keyring/keys")
        assert answer.status_code == 403
        sent = before + await told(teller)

    heard = listener.wait_for(sent)
    [refused] = [each for each in heard if each["event.action"] == "page.refused"]
    assert refused["user.id"] == AMIRA.staff_id
    assert refused["standfast.page"] == "GET /keyring/keys"
    assert refused["pri"] == 13 * 8 + Severity.WARNING


def test_over_tls_only_a_receiver_that_can_prove_its_name_is_told(tmp_path: Path) -> None:
    ours = place(tmp_path / "siem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with in_memory(ours.vault.secret(TLS)) as path:
        context.load_cert_chain(path)
    listener = Listener(context)
    ca = str(ours.data / FOLDER / "ca.pem")
    content = message({"event.action": "x"}, at=NOW, severity=Severity.ALERT, site="s")

    send(f"tls://localhost:{listener.port}", content, ca=ca)
    assert listener.wait_for(1)[0]["event.action"] == "x"
    with pytest.raises(Undelivered):
        send(f"tls://127.0.0.1:{listener.port}", content, ca=ca)
    with pytest.raises(Undelivered):
        send(f"tls://localhost:{listener.port}", content)
    listener.close()


def test_datagrams_are_sent_whole(tmp_path: Path) -> None:
    content = message({"event.action": "x"}, at=NOW, severity=Severity.ALERT, site="s")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        send(f"udp://127.0.0.1:{udp.getsockname()[1]}", content)
        assert udp.recv(65536) == content
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind(str(path))
        unix.settimeout(10)
        send(f"unix://{path}", content)
        assert unix.recv(65536) == content


def test_nothing_that_was_typed_can_forge_a_line() -> None:
    typed = {"event.action": "a b\n<0>1 forged", "user.id": "\n\x1b[2J\u202eeve" + "x" * 9000}
    content = message(typed, at=NOW, severity=Severity.NOTICE, site="a site\n")

    assert b"\n" not in content
    assert b"\x1b" not in content
    assert len(content) <= LONGEST


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="udp://, tcp://, tls:// or unix://"):
        Receiver("http://siem.example")
