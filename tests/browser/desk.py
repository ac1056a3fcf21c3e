"""Somebody at a machine: what they press and what they see, in their own words."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from standfast.settings import DEMONSTRATION_SECRET
from tests.support.node import Node

NOBODYS_NUMBER = "07700900931"


class Desk:
    """A browser with one page, and the keys somebody presses in it."""

    def __init__(self, context: BrowserContext, node: Node) -> None:
        self.context = context
        self.node = node
        self.page: Page = self._new_page()
        self.faults: list[str] = []

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def sign_in(self, staff_id: str) -> Self:
        self.page.goto(f"{self.node.address}/sign-in")
        self.page.locator(f'button[value="{staff_id}"]').click()
        expect(self.page.locator("header.bar .menu")).to_be_visible()
        return self

    def go(self, path: str) -> Self:
        self.page.goto(f"{self.node.address}{path}")
        return self

    def press(self, *keys: str) -> Self:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str, then: str = "Tab") -> Self:
        self.page.keyboard.type(text)
        return self.press(then)

    def sees(self, text: str) -> Self:
        expect(self.page.locator("body")).to_contain_text(text)
        return self

    def does_not_see(self, text: str) -> Self:
        expect(self.page.locator("body")).not_to_contain_text(text)
        return self

    # --- The call screen ---

    def answer(self, call_id: str) -> Self:
        """Answer the ringing *call_id* as the list of waiting calls does."""
        self.go(f"/calls/shell#call={call_id}")
        return self.asked("Are they awake")

    def asked(self, words: str) -> Self:
        expect(self.page.locator("triage-runner .question")).to_contain_text(words)
        return self

    def say(self, *keys: str) -> Self:
        """Answer one question after another; each answer is seen to be taken."""
        for key in keys:
            before = self.answers_given
            self.press(key)
            expect(self.page.locator("#path-count")).not_to_have_text(str(before))
            expect(self.page.locator(".answer-button.chosen")).to_have_count(0)
        return self

    def rule_out_threats(self) -> Self:
        """Say no to every threat to life."""
        return self.say("1", "1", "2", "2", "2", "2", "2")

    def confirms(self, name: str) -> Self:
        """Say that whoever the card names is the patient, as somebody who has asked."""
        card = self.page.locator("#confirm-patient")
        expect(card).to_contain_text(name)
        if card.get_by_text("I have checked the date of birth").count():
            self.press("Alt+v")
        self.press("Alt+y")
        expect(self.page.locator("#banner")).to_contain_text(name)
        return self

    @property
    def answers_given(self) -> int:
        return int(self.page.locator("#path-count").inner_text())

    def all_sent(self) -> Self:
        expect(self.page.locator("#call-unsent")).to_be_hidden()
        return self

    @property
    def case_id(self) -> str:
        return self.page.url.split("/")[-2]

    def case(self) -> dict[str, Any]:
        """Return what the server knows of the case in hand."""
        answer = self.page.request.get(f"{self.node.address}/calls/{self.case_id}/resume")
        known: dict[str, Any] = answer.json()
        return known


def ring(
    node: Node, number: str = NOBODYS_NUMBER, *, event: str = "ring", call_id: str = ""
) -> str:
    """Let the exchange tell of a call; return its id."""
    call_id = call_id or f"test-{uuid4().hex[:12]}"
    told = {
        "event": event,
        "call_id": call_id,
        "at": datetime.now(UTC).isoformat(),
        "number": number,
    }
    body = json.dumps(told).encode()
    signature = (
        "sha256=" + hmac.new(DEMONSTRATION_SECRET.encode(), body, hashlib.sha256).hexdigest()
    )
    headers = {"Content-Type": "application/json", "X-Standfast-Signature": signature}
    answer = httpx.post(f"{node.address}/telephony/events", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return call_id
