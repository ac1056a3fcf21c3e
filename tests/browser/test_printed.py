"""What a browser prints carries its number, and the ledger knows it: at once, or when it can."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.looking import Looker

pytestmark = pytest.mark.browser


def slip(desk: Desk) -> str:
    """Return what stands at the foot of what *desk* printed last."""
    return desk.page.locator("[data-print-slip]").text_content() or ""


def test_a_print_has_a_number_and_says_when_the_site_was_away(
    sit_down: Callable[..., Desk],
) -> None:
    amira = sit_down("amira.khan").go("/directory")
    looker = Looker()
    with amira.page.expect_response("**/records/prints"):
        amira.page.pdf()
    first = slip(amira)
    assert first.startswith("P-")
    assert "printed by Amira Khan" in first
    assert "COULD NOT BE REACHED" not in first

    amira.page.context.set_offline(offline=True)
    expect(amira.page.locator("html")).to_have_attribute("data-net", "device", timeout=15_000)
    amira.page.pdf()
    second = slip(amira)
    assert second[:10] != first[:10]
    assert "PRINTED WHILE THIS SITE COULD NOT BE REACHED" in second

    amira.page.context.set_offline(offline=False)
    with amira.page.expect_response("**/records/prints"):
        amira.page.reload()
    amira.go("/records/prints").sees(first[:10]).sees(second[:10])
    expect(amira.page.get_by_text("may have been out of date")).to_have_count(1)
    looker.look(amira.page, "what I printed")
    amira.page.get_by_role("button", name="Destroyed").first.click()
    amira.sees("Settled")
    assert looker.wrong == {}
