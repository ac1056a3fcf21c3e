"""The platform in this process, asked without a network: for what is measured by turns."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from benchmarks.site import DATA, Database
from standfast.app import create_app
from standfast.journal.doors import DOORS, tell_door_key
from standfast.observability.lines import write_lines
from standfast.settings import Settings

PAGE = {"accept": "text/html", "sec-fetch-site": "same-origin"}
SCRIPT = {
    "accept": "application/json",
    "content-type": "application/json",
    "sec-fetch-site": "same-origin",
}


def settings_of(database: Database) -> Settings:
    """Return the settings of a demonstration on *database*, with the keys that filled it."""
    return Settings(
        database_url=database.app,
        reader_url=database.server.dsn("standfast_reader", database.name),
        owner_url=database.owner,
        data=DATA,
        demonstration=True,
    )


@asynccontextmanager
async def inside(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Run the platform, with a browser in front of it. It says nothing but what is wrong."""
    write_lines(level="warning", file="")
    app = create_app(settings, clock=lambda: datetime.now(UTC), random=os.urandom)
    async with app.router.lifespan_context(app):
        await tell_door_key(settings.owner_url, app.state.platform.secret(DOORS))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as browser:
            yield browser


async def sign_in(browser: httpx.AsyncClient, staff_id: str) -> None:
    """Choose to be *staff_id*."""
    answer = await browser.post("/sign-in", data={"staff_id": staff_id}, headers=PAGE)
    if answer.status_code != 303:  # noqa: PLR2004 - nothing could be measured
        raise RuntimeError(f"nobody was let in: {answer.status_code}")
