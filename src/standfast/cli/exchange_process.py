"""The exchange with other sites in a process of its own, under a database role of its own."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from secrets import SystemRandom
from typing import Final

import uvloop

from standfast.app import PROJECTIONS, begin_worker
from standfast.cli.kept_process import KeptProcess, kept_process
from standfast.cli.opening import now
from standfast.cli.site_card import card_kept, hosts_of
from standfast.journal.sealing import Sealing
from standfast.replication.running import Means, exchanging
from standfast.settings import Settings
from standfast.vault.authority import due
from standfast.vault.certificates import Certificates
from standfast.vault.holder import keys_of
from standfast.vault.names import TLS_EXCHANGE
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

COMMAND: Final = "serve-exchange"
GENTLE: Final = 5
"""How much later than the pages' workers this process gets a processor that both want (nice)."""

Say = Callable[[str], None]


def serve_exchange() -> None:
    """Exchange journals until the node ends. Started by `standfast up`, never by hand."""
    settings = begin_worker()
    os.nice(GENTLE)
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(settings))


@contextmanager
def exchange_process(settings: Settings, vault: Vault, say: Say) -> Iterator[None]:
    """Have the exchange running inside the block, if this site has a card and a port for it.

    It is told neither the program's nor the owner's address of the database.
    """
    if not settings.exchange_port or vault.find(TLS_EXCHANGE) is None:
        yield
        return
    if not settings.exchange_url:
        say("The exchange does not start: STANDFAST_EXCHANGE_URL names no role for it")
        yield
        return
    if asyncio.run(card_kept(settings, vault)):
        say("The site's card was made anew")
    own = {
        "STANDFAST_DATABASE_URL": settings.exchange_url,
        "STANDFAST_READER_URL": settings.exchange_url,
    }
    with kept_process(COMMAND, own) as kept, _certificate_kept(settings, vault, kept, say):
        yield


async def _serve(settings: Settings) -> None:
    keys = keys_of(settings.data, holder=settings.keys_holder, clock=now)
    means = Means(
        dsn=settings.database_url,
        site=settings.site,
        bundle=await asyncio.to_thread(keys.anew, TLS_EXCHANGE),
        projections=PROJECTIONS,
        clock=now,
        random=SystemRandom().random,
        sealing=await asyncio.to_thread(Sealing, keys),
    )
    host, port = settings.exchange_host, settings.exchange_port
    async with exchanging(means, host=host, port=port) as here:
        await here.lost()


@contextmanager
def _certificate_kept(
    settings: Settings, vault: Vault, kept: KeptProcess, say: Say
) -> Iterator[None]:
    """Renew the exchange's certificate in time, and have its process take it up."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(settings.tls_watch_seconds):
            try:
                if renewed(settings, vault):
                    say("The exchange's certificate was renewed")
                    kept.again()
            except (VaultTrouble, OSError) as trouble:
                say(f"The exchange's certificate could not be looked after: {trouble}")

    threading.Thread(target=keep, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def renewed(settings: Settings, vault: Vault) -> bool:
    """Give the exchange a new certificate if its own is due; tell whether it was."""
    bundle = vault.secret(TLS_EXCHANGE)
    if not due(bundle, now()):
        return False
    Certificates(settings.data, vault).for_exchange(settings.site, hosts_of(bundle), now())
    return True
