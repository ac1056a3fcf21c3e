"""The call screen of a live site that has no triage content, by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk import Desk, ring
from tests.support.look import faults_everywhere
from tests.support.node import Node

pytestmark = pytest.mark.browser

SitDown = Callable[..., Desk]


def without_content(desk: Desk) -> Desk:
    """Have the node's shell say what a live site's says; all else stays as it is."""

    def answered(route: Route) -> None:
        page = route.fetch()
        body = page.text().replace('data-triage="reference"', 'data-triage="none"')
        route.fulfill(response=page, body=body)

    desk.context.route("**/calls/*", answered)
    desk.context.route("**/calls/*/call", answered)
    return desk


def test_a_call_without_questions_is_taken_and_handed_on(node: Node, sit_down: SitDown) -> None:
    amira, nadia = without_content(sit_down("amira.khan")), sit_down("nadia.brook")
    amira.go(f"/calls/shell#call={ring(node)}")
    amira.sees("Who is calling").press("Alt+q")
    expect(amira.page.locator("triage-runner .question")).to_contain_text(
        "No triage content is installed here; the reference set cannot be used live"
    )
    amira.sees("No outcome here")
    assert faults_everywhere(amira.page) == ()
    amira.press("1", "2")
    assert amira.answers_given == 0

    amira.press("F8")
    amira.sees("A clinician is asked for")
    amira.press("F9").sees("I am asking for an ambulance now")
    amira.press("Enter")
    amira.sees("no desk has accepted it yet")
    nadia.press("F2")
    amira.sees("accepted by Nadia Brook")
    assert amira.faults == []
