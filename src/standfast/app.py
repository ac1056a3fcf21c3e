"""Where the platform is put together. Every context is named here, and nowhere else."""

import asyncio
import ctypes
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from types import ModuleType
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request

from standfast.access import pages as access_pages
from standfast.access import reactions as access_reactions
from standfast.access import tables as access_tables
from standfast.access import words as access_words
from standfast.access.gate import RecordGate
from standfast.booking import pages as booking_pages
from standfast.booking import reactions as booking_reactions
from standfast.booking import tables as booking_tables
from standfast.booking import words as booking_words
from standfast.calls import pages as calls_pages
from standfast.calls import reactions as calls_reactions
from standfast.calls import tables as calls_tables
from standfast.calls import words as calls_words
from standfast.clients import pages as clients_pages
from standfast.clients import reactions as clients_reactions
from standfast.clients import tables as clients_tables
from standfast.clients import words as clients_words
from standfast.clients.gate import SiteGate
from standfast.continuity import pages as continuity_pages
from standfast.continuity import reactions as continuity_reactions
from standfast.continuity import tables as continuity_tables
from standfast.continuity import words as continuity_words
from standfast.directory import pages as directory_pages
from standfast.directory import reactions as directory_reactions
from standfast.directory import tables as directory_tables
from standfast.directory import words as directory_words
from standfast.dispatch import pages as dispatch_pages
from standfast.dispatch import reactions as dispatch_reactions
from standfast.dispatch import tables as dispatch_tables
from standfast.dispatch import words as dispatch_words
from standfast.files import pages as files_pages
from standfast.files import reactions as files_reactions
from standfast.files import tables as files_tables
from standfast.files import words as files_words
from standfast.identity import pages as identity_pages
from standfast.identity import reactions as identity_reactions
from standfast.identity import tables as identity_tables
from standfast.identity import words as identity_words
from standfast.identity.pages_service_proof import offer
from standfast.identity.proofs import prove
from standfast.identity.sessions import authenticate
from standfast.interop import pages as interop_pages
from standfast.interop import reactions as interop_reactions
from standfast.interop import tables as interop_tables
from standfast.interop import words as interop_words
from standfast.journal.database import Pool, Reader, connect_pool
from standfast.journal.feed import Feed
from standfast.journal.keys import SiteKey
from standfast.journal.sealing import Sealing
from standfast.journal.store import Journal
from standfast.journal.tenant import reading_as
from standfast.journal.writer import Site, Writer
from standfast.kernel.logs import configure_logs
from standfast.kernel.reactions import Reaction
from standfast.kernel.rows import Projection
from standfast.keyring import pages as keyring_pages
from standfast.keyring import reactions as keyring_reactions
from standfast.keyring import tables as keyring_tables
from standfast.keyring import words as keyring_words
from standfast.observability.lines import write_lines
from standfast.observability.requests import Watched
from standfast.observability.tracing import trace_to
from standfast.outbound.client import outbound_of
from standfast.people import pages as people_pages
from standfast.people import reactions as people_reactions
from standfast.people import tables as people_tables
from standfast.people import words as people_words
from standfast.prescribing import pages as prescribing_pages
from standfast.prescribing import reactions as prescribing_reactions
from standfast.prescribing import tables as prescribing_tables
from standfast.prescribing import words as prescribing_words
from standfast.records import pages as records_pages
from standfast.records import reactions as records_reactions
from standfast.records import tables as records_tables
from standfast.records import words as records_words
from standfast.records.printing import PrintLedger
from standfast.replication import pages as replication_pages
from standfast.replication import reactions as replication_reactions
from standfast.replication import tables as replication_tables
from standfast.replication import words as replication_words
from standfast.settings import Settings
from standfast.triage import pages as triage_pages
from standfast.triage import reactions as triage_reactions
from standfast.triage import tables as triage_tables
from standfast.triage import words as triage_words
from standfast.vault.holder import keys_of
from standfast.vault.names import SITE, TLS
from standfast.vault.presenting import present
from standfast.vault.process import keep_to_ourselves
from standfast.web import live, reports, static_files, trouble
from standfast.web.device import Entry, entries_page
from standfast.web.hosts import Hosts
from standfast.web.pages import Page
from standfast.web.palette import Finder, palette_page
from standfast.web.platform import Actor, Answerer, Platform, Wiring
from standfast.web.rendering import Templates
from standfast.web.security import Guard
from standfast.web.timers import Timer, run_timer
from standfast.web.workspaces import Workspace

_log = structlog.get_logger()

SMALL: Final = 4096
"""Bytes. Anything smaller travels in as few packets as it would compressed."""

