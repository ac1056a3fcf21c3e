"""The IT officer lets another system in, looks after it, and turns the API off."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from standfast.facts.clients import Algorithm
from tests.browser.desk import Desk
from tests.browser.looking import Looker
from tests.clients.examples import jwks
from tests.support.node import Node

pytestmark = pytest.mark.browser

SitDown = Callable[..., Desk]


def test_a_client_is_let_in_looked_after_and_switched_off(
    node: Node, sit_down: SitDown
) -> None:
    looker, sam = Looker(), sit_down("sam.whitlock")
    sam.go("/clients/").sees("Demonstration partner")
    looker.look(sam.page, "the clients")
    sam.press("Alt+r").sees("What is its client id?")
    looker.look(sam.page, "the form")
    sam.page.get_by_role("button", name="Register the client").click()
    sam.sees("There is a problem")
    looker.look(sam.page, "the form with mistakes")

    sam.page.get_by_label("What is its client id?").fill("harrowmere-999")
    sam.page.get_by_label("What is the other system called?").fill("Harrowmere 999 dispatch")
    sam.page.get_by_label("For which organisations does it send?").fill("ZZ999")
    sam.page.get_by_label("Send referrals and other BaRS messages").check()
    sam.page.get_by_label("How does it sign?").select_option("ES384")
    sam.page.get_by_label("What are its public keys?").fill(jwks(Algorithm.ES384, "2026-11"))
    sam.page.get_by_role("button", name="Register the client").click()
    sam.sees("Harrowmere 999 dispatch").sees("2026-11").sees("In use")
    looker.look(sam.page, "a client")

    sam.page.get_by_label("Why is it suspended?").fill("Its laptop was stolen")
    sam.page.get_by_role("button", name="Suspend it now").click()
    sam.sees("Its laptop was stolen")
    looker.look(sam.page, "a client that is suspended")
    sam.page.get_by_role("button", name="Let it call again").click()
    expect(sam.page.locator("h1 + .tag")).to_have_text("Active")

    sam.go("/clients/")
    sam.page.get_by_label("Why is the API turned off?").fill("A flood of referrals")
    sam.page.get_by_role("button", name="Turn the API off").click()
    sam.sees("The API is off").sees("A flood of referrals")
    looker.look(sam.page, "the clients while the API is off")
    assert httpx.get(f"{node.address}/bars/metadata").status_code == 503
    assert httpx.get(f"{node.address}/healthz").status_code == 200
    sam.page.get_by_role("button", name="Turn the API on").click()
    sam.sees("The API is on")
    assert looker.wrong == {}
    assert sam.faults == []
