"""Every form of every page with anything in it: refused in a sentence, or carried out; never broken.

A few examples for each here; ``make fuzz`` sends many more (FUZZ_EXAMPLES).
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from standfast.web.pages import Page
from tests.attack.ground import make_ground
from tests.fuzz.forms import (
    POSTED,
    Shown,
    bodies,
    forms_of,
    send,
    words_of,
    written,
    wrong_with,
)
from tests.support.database import Databases
from tests.support.site import Site, open_site

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "4"))
LONG: Final = "FUZZ_EXAMPLES" in os.environ


class Ground:
    """A site with one of everything, on a loop of its own, and its forms."""

    def __init__(self, run: Callable[[Awaitable[Any]], Any], site: Site) -> None:
        self.run = run
        self.site = site
        self.forms: dict[str, Shown] = run(forms_of(site))


@pytest.fixture(scope="module")
def ground(postgres: Databases) -> Iterator[Ground]:
    database = postgres.fresh(make_ground)
    loop = uvloop.new_event_loop()
    held = AsyncExitStack()
    try:
        site = loop.run_until_complete(held.enter_async_context(open_site(database)))
        yield Ground(loop.run_until_complete, site)
    finally:
        loop.run_until_complete(held.aclose())
        loop.close()
        postgres.drop(database)


def test_forms_are_found_on_the_pages_and_the_rest_in_the_source(ground: Ground) -> None:
    shown = [name for name, form in ground.forms.items() if form.fields]

    assert len(shown) >= 35, sorted(ground.forms.keys() - set(shown))


@pytest.mark.parametrize("page", POSTED, ids=lambda page: page.name)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_whatever_is_in_it_the_answer_is_in_order(
    ground: Ground, page: Page, data: st.DataObject
) -> None:
    body = data.draw(bodies(ground.forms[page.name]))

    async def sent() -> list[str]:
        before = await written(ground.site)
        answer = await send(ground.site, page, body)
        facts = await written(ground.site) - before
        return [f"{each} ({words_of(answer)[:200]})" for each in wrong_with(answer, facts)]

    assert ground.run(sent()) == [], body
