"""A whole platform on a database of its own, with a clock that stands until it is moved.

async with open_site(database, actor=AMIRA) as site:
    page = await site.get("/calls/waiting")
    await site.execute(CASE, case_id, OpenCase(...))
"""

import hashlib
import hmac
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from starlette.requests import Request

from standfast.app import PROJECTIONS, SCHEMAS, create_app
from standfast.identity.sessions import authenticate
from standfast.journal.database import Pool, Reader
from standfast.journal.doors import DOORS
from standfast.journal.migrate import migrate
from standfast.journal.tenant import read_as
from standfast.kernel.messages import Decider, SomeCommand, SomeEvent, State
from standfast.settings import Settings
from standfast.vault.names import DATA_KEYS
from standfast.vault.vault import plain_file
from standfast.web.platform import Actor, Platform
from tests.support.database import HOME, Database
from tests.support.sealed import RING, bodies

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)

PROVIDER: Final = "harrowmere-urgent-care"
TRUST: Final = "harrowmere-ambulance"


async def make_tables(database: Database) -> None:
    """Make the journal and every read model, as the owner.

    PostgreSQL's clock does not stand still as a test's does: to the tokens of
    ``journal.tenancy`` it is the year 2000 for good, so that none of them ends by itself.
    """
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await migrate(owner, PROJECTIONS, SCHEMAS)
        await say_the_time(owner, LONG_AGO)
    finally:
        await owner.close()


async def say_the_time(owner: "asyncpg.Connection[Any]", now: datetime) -> None:
    """Let PostgreSQL believe that tokens are looked at *now*. Only the owner can."""
    await owner.execute(
        "CREATE OR REPLACE FUNCTION tenancy.now() RETURNS timestamptz LANGUAGE sql STABLE "
        f"AS $$ SELECT '{now.isoformat()}'::timestamptz $$"
    )


