"""Starting a node, with everything it needs, and stopping it cleanly."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from standfast.app import PROJECTIONS, SCHEMAS
from standfast.cli.api_process import api_process
from standfast.cli.backing import backed_up
from standfast.cli.exchange_process import exchange_process
from standfast.cli.figures import figures_told
from standfast.cli.journaling import finish_succession, record_sealing
from standfast.cli.moving import move_in
from standfast.cli.node import (
    DEFAULT_DATA,
    DataFolder,
    addresses,
    console,
    embedded,
    stop,
)
from standfast.cli.opening import opened, refuse_unfit, settings_of
from standfast.cli.serving import address_of, answers, certificate_kept, serve
from standfast.cli.siem import security_told
from standfast.demo.load import demonstration_present, load_demonstration
from standfast.demo.personas import PERSONAS
from standfast.demo.telephone import keep_ringing
from standfast.identity.founding import is_founded
from standfast.journal.database import connect
from standfast.journal.doors import DOORS, tell_door_key
from standfast.journal.keys import SiteKey
from standfast.journal.migrate import migrate
from standfast.journal.sealing import Sealing
from standfast.postgres import EmbeddedPostgres, PostgresTrouble, keep_running
from standfast.settings import Settings
from standfast.vault.holder import holding
from standfast.vault.names import SITE, TLS, TLS_API
from standfast.vault.vault import Vault


def up(
    data: DataFolder = DEFAULT_DATA,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="With invented people, to try it.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where the pages are.")] = 8111,
    host: Annotated[str, typer.Option(help="Which address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes, one a core.")] = 1,
    api_port: Annotated[
        int | None,
        typer.Option(help="Answer other systems there, in a process of their own."),
    ] = None,
    ringing: Annotated[
        bool, typer.Option(help="Let invented callers ring now and then (with --demo).")
    ] = True,
) -> None:
    """Start the node: its database, its tables, its pages. Ctrl-C stops all of it."""
    began = time.monotonic()
    if _in_use(host, port):
        stop(
            f"Something listens on port {port} already. Stop it, or choose another: --port 8112"
        )
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    vault = opened(data)
    if demo:
        os.environ.setdefault("STANDFAST_ORIGIN", f"http://localhost:{port}")
    with _database(data, demo=demo) as (postgres, known), holding(vault) as holder:
        founded = asyncio.run(_prepare(known, vault, demo=demo))
        refuse_unfit(known, vault, founded=founded)
        if not demo:
            for sentence in move_in(data, vault):
                _say(sentence)
        asyncio.run(_settle_keys(known, vault))
        apart = known.api_port if api_port is None else api_port
        settings = _for_workers(
            replace(known, keys_holder=holder, workers=workers, api_port=apart), vault
        )
        with (
            _watched(postgres),
            _callers(settings, port, wanted=demo and ringing and not settings.tls),
        ):
            _work(settings, vault, host, port, began=began)
    _say("Stopped. Everything acknowledged is on disk.")


def _work(settings: Settings, vault: Vault, host: str, port: int, *, began: float) -> None:
    """Answer people and other systems until somebody stops it; workers own no tables."""
    working = replace(settings, owner_url="")
    os.environ.update(working.to_environment())
    name = address_of(settings, vault, host, port)
    with (
        _observed(settings),
        backed_up(settings, vault, _say),
        api_process(working),
        exchange_process(settings, vault, _say),
        certificate_kept(settings, vault, _say),
        _background(lambda: _announce(host, port, name, settings=settings, began=began)),
    ):
        serve(host, port, settings.workers, tls=settings.tls)


@contextmanager
def _observed(settings: Settings) -> Iterator[None]:
    """Have monitoring and the SIEM told inside the block, where they are named."""
    with figures_told(settings), security_told(settings, _say):
        yield


def _for_workers(settings: Settings, vault: Vault) -> Settings:
    """Return the settings of our workers: TLS as soon as there is a certificate."""
    tls = vault.find(TLS) is not None
    return replace(
        settings,
        tls=tls,
        api_tls=vault.find(TLS_API) is not None,
        secure_cookies=tls or settings.secure_cookies,
    )


def _say(sentence: str) -> None:
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {sentence}")


@contextmanager
def _database(data: Path, *, demo: bool) -> Iterator[tuple[EmbeddedPostgres | None, Settings]]:
    """Have the database running inside the block; stop our own afterwards."""
    postgres = embedded(data)
    try:
        if postgres is not None:
            _say("Starting the database")
            postgres.start(_say)
        yield postgres, settings_of(addresses(postgres), data, demonstration=demo)
    except PostgresTrouble as trouble:
        stop(str(trouble))
    finally:
        if postgres is not None:
            with suppress(PostgresTrouble):
                postgres.stop()


async def _prepare(settings: Settings, vault: Vault, *, demo: bool) -> bool:
    """Make the tables, and the demonstration if it is wanted and not there yet.

    Returns whether a live site was set up here.
    """
    owner = await connect(settings.owner_url)
    try:
        await migrate(owner, PROJECTIONS, SCHEMAS, sealing=Sealing(vault), say=_say)
        written = await owner.fetchval("SELECT EXISTS (SELECT FROM journal)")
        invented = await demonstration_present(owner)
        founded = await is_founded(owner)
    finally:
        await owner.close()
    if invented and not demo:
        stop("This folder holds the demonstration. Live work needs a folder of its own: --data")
    if demo and written and not invented:
        stop("This folder holds live records. The demonstration needs its own folder: --data")
    if demo:
        _say(
            "Topping up the demonstration" if invented else "Inventing a county and its people"
        )
        await load_demonstration(settings, say=_say)
    return founded


async def _settle_keys(settings: Settings, vault: Vault) -> None:
    """End what a crash cut off, and have the journal know how the keys are sealed."""
    if await finish_succession(settings, vault):
        _say("A change of the signing key had been cut off: it is settled now")
    key = SiteKey.of(vault.secret(SITE))
    await tell_door_key(settings.owner_url, key.derived(DOORS))
    await record_sealing(settings, vault, settings.data)


@contextmanager
def _watched(postgres: EmbeddedPostgres | None) -> Iterator[None]:
    """Start our database again, should it die while the block runs."""
    if postgres is None:
        yield
        return
    loop = asyncio.new_event_loop()
    watching = loop.create_task(keep_running(postgres, _say))
    thread = threading.Thread(target=_run_until_cancelled, args=(loop, watching), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(watching.cancel)
        thread.join(timeout=5)


def _run_until_cancelled(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


@contextmanager
def _background(work: Callable[[], None]) -> Iterator[None]:
    threading.Thread(target=work, daemon=True).start()
    yield


@contextmanager
def _callers(settings: Settings, port: int, *, wanted: bool) -> Iterator[None]:
    """Let invented people ring while the block runs."""
    if wanted:
        threading.Thread(
            target=keep_ringing, args=(settings, f"http://127.0.0.1:{port}"), daemon=True
        ).start()
    yield


def _announce(host: str, port: int, name: str, *, settings: Settings, began: float) -> None:
    """Print where to go, once the node answers; if it never does, stop and say so."""
    for _ in range(600):
        if answers(host, port, tls=settings.tls):
            break
        time.sleep(0.05)
    else:
        console.print("[red]The pages did not come up within 30 seconds.[/red]")
        os.kill(os.getpid(), signal.SIGTERM)
        return
    console.print(
        f"\n  [bold]Standfast is ready: {name}[/bold]  "
        f"[dim]({time.monotonic() - began:.1f} s)[/dim]\n"
    )
    if settings.demonstration:
        console.print(
            "  Demonstration: everybody in it is invented. Sign in by choosing a person:"
        )
        for persona in PERSONAS:
            console.print(
                f"    [bold]{persona.name:<16}[/bold] {persona.role:<22} {persona.does}"
            )
        console.print("\n  Ctrl-C stops it; the same command goes on where it was.\n")


def _in_use(host: str, port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            return True
    return False
