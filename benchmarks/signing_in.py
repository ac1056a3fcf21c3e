"""How long somebody waits to get in, and a colleague to take over: Chromium with a virtual key."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from benchmarks.report import Report, milliseconds, percentile
from tests.browser.keyholder import Keyholder
from tests.support.look import CHROMIUM_FLAGS
from tests.support.node import a_live_node

TIMES = 10
LONGEST_SWITCH = 5.0
"""Seconds, from the touch to the next person's own screen (threat model, row 15)."""


def measure_signing_in(report: Report) -> None:
    """Print the times from the press of the button to one's own start page."""
    with (
        TemporaryDirectory() as kept,
        a_live_node(Path(kept)) as (node, codes),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS)
        )
        address = f"http://localhost:{node.port}"
        sam, ines = (Keyholder(browser, address).takes_key() for _ in range(2))
        sam.enrols("sam.whitlock", codes["sam.whitlock"]).page.wait_for_url("**/founding")
        ines.enrols("ines.maro", codes["ines.maro"]).page.wait_for_url("**/founding")
        signing_in = [_signs_in(sam) for _ in range(TIMES)]
        switching = _switches(sam, ines)
        browser.close()
    rows = [
        _row("sign in, from the button to one's own page", signing_in),
        _row("take over a locked screen, from the button to one's own page", switching),
    ]
    report.say(
        "## Signing in",
        "",
        "A live node, Chromium, a virtual key that is touched at once: what is left is ours.",
    )
    report.table(("what", "p50 ms", "longest ms", "aim"), rows)


def _signs_in(who: Keyholder) -> float:
    who.signs_out()
    began = time.perf_counter()
    who.presses("Use your passkey").page.locator("details.menu summary").wait_for()
    return time.perf_counter() - began


def _switches(sam: Keyholder, ines: Keyholder) -> list[float]:
    """Let the two take one machine from each other, in turns."""
    desk, waits = sam, ines.credentials()
    times = []
    for turn in range(TIMES):
        desk.page.locator("details.menu summary").click()
        desk.presses("Lock or switch")
        leaves = desk.credentials()
        desk.takes_key(*waits)
        name = "Ines Maro" if turn % 2 == 0 else "Sam Whitlock"
        began = time.perf_counter()
        desk.presses("Use your passkey").is_in_as(name)
        times.append(time.perf_counter() - began)
        waits = leaves
    return times


def _row(what: str, times: list[float]) -> list[str]:
    met = max(times) <= LONGEST_SWITCH
    return [
        what,
        milliseconds(percentile(times, 0.5)),
        milliseconds(max(times)),
        "met" if met else "MISSED",
    ]