def somebody(
    staff_id: str, name: str, role: str, org: str, *permissions: str, org_name: str = ""
) -> Actor:
    """Return a member of staff with exactly these permissions."""
    return Actor(
        staff_id=staff_id,
        name=name,
        role=role,
        role_label=role.replace("_", " ").capitalize(),
        org=org,
        org_name=org_name or org.replace("-", " ").title(),
        permissions=frozenset(permissions),
    )


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Move on, as by ``seconds=61``; return the new time."""
        self.now += timedelta(**by)
        return self.now


class TokenKey:
    """The key that opens organisations' rows, as only the tables' owner can read it.

    Actors of tests have no sessions: this stands in for the function that proves one.
    """

    def __init__(self, number: int, inside: bytes) -> None:
        self.number = number
        self._key = bytes(each ^ 0x36 for each in inside)

    @classmethod
    async def of(cls, owner_dsn: str) -> "TokenKey":
        owner = await asyncpg.connect(owner_dsn)
        try:
            newest = await owner.fetchrow(
                "SELECT number, inside FROM tenancy.keys ORDER BY number DESC LIMIT 1"
            )
        finally:
            await owner.close()
        assert newest is not None
        return cls(newest["number"], newest["inside"])

    def sign(self, org: str, until: int = 4_102_444_800) -> str:
        """Return a token for *org*, which ends at *until* (Unix time; as given, in 2100)."""
        said = f"{org}|{until}|{self.number}"
        return f"{said}|{hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()}"


class Site:
    """One platform that runs, and somebody's browser looking at it."""

    def __init__(
        self,
        platform: Platform,
        browser: httpx.AsyncClient,
        clock: Clock,
        tokens: TokenKey,
        everything: Reader,
    ) -> None:
        self.platform = platform
        self.browser = browser
        self.clock = clock
        self.actor: Actor | None = None
        self.all_orgs = everything
        """Reads every row there is, as the tables' owner: what a test looks for, no page does."""
        self._tokens = tokens
        self.transport: httpx.ASGITransport | None = None

    def another_browser(self) -> httpx.AsyncClient:
        """Return a browser with cookies of its own."""
        assert self.transport is not None
        return httpx.AsyncClient(
            transport=self.transport, base_url="http://site", follow_redirects=False
        )

    def as_(self, actor: Actor | None) -> "Site":
        """Let *actor* sit down at the browser; None: nobody is signed in.

        Their organisation's rows are what the test itself reads through ``platform.db``, too.
        """
        self.actor = actor
        if actor is None:
            return self.read_for("")
        read_as(
            self._tokens.sign(actor.org), self._tokens.sign(f"{actor.org}/{actor.staff_id}")
        )
        return self

    def read_for(self, org: str) -> "Site":
        """Read the rows of *org* from now on, by a token that the owner's key has signed."""
        read_as(self._tokens.sign(org) if org else "")
        return self

    async def kept(self, condition: str, *values: object) -> list[str]:
        """Return the facts that meet *condition* as they were written, in canonical order."""
        owner = await asyncpg.connect(self.platform.settings.owner_url)
        try:
            return await bodies(owner, condition, *values)
        finally:
            await owner.close()

    async def execute(
        self,
        decider: Decider[State, SomeCommand, SomeEvent],
        key: str,
        command: SomeCommand,
        *,
        actor: Actor | None = None,
        occurred_at: datetime | None = None,
    ) -> tuple[SomeEvent, ...]:
        """Carry out *command* as whoever sits at the browser, or as *actor*."""
        who = actor or self.actor
        assert who is not None
        return await self.platform.execute(
            decider, key, command, actor=who, occurred_at=occurred_at
        )

    async def state(self, decider: Decider[State, Any, Any], key: str) -> State:
        return await self.platform.state(decider, key)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.browser.get(path, headers={"accept": "text/html"}, **more)

    async def post(
        self, path: str, form: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return await self.browser.post(path, data=form, headers=headers, **more)

    async def post_json(self, path: str, body: Any, **headers: str) -> httpx.Response:
        sent = {"accept": "application/json", "sec-fetch-site": "same-origin", **headers}
        return await self.browser.post(path, json=body, headers=sent)


def settings_for(database: Database, data: Path, **changed: Any) -> Settings:
    """Return the settings of a demonstration node on *database*."""
    given = {
        "database_url": database.app_dsn,
        "reader_url": database.reader_dsn,
        "owner_url": database.owner_dsn,
        "data": data,
        "demonstration": True,
        "hosts": "site",
        "pool_size": 4,
        **changed,
    }
    return Settings(**given)


@asynccontextmanager
async def open_site(
    database: Database,
    *,
    actor: Actor | None = None,
    now: datetime = NOON,
    real_sign_in: bool = False,
    **settings: Any,
) -> AsyncIterator[Site]:
    """Run a platform on *database*. With *real_sign_in* the session's cookie says who it is."""
    clock = Clock(now)
    tokens = await TokenKey.of(database.owner_dsn)
    everything = Pool(database.owner_dsn, size=2)
    held: list[Site] = []

    async def whoever_sits_there(_: Request) -> Actor | None:
        held[0].as_(held[0].actor)
        return held[0].actor

    identify = authenticate if real_sign_in else whoever_sits_there
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        plain_file(Path(folder), DATA_KEYS).write_bytes(RING)
        app = create_app(
            settings_for(database, Path(folder), **settings), clock=clock, identify=identify
        )
        async with app.router.lifespan_context(app):
            doors = app.state.platform.secret(DOORS)
            await everything.fetchval("SELECT tenancy.open_door($1)", doors)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport,
                base_url="http://site",
                headers={"sec-fetch-site": "same-origin"},
                follow_redirects=False,
            ) as browser:
                site = Site(app.state.platform, browser, clock, tokens, Reader(everything)).as_(
                    actor
                )
                site.transport = transport
                held.append(site)
                try:
                    yield site
                finally:
                    everything.terminate()