RUBBISH: Final = (10_000, 20, 20)
"""Python looks for cycles after so many new objects. At its own 700 that took 6 % of a worker's
time, for a few hundred bytes a request; what it remembers of streams is looked through as well."""

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): which signal this process gets when its parent ends."""


@dataclass(frozen=True)
class Context:
    """One bounded context, by the files that it brings."""

    name: str
    tables: ModuleType
    reactions: ModuleType
    words: ModuleType
    pages: ModuleType


CONTEXTS: Final = (
    Context("people", people_tables, people_reactions, people_words, people_pages),
    Context("calls", calls_tables, calls_reactions, calls_words, calls_pages),
    Context("triage", triage_tables, triage_reactions, triage_words, triage_pages),
    Context(
        "directory", directory_tables, directory_reactions, directory_words, directory_pages
    ),
    Context("booking", booking_tables, booking_reactions, booking_words, booking_pages),
    Context("dispatch", dispatch_tables, dispatch_reactions, dispatch_words, dispatch_pages),
    Context(
        "prescribing",
        prescribing_tables,
        prescribing_reactions,
        prescribing_words,
        prescribing_pages,
    ),
    Context("records", records_tables, records_reactions, records_words, records_pages),
    Context("files", files_tables, files_reactions, files_words, files_pages),
    Context(
        "continuity",
        continuity_tables,
        continuity_reactions,
        continuity_words,
        continuity_pages,
    ),
    Context("identity", identity_tables, identity_reactions, identity_words, identity_pages),
    Context("keyring", keyring_tables, keyring_reactions, keyring_words, keyring_pages),
    Context(
        "replication",
        replication_tables,
        replication_reactions,
        replication_words,
        replication_pages,
    ),
    Context("access", access_tables, access_reactions, access_words, access_pages),
    Context("interop", interop_tables, interop_reactions, interop_words, interop_pages),
    Context("clients", clients_tables, clients_reactions, clients_words, clients_pages),
)

PROJECTIONS: Final[tuple[Projection, ...]] = tuple(
    projection for context in CONTEXTS for projection in context.tables.PROJECTIONS
)
SCHEMAS: Final[tuple[str, ...]] = tuple(context.tables.SCHEMA for context in CONTEXTS)
REACTIONS: Final[tuple[Reaction, ...]] = tuple(
    reaction for context in CONTEXTS for reaction in context.reactions.REACTIONS
)
CONSTRAINTS: Final[dict[str, StrEnum]] = {
    name: refusal
    for context in CONTEXTS
    for name, refusal in context.tables.CONSTRAINTS.items()
}
ENTRIES: Final[tuple[Entry, ...]] = tuple(
    entry for context in CONTEXTS for entry in context.pages.ENTRIES
)
TIMERS: Final[tuple[Timer, ...]] = tuple(
    timer for context in CONTEXTS for timer in context.pages.TIMERS
)
FINDERS: Final[tuple[Finder, ...]] = tuple(
    finder for context in CONTEXTS for finder in getattr(context.pages, "FINDERS", ())
)
PAGES: Final[tuple[Page, ...]] = (
    *live.PAGES,
    *static_files.PAGES,
    *reports.PAGES,
    entries_page(ENTRIES),
    palette_page(FINDERS),
    *(page for context in CONTEXTS for page in context.pages.PAGES),
)
API_PATHS: Final = (
    "/bars/",
    "/oauth/token",
    "/.well-known/oauth-authorization-server",
    "/.well-known/smart-configuration",
    "/openapi.json",
    "/healthz",
)
"""How the addresses of the API begin, wherever it is answered."""
API_PAGES: Final = tuple(page for page in PAGES if page.path.startswith(API_PATHS))
PEOPLES_PAGES: Final = tuple(
    page for page in PAGES if page.path == "/healthz" or page not in API_PAGES
)
"""What is left for the pages' workers when the API has a process of its own."""
TEMPLATES: Final = (
    "standfast.web",
    *(f"standfast.{context.name}" for context in CONTEXTS),
    "nhsuk_frontend_jinja",
)


@cache
def templates() -> Templates:
    """Return every template, read and understood once in a process."""
    return Templates(TEMPLATES)


