"""When something dies in the middle of a call: the server, the database, the browser, the line."""

import os
import signal
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from standfast.postgres import EmbeddedPostgres
from tests.browser.desk import ring
from tests.browser.people import Town
from tests.support.node import run, until

pytestmark = pytest.mark.browser


def test_a_server_killed_in_the_middle_of_a_call_is_not_missed(town: Town) -> None:
    node = town.node
    ring(node)
    amira = town.handler()
    amira.answers_next()
    amira.says("Yes, awake", "As usual").all_sent()
    amira.page.wait_for_function("caches.match('/calls/shell').then(Boolean)")
    node.kill()
    try:
        amira.says("No", "No")
        amira.page.reload()
        amira.asked("Has the tongue or throat").says("No", "No", "No")
        pill = amira.page.locator("[data-net-words]")
        expect(pill).to_have_text("This device only")
        amira.told_problem("Earache since Sunday").sees("saved here and will send")
    finally:
        node.start()
    expect(pill).to_have_text("This site")
    amira.all_sent().goes_on()
    amira.says("Pain", "Throat or ear", "No", "No", "No", "No", "No", "Mild").all_sent()
    assert len(amira.case()["assessment"]["answers"]) == 15
    amira.finishes().closes().page.wait_for_url("**/message")
    amira.sees("Earache since Sunday").sees("Care at home")


def test_a_lost_database_is_said_in_seconds_and_heals_by_itself(town: Town) -> None:
    ring(town.node)
    amira = town.handler()
    amira.answers_next()
    amira.says("Yes, awake").all_sent()
    pill = amira.page.locator("[data-net-words]")
    expect(pill).to_have_text("This site")
    postgres = EmbeddedPostgres(town.node.data / "postgres")

    def it_dies_and_is_seen_to() -> bool:
        kill(postgres)
        return pill.inner_text() == "Database lost"

    until(it_dies_and_is_seen_to)
    amira.says("As usual", "No").sees("Ambulance requests must be phoned")
    expect(pill).to_have_text("This site", timeout=30_000)
    amira.all_sent()
    assert len(amira.case()["assessment"]["answers"]) == 3
    assert town.node.running
    proof = run(town.node.data, "verify")
    assert proof.returncode == 0, proof.stdout


def test_a_killed_browser_resumes_at_the_very_question(town: Town) -> None:
    ring(town.node)
    amira = town.handler()
    amira.answers_next()
    amira.rule_out_threats().press("Alt+c").type("Jane Bright")
    amira.goes_on().says("Pain", "Back")
    question = amira.page.locator("triage-runner .question").inner_text()
    address = amira.page.url
    amira.page.close(run_before_unload=False)
    amira.page = amira.context.new_page()
    amira.page.goto(address)
    amira.asked(question)
    assert amira.answers_given == 9
    expect(amira.page.locator("#call-caller")).to_contain_text("Jane Bright")

    joe = town.handler("joe.tran")
    joe.page.goto(address)
    joe.asked(question)
    expect(joe.page.locator("#call-caller")).to_contain_text("Jane Bright")


def test_whoever_hangs_up_early_is_to_be_rung_back(town: Town) -> None:
    amira = town.handler()
    before = ring(town.node, "07700900451")
    amira.go("/calls/waiting").sees("07700 900 451")
    ring(town.node, event="hangup", call_id=before)
    lost = amira.page.locator("#lost")
    expect(lost).to_contain_text("07700 900 451")

    during = ring(town.node, "07700900452")
    amira.answer(during).says("Yes, awake").all_sent()
    ring(town.node, event="hangup", call_id=during)
    expect(amira.page.locator("#call-state")).to_have_text("Caller hung up")
    amira.go("/calls/waiting")
    expect(lost).to_contain_text("07700 900 452")

    amira.press("Alt+r")
    panel = amira.page.get_by_label("Caller 07700 900 451")
    panel.get_by_role("button", name="Settle").click()
    amira.sees("Enter what came of it")
    panel.get_by_label("What came of it?").fill("Rung back, wrong number")
    panel.get_by_role("button", name="Settle").click()
    expect(amira.page.get_by_label("Caller 07700 900 451")).to_have_count(0)


def kill(postgres: EmbeddedPostgres) -> None:
    """End the database without warning, if it runs."""
    pid = postgres.pid
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
