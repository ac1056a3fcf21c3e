"""Two people at one machine: a call is covered, kept, and never shown to the other."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk, ring

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = "Burning when I pass water"
RESUMED = """async (caseId) => {
  const { src } = document.querySelector("script[src$='app.js']");
  const { Call } = await import(src.replace("app.js", "call-model.js"));
  return Call.resume(caseId, async () => ({}));
}"""


def on_a_call(sit_down: Callable[..., Desk]) -> Desk:
    """Let Amira take a call, rule out the threats, and write down what the caller says."""
    amira = sit_down("amira.khan")
    amira.answer(ring(amira.node)).rule_out_threats()
    amira.press("Alt+o").page.keyboard.type(WORDS)
    return amira


def lock(desk: Desk) -> None:
    desk.page.locator("details.menu summary").click()
    desk.page.get_by_role("button", name="Lock or switch").click()
    expect(desk.page.locator("#lock")).to_be_visible()


def test_a_call_is_covered_and_comes_back_as_it_was(sit_down: Callable[..., Desk]) -> None:
    amira = on_a_call(sit_down)
    lock(amira)
    expect(amira.page.locator("#lock")).to_contain_text("Amira Khan is signed in here")
    expect(amira.page.locator("triage-runner")).not_to_be_visible()
    before = amira.page.locator("#path-count").text_content()
    for key in ("1", "2", "F2", "F4", "F9", "Escape", "Escape"):
        amira.press(key)
    expect(amira.page.locator("#lock")).to_be_visible()
    assert amira.page.locator("#path-count").text_content() == before
    amira.page.get_by_role("button", name="Unlock").click()

    expect(amira.page.locator("#lock")).not_to_be_visible()
    expect(
        amira.page.get_by_text(WORDS).or_(amira.page.locator("textarea")).first
    ).to_be_visible()
    assert WORDS in amira.page.evaluate(
        "() => [...document.querySelectorAll('textarea, input')].map(({ value }) => value).join()"
    )
    amira.all_sent()


def test_what_one_wrote_at_a_machine_is_not_shown_to_the_next(
    sit_down: Callable[..., Desk],
) -> None:
    amira = on_a_call(sit_down)
    case_id = amira.case_id
    lock(amira)
    amira.page.get_by_role("link", name="Somebody else").click()
    amira.page.wait_for_url("**/sign-in")
    amira.page.locator('button[value="joe.tran"]').click()
    expect(amira.page.locator("details.menu summary")).to_contain_text("Joe Tran")
    joe = amira.go("/calls/shell")
    expect(joe.page.locator(".ringing")).to_be_visible()
    expect(joe.page.locator(".held h3")).to_have_count(0)
    held = joe.page.evaluate(RESUMED, case_id)
    assert held is None
    joe.go("/sign-in").page.locator('button[value="amira.khan"]').click()
    expect(joe.page.locator("details.menu summary")).to_contain_text("Amira Khan")

    joe.go(f"/calls/{case_id}/call").asked("main thing")