def wiring() -> Wiring:
    """Return what the contexts answer, say and show, joined together."""
    answers: dict[str, Answerer] = {}
    sentences: dict[tuple[type[StrEnum], str], str] = {}
    describers: dict[str, Callable[[Any], str]] = {}
    workspaces: list[Workspace] = []
    for context in CONTEXTS:
        answers.update(context.tables.ANSWERS)
        describers.update(context.words.DESCRIBES)
        workspaces.extend(context.pages.WORKSPACES)
        for refusal, sentence in context.words.REFUSALS.items():
            sentences[type(refusal), refusal.value] = sentence
    ordered = tuple(sorted(workspaces, key=lambda workspace: workspace.order))
    return Wiring(answers, sentences, describers, ordered)


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    random: Callable[[int], bytes] = os.urandom,
    identify: Callable[[Request], Awaitable[Actor | None]] = authenticate,
    pages: Sequence[Page] = PAGES,
    timers: Sequence[Timer] = TIMERS,
) -> Starlette:
    """Return the platform as an ASGI application; its tables exist already.

    *clock* gives aware UTC instants. *identify* returns None for somebody unknown.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(
            settings, clock=clock, random=random, identify=identify, timers=timers
        ) as platform:
            app.state.platform = platform
            yield

    return Starlette(
        routes=pages,
        lifespan=lifespan,
        middleware=[
            Middleware(Watched, random=random),
            Middleware(Guard, hosts=Hosts.of(settings)),
            Middleware(GZipMiddleware, minimum_size=SMALL, compresslevel=4),
            Middleware(trouble.LastResort),
        ],
        exception_handlers=trouble.HANDLERS,
    )


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes],
    identify: Callable[[Request], Awaitable[Actor | None]],
    timers: Sequence[Timer] = TIMERS,
) -> AsyncIterator[Platform]:
    """Hold a platform open: its pools, its writer, its feed and its timers."""
    pool = await connect_pool(settings.database_url, size=settings.pool_size)
    api_pool = await connect_pool(settings.database_url, size=settings.api_pool_size)
    pages = await connect_pool(settings.reader_url, size=settings.pool_size)
    api_pages = await connect_pool(settings.reader_url, size=settings.api_pool_size)
    feed = Feed(settings.database_url)
    keys = keys_of(settings.data, holder=settings.keys_holder, clock=clock)
    key = SiteKey.of(keys.secret(SITE))
    site, sealing = Site(settings.site, settings.epoch), Sealing(keys)
    writer = Writer(settings.database_url, site=site, key=key, clock=clock, sealing=sealing)
    large = writer.beside()
    journal, api_journal = (_journal(each, writer, large, feed) for each in (pool, api_pool))
    feed.listen(journal.hear)
    feed.listen(api_journal.hear)
    platform = Platform(
        settings=settings,
        clock=clock,
        random=random,
        keys=keys,
        db=Reader(pages, reading_as, journal.opener),
        public=Reader(pages),
        all_orgs=Reader(pool, opener=journal.opener),
        journal=journal,
        feed=feed,
        outbound=outbound_of(settings),
        templates=templates(),
        wiring=wiring(),
        authenticate=identify,
        gate=SiteGate(settings),
        prove=prove,
        elsewhere=offer,
        secret=key.derived,
        records=RecordGate(),
        ledger=PrintLedger(),
    )
    apart = replace(
        platform,
        db=Reader(api_pages, reading_as, api_journal.opener),
        public=Reader(api_pages),
        all_orgs=Reader(api_pool, opener=api_journal.opener),
        journal=api_journal,
    )
    platform = replace(platform, apart=apart)
    works = [partial(run_timer, timer, platform) for timer in timers]
    try:
        async with _all_running([writer.run, large.run, feed.run, *works]):
            yield platform
    finally:
        await platform.outbound.aclose()
        for each in (pool, api_pool, pages, api_pages):
            each.terminate()


def _journal(pool: Pool, writer: Writer, large: Writer, feed: Feed) -> Journal:
    """Return the journal as it is read through *pool*."""
    return Journal(
        pool,
        writer,
        projections=PROJECTIONS,
        reactions=REACTIONS,
        constraints=CONSTRAINTS,
        changed=feed.announce,
        large=large,
    )


@asynccontextmanager
async def _all_running(works: Iterable[Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Keep *works* running inside the block."""
    tasks = [asyncio.create_task(_kept_running(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def node() -> Starlette:
    """Return the application of a worker process, set up from its environment."""
    settings = begin_worker()
    if settings.tls:
        keys = keys_of(
            settings.data, holder=settings.keys_holder, clock=lambda: datetime.now(UTC)
        )
        present(keys.secret(TLS))
    return create_app(settings, pages=PEOPLES_PAGES if settings.api_port else PAGES)


def api(settings: Settings) -> Starlette:
    """Return the application of the API's own process."""
    timers = [timer for timer in TIMERS if timer in clients_pages.TIMERS]
    return create_app(settings, pages=API_PAGES, timers=timers)


def begin_worker() -> Settings:
    """Set this process up, which a node has started, and return its settings."""
    _end_with_parent()
    configure_logs()
    settings = Settings.from_environment()
    write_lines(level=settings.level, file=settings.log_file)
    trace_to(settings.traces)
    if not settings.demonstration:
        keep_to_ourselves()
    gc.freeze()  # what is here by now stays: nobody need look through it for garbage
    gc.set_threshold(*RUBBISH)
    return settings


async def _kept_running(work: Callable[[], Awaitable[None]]) -> None:
    """Run *work* for ever: one that breaks is logged and begun again."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - without it nothing is written or noticed
            _log.error("task.broke", error=type(error).__name__)
            await asyncio.sleep(1)


def _end_with_parent() -> None:
    """Have the kernel end this worker when the node that started it is killed.

    Otherwise a ``kill -9`` of the node would leave its workers holding the port.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
