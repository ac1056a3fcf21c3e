"""Chromium itself, on a site in which every text that was ever typed is a script.

Nothing runs (no dialog), and the policy has nothing to stop on a page of ours. After a shift the
browser's cache and storage on disk know no patient.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Dialog, Page, Playwright

from standfast.journal.sealing import Sealing
from standfast.postgres import EmbeddedPostgres
from standfast.vault.holder import keys_of
from tests.browser.conftest import CHROMIUM
from tests.browser.desk import ring
from tests.support.database import Database, Databases, open_folder, run_apart
from tests.support.look import CHROMIUM_FLAGS
from tests.support.node import Node, a_node
from tests.support.rewritten import rewrite

pytestmark = pytest.mark.browser

PAYLOADS: Final = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' autofocus onfocus=alert(1) x='",
    "</textarea></title></script><svg onload=alert(1)>",
)
WORKERS: Final = ("amira.khan", "nadia.brook", "ruth.calder")
DEEPEST: Final = 14
"""Pages looked at for each person: every workspace, and what its lists lead to."""

WATCH: Final = """
  window.seen = [];
  addEventListener("securitypolicyviolation", (each) => window.seen.push(each.violatedDirective));
"""
CANARY: Final = "Zzyzxcanary"


@pytest.fixture(scope="module")
def scripted() -> Iterator[Node]:
    """Run a demonstration, in which each text has become a script while it was stopped."""
    with (
        open_folder("standfast-browser-") as folder,
        a_node(folder, "--demo", "--no-ringing") as node,
    ):
        node.interrupt()
        assert _rewritten(node) > 1000
        yield node.start()


def _rewritten(node: Node) -> int:
    """Put a script into every text of the stopped *node*; return how many there were."""
    turn = iter(range(10**7))
    server = EmbeddedPostgres(node.data / "postgres")
    server.start()
    try:
        place = Database(
            "standfast",
            *(
                server.dsn(f"standfast_{role}")
                for role in ("owner", "app", "reader", "exchange")
            ),
        )
        with closing(Databases(server)) as databases:
            keys = Sealing(keys_of(node.data, holder="", clock=lambda: datetime.now(UTC)))
            return run_apart(rewrite(databases, place, lambda _: _script(next(turn)), keys))
    finally:
        server.stop()


def _script(number: int) -> str:
    """Return a script that is nobody else's: some texts, such as NHS numbers, are one person's."""
    return f"{PAYLOADS[number % len(PAYLOADS)]}{number}"


def test_nothing_that_was_typed_runs_and_the_policy_has_nothing_to_stop(
    scripted: Node, chromium: Browser
) -> None:
    dialogs: list[str] = []
    stopped: dict[str, Any] = {}
    shown = 0

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    for staff_id in WORKERS:
        context = chromium.new_context()
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("dialog", dismiss)
        page.goto(f"{scripted.address}/sign-in")
        page.locator(f'button[value="{staff_id}"]').click()
        page.wait_for_load_state()
        for path in _ways_on(page, scripted.address):
            page.goto(f"{scripted.address}{path}")
            shown += page.get_by_text("alert(1)").count() > 0
            if found := page.evaluate("window.seen"):
                stopped[path] = found
        context.close()

    assert dialogs == []
    assert stopped == {}
    assert shown >= 6, "too few pages show what was typed: this would prove nothing"


def _ways_on(page: Page, address: str) -> list[str]:
    """Return the workspaces of whoever is signed in, and some of what each leads to."""
    links = "anchors => anchors.map(each => each.getAttribute('href'))"
    first = page.locator("nav.workspaces a").evaluate_all(links)
    found = dict.fromkeys(first)
    for path in first:
        page.goto(f"{address}{path}")
        found |= dict.fromkeys(page.locator("main a[href^='/']").evaluate_all(links)[:4])
    return [path for path in found if not re.search(r"/call$|/shell|/static/", path)][:DEEPEST]


MISTAKES: Final = {
    "a script in the page": "document.body.append(Object.assign(document.createElement('script'),"
    " {textContent: 'window.ran = 1'}))",
    "HTML from text": "document.body.innerHTML = '<img src=x onerror=window.ran=1>'",
    "another policy": "trustedTypes.createPolicy('mine', {createHTML: (x) => x})",
    "text as a program": "setTimeout('window.ran = 1')",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'),"
    " {src: 'https://elsewhere.example/'}))",
}


def test_the_policy_stops_what_a_mistake_of_ours_would_let_through(
    scripted: Node, chromium: Browser
) -> None:
    for name, script in MISTAKES.items():
        page = chromium.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{scripted.address}/sign-in")
        with page.expect_response("**/policy-reports") as reported:
            page.evaluate(f"() => {{ try {{ {script} }} catch (error) {{}} }}")
        assert reported.value.status == 204, name
        assert page.evaluate("window.seen.length > 0"), name
        assert page.evaluate("window.ran") is None, name
        page.close()


def test_after_a_shift_the_browsers_cache_and_storage_know_no_patient(
    scripted: Node, playwright: Playwright, tmp_path: Path
) -> None:
    """DESIGN 7.8: nothing of a patient stays on a device once somebody has signed out.

    The one exception is the browser's own list of tabs to open again, which no page can empty:
    docs/security/input.md says how a shared workstation is set up to keep none.
    """
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path), executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS)
    )
    page = context.new_page()
    page.goto(f"{scripted.address}/sign-in")
    page.locator('button[value="amira.khan"]').click()
    ring(scripted)
    for path in ("/calls/waiting", "/calls/shell", "/people"):
        page.goto(f"{scripted.address}{path}")
    page.get_by_label("What do you know of them?").fill(CANARY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/search")
    page.goto(f"{scripted.address}/people/register")
    page.locator("input[name=family]").fill(CANARY)
    page.locator("input[name=family]").press("Enter")
    page.wait_for_load_state()
    page.locator("details.menu summary").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    context.close()

    files = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.parent.name != "Sessions"
    ]
    known = [
        str(path.relative_to(tmp_path))
        for path in files
        if any(form in path.read_bytes() for form in _forms(CANARY))
    ]
    assert files, "there is no folder: this would prove nothing"
    assert known == []


def _forms(text: str) -> tuple[bytes, bytes, bytes]:
    """Return *text* as a browser's files may hold it."""
    return text.encode(), text.encode("utf-16-le"), text.lower().encode()
