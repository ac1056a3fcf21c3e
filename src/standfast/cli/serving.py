"""The HTTP server of a node, over TLS when the vault has a certificate."""

import asyncio
import hashlib
import http.client
import os
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from standfast.cli.journaling import record_certificates
from standfast.cli.opening import now
from standfast.settings import Settings
from standfast.vault.authority import due, names_of
from standfast.vault.certificates import Certificates, list_made_at
from standfast.vault.names import TLS, TLS_API, TLS_CA
from standfast.vault.presenting import PATH
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

LIVE_STREAMS: Final = 16_384
"""Open connections that one worker takes; the server's default would stop at a thousand."""

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - what an operator says to mean it

_LIST_AGAIN: Final = timedelta(days=1)


def serve(host: str, port: int, workers: int, *, tls: bool) -> None:
    """Serve until somebody stops it. SIGHUP starts every worker anew, one after another."""
    server = Granian(
        "standfast.app:node",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        factory=True,
        loop=Loops.uvloop,
        websockets=False,
        backlog=4096,
        backpressure=LIVE_STREAMS,
        respawn_failed_workers=True,
        workers_kill_timeout=1,
        log_level=LogLevels.error,
    )
    if tls:  # read by each worker from its own memory; nothing for the parent to read
        server.ssl_ctx = (True, PATH, PATH, None, "tls1.3", None, [], False)  # type: ignore[assignment]
    server.serve()


def address_of(settings: Settings, vault: Vault, host: str, port: int) -> str:
    """Return where people find the pages."""
    if settings.tls:
        name = next(iter(names_of(vault.secret(TLS))), host)
        return f"https://{name}:{port}"
    return f"http://{'localhost' if host in ('127.0.0.1', EVERYWHERE) else host}:{port}"


def answers(host: str, port: int, *, tls: bool, path: str = "/healthz") -> bool:
    """Return whether the node on this machine answers *path* with 200."""
    asked = "127.0.0.1" if host == EVERYWHERE else host
    asking: http.client.HTTPConnection
    if tls:  # we ask ourselves whether we are there, and tell nothing: no name to be checked
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asking = http.client.HTTPSConnection(asked, port, timeout=2, context=context)
    else:
        asking = http.client.HTTPConnection(asked, port, timeout=2)
    try:
        asking.request("GET", path)
        return asking.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


@contextmanager
def certificate_kept(
    settings: Settings, vault: Vault, say: Callable[[str], None]
) -> Iterator[None]:
    """Renew our servers' certificates in time, and have workers take up any new one."""
    if not (settings.tls or settings.api_tls):
        yield
        return
    over = threading.Event()
    keeper = _Keeper(settings, vault, say)

    def keep() -> None:
        while not over.wait(settings.tls_watch_seconds):
            keeper.look()

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


class _Keeper:
    """Looks after the certificate: what the workers show, and what they should."""

    def __init__(self, settings: Settings, vault: Vault, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._vault = vault
        self._say = say
        self._shown = _print(vault.find(TLS))

    def look(self) -> None:
        """Renew what is due; start workers anew when the certificate is another."""
        try:
            self._renew()
            found = self._vault.find(TLS)
        except (VaultTrouble, OSError) as trouble:
            self._say(f"The certificate could not be looked after: {trouble}")
            return
        if _print(found) != self._shown:
            self._shown = _print(found)
            self._say("The workers take up a new certificate, one after another")
            os.kill(os.getpid(), signal.SIGHUP)

    def _renew(self) -> None:
        if self._vault.find(TLS_CA) is None:
            return
        certificates = Certificates(self._settings.data, self._vault)
        at = now()
        for name, whose in ((TLS, "server"), (TLS_API, "API")):
            bundle = self._vault.find(name)
            if bundle is not None and due(bundle, at) and certificates.is_ours(bundle):
                certificates.renew(names_of(bundle), at, of=name)
                asyncio.run(record_certificates(self._settings, self._vault))
                self._say(f"The {whose}'s certificate was renewed")
        if at - list_made_at(self._settings.data) > _LIST_AGAIN:
            certificates.list_again(at)


def _print(bundle: bytes | None) -> str:
    return hashlib.sha256(bundle or b"").hexdigest()
