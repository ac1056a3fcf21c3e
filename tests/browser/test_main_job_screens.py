"""Every screen of every role: nothing axe finds, nothing hidden, nothing sideways, all by Tab."""

import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import ring
from tests.browser.looking import Looker
from tests.browser.people import Somebody, Town
from tests.support.node import Node

pytestmark = pytest.mark.browser

CALLS = 8
"""Callers whom the simulation plays to their end, so that the lists are not empty."""


@pytest.fixture(scope="module")
def lived_in(node: Node) -> Node:
    """Let the county work for a few calls."""
    played = subprocess.run(
        [
            *(sys.executable, "-m", "standfast", "simulate", "--url", node.address),
            *("--calls", str(CALLS), "--rate", "600", "--seed", "3"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    return node


@pytest.fixture(scope="module")
def looker() -> Looker:
    """One for the file: a screen that two roles share is looked at once."""
    return Looker()


def test_the_screens_of_the_main_job(lived_in: Node, town: Town, looker: Looker) -> None:
    assert lived_in is town.node
    nadia, amira = town.dispatcher(), town.handler()
    looker.look(signed_out(town.browser, lived_in))
    ring(lived_in)
    amira.answers_next()
    amira.press("F9", "Enter").sees("Where to?")
    nadia.accepts_oldest().sends_first()
    looker.look(nadia.page, "the board with a vehicle sent")
    amira.go(f"/calls/{amira.case_id}/close").press("F4").sees("There is a problem")
    looker.look(amira.page, "a case closed with mistakes")

    amira.go("/people").fills("What do you know of them?", "okonkwo").press("Enter")
    amira.sees("Similar")
    looker.look(amira.page, "people found")
    amira.page.locator("main li a").first.click()
    amira.sees("This record is closed to you").does_not_see("apixaban")
    looker.look(amira.page, "a closed record")
    amira.page.get_by_label("A colleague who treats them asked me for advice").check()
    amira.press("Enter").sees("Special notes").sees("You opened a closed record")
    looker.look_around(amira.page, amira.page.url)
    amira.go("/identity/signed-in").sees("This one")
    looker.look(amira.page, "where one is signed in")
    led = looker.look_around(nadia.page, f"{lived_in.address}/")
    assert {f"/dispatch/board?act={act}" for act in ("stand-down", "lower", "close")} <= led
    assert looker.wrong == {}


def test_the_screens_of_prescribing(lived_in: Node, town: Town, looker: Looker) -> None:
    ada, amira = town.somebody("ada.mensah"), town.handler()
    ring(lived_in)
    amira.answers_next()
    amira.rule_out_threats().told_of_patient("Zofia", "Wisniewska", "30/11/1999")
    amira.finds("WIŚNIEWSKA").goes_on()
    amira.says("Medicines run out", "No", "A reliever inhaler").all_sent()
    ada.go("/prescribing/queue").sees("WIŚNIEWSKA")
    looker.look(ada.page, "prescribing with somebody waiting")
    ada.press("F2").sees("Prescribe")
    looker.look(ada.page, "a need that was taken")
    writes(ada, looker)
    looker.look(ada.page, "pharmacies")
    ada.page.locator(".services button").first.click()
    ada.sees("Not supplied yet")
    looker.look_around(ada.page, ada.page.url)
    assert looker.wrong == {}


@pytest.mark.parametrize(
    ("staff_id", "screens"),
    [
        ("amira.khan", {"/calls/waiting", "/calls/call-back", "/calls/queue", "/people"}),
        ("ada.mensah", {"/calls/queue", "/prescribing/queue"}),
        ("ruth.calder", {"/calls/oversight", "/calls/{}/message", "/directory/services/{}"}),
        ("owen.price", {"/booking/clinic", "/booking/{}"}),
        ("leila.haddad", {"/prescribing/dispensing"}),
        ("tom.abara", {"/prescribing/dispensing", "/prescribing/dispensing/{}"}),
        ("mira.sandoval", {"/records", "/records/holds", "/records/schedule", "/people"}),
        ("sam.whitlock", {"/identity/staff", "/interop/messages"}),
    ],
)
def test_all_that_a_role_is_led_to(
    lived_in: Node, town: Town, looker: Looker, staff_id: str, screens: set[str]
) -> None:
    somebody = town.somebody(staff_id)
    assert screens <= looker.look_around(somebody.page, f"{lived_in.address}/")
    assert looker.wrong == {}


def signed_out(browser: Browser, node: Node) -> Page:
    page = browser.new_page()
    page.goto(f"{node.address}/sign-in")
    return page


def writes(ada: Somebody, looker: Looker) -> None:
    """Write and sign a prescription, looking at what is wrong on the way."""
    ada.press("Alt+m").type("salbutamol", "Enter")
    ada.page.locator("#medicines a").first.click()
    ada.presses("Save and check").sees("There is a problem")
    looker.look(ada.page, "a prescription with mistakes")
    ada.fills("What did they say about allergies?", "no allergies")
    ada.page.get_by_label("Two puffs when needed").check()
    ada.fills("How many", "1").presses("Save and check").sees("Check, then sign")
    looker.look(ada.page, "check and sign")
    ada.page.get_by_label("I have read this against the patient").check()
    ada.presses("Sign prescription").sees("Which pharmacy?")
    expect(ada.page.locator(".services li").first).to_be_visible()
