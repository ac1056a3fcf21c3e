"""What a browser must have is written down, and one that lacks it is told or kept out."""

import pytest

from standfast.identity.pages_sign_in import TOO_OLD
from tests.support.database import Database
from tests.support.site import open_site
from tools import facts
from tools.browser import features


def test_each_names_a_test_that_is_there() -> None:
    named = {test for each in features() for test in each.tests}

    assert all(each.tests for each in features())
    assert named - facts.every_test() == set()


@pytest.mark.anyio
async def test_a_browser_that_does_not_say_where_forms_come_from_is_told_so(
    database: Database,
) -> None:
    async with open_site(database) as site:
        new = await site.browser.get("/sign-in", headers={"sec-fetch-site": "none"})
        del site.browser.headers["sec-fetch-site"]
        old = await site.browser.get("/sign-in")

    assert TOO_OLD in old.text
    assert TOO_OLD not in new.text


@pytest.mark.anyio
async def test_the_sign_in_page_says_what_a_browser_without_script_must_do(
    database: Database,
) -> None:
    async with open_site(database) as site:
        page = (await site.get("/sign-in")).text

    assert "<noscript>" in page
    assert "Passkeys need script. Turn it on for this site" in page
