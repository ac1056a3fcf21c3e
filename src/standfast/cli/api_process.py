"""The API in a process of its own: however much comes in there, calls are taken elsewhere."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import uvloop
from msgspec.structs import replace

from standfast.app import api, begin_worker
from standfast.cli.kept_process import kept_process
from standfast.cli.opening import now
from standfast.settings import Settings
from standfast.vault.holder import keys_of
from standfast.vault.names import TLS_API
from standfast.vault.vault import Keys
from standfast.web.listener import listening, server_context, show

COMMAND: Final = "serve-api"
GENTLE: Final = 5
"""How much later than the pages' workers this process gets a processor that both want (nice)."""


def serve_api() -> None:
    """Serve the API until the node ends. Started by `standfast up`, never by hand."""
    settings = begin_worker()
    os.nice(GENTLE)
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(settings))


@contextmanager
def api_process(settings: Settings) -> Iterator[None]:
    """Have the API's process running inside the block, if it is to have one."""
    if not settings.api_port:
        yield
        return
    with kept_process(COMMAND):
        yield


async def _serve(settings: Settings) -> None:
    tls, watching = None, None
    if settings.api_tls:
        keys = keys_of(settings.data, holder=settings.keys_holder, clock=now)
        ca = Path(settings.api_client_ca) if settings.api_client_ca else None
        shown = await asyncio.to_thread(keys.secret, TLS_API)
        tls = server_context(shown, ca)
        seconds = settings.tls_watch_seconds
        watching = asyncio.create_task(_keep_shown(tls, keys, shown, seconds))
    app = api(replace(settings, workers=1))  # the whole of each client's limit is here
    async with (
        app.router.lifespan_context(app),
        listening(app, host=settings.api_host, port=settings.api_port, tls=tls),
    ):
        await (watching or asyncio.Event().wait())


async def _keep_shown(
    tls: ssl.SSLContext, keys: Keys, shown: bytes, every_seconds: float
) -> None:
    """Show whoever connects the certificate as the vault has it; nobody is cut off for that."""
    while True:
        await asyncio.sleep(every_seconds)
        found = await asyncio.to_thread(keys.anew, TLS_API)
        if found != shown:
            show(tls, found)
            shown = found
