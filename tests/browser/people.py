"""The people of the main job, each at a machine of their own, in the words of their work.

    amira, nadia = town.handler(), town.dispatcher()
    ring(town.node)
    amira.answers_next()
    amira.says("No, cannot be woken")
    nadia.accepts_oldest()

Everything waits for what a person would see; nothing here ever sleeps.
"""

import re
from collections.abc import Callable
from typing import Final, Self, TypeVar

from playwright.sync_api import Browser, BrowserContext, Locator, expect

from standfast.web.rendering import phone
from tests.browser.desk import Desk
from tests.support.node import Node

PATIENCE: Final = 15_000
"""Milliseconds that a page is given, on a machine that has much else to do."""

HEAD_START: Final = 400
"""Milliseconds to get several browsers ready to press together."""

expect.set_options(timeout=PATIENCE)

Seated = TypeVar("Seated", bound=Desk)


class Somebody(Desk):
    """A member of staff who is not on the telephone."""

    def presses(self, words: str) -> Self:
        """Press the button, or follow the link, that says *words*."""
        self.button(words).click()
        return self

    def button(self, words: str) -> Locator:
        by_button = self.page.get_by_role("button", name=words)
        return by_button.or_(self.page.get_by_role("link", name=words)).first

    def fills(self, label: str, text: str) -> Self:
        self.page.get_by_label(label).first.fill(text)
        return self

    def row(self, *words: str) -> Locator:
        """Return the row of a table or list that has all these words."""
        found = self.page.locator("tr, li, article")
        for each in words:
            found = found.filter(has_text=each)
        return found.first


class Handler(Somebody):
    """A call handler, who never touches the mouse."""

    def answers_next(self, number: str = "") -> str:
        """Answer whoever rings next with F2; return the case's id."""
        self.go("/calls/new")
        ringing = self.page.locator(".ringing .question")
        expect(ringing).to_have_text(phone(number) if number else re.compile("^0"))
        self.press("F2").asked("Are they awake")
        return self.case_id

    def says(self, *answers: str) -> Self:
        """Give the answers that begin so, each by its digit."""
        for words in answers:
            shown = self.page.locator(".answer-button").filter(
                has=self.page.get_by_text(re.compile(f"^{re.escape(words)}"))
            )
            self.say(shown.first.get_attribute("data-key") or "")
        return self

    def told_of_caller(self, name: str, relationship: str) -> Self:
        self.press("Alt+c").type(name)
        self.type(relationship)
        return self

    def told_of_patient(self, given: str, family: str, born: str) -> Self:
        self.press("Alt+p").type(given).type(family).type(born)
        return self

    def told_where(self, address: str, postcode: str) -> Self:
        self.press("Alt+a").type(address).type(postcode)
        return self

    def told_number(self, number: str, whose: str) -> Self:
        """Write down the number to ring first, in the place of the one that rang."""
        self.press("Alt+b", "Control+a").type(number)
        self.press("Control+a").type(whose)
        return self

    def told_problem(self, words: str) -> Self:
        self.press("Alt+o").type(words)
        return self

    def finds(self, name: str) -> Self:
        """Look for whom the caller described; confirm the one who is shown by *name*."""
        self.press("Alt+s")
        chosen = self.page.locator("#found li").filter(has_text=name).first
        expect(self.page.locator("#found li").first).to_be_focused()
        while not chosen.evaluate("row => row === document.activeElement"):
            self.press("ArrowDown")
        return self.press("Enter").confirms(name)

    def goes_on(self) -> Self:
        """Leave who and where, and come to the first question about the problem."""
        self.press("Alt+k").asked("main thing")
        return self

    def takes_call_about(self, given: str, family: str, born: str, *, name: str) -> str:
        """Answer the next call, find the patient, and come to the first clinical question."""
        case_id = self.answers_next()
        self.rule_out_threats()
        self.told_of_patient(given, family, born)
        self.told_where("14 Harbour View", "HM4 7QT")
        self.finds(name).goes_on()
        return case_id

    def ticks_all_advice(self) -> int:
        """Read out and tick all advice by keyboard; return how many sentences there were."""
        boxes = self.page.locator("#advice input[type=checkbox]")
        expect(boxes.first).to_be_visible()
        for number in range(boxes.count()):
            boxes.nth(number).focus()
            self.press("Space")
        expect(self.page.locator("#advice-count")).to_have_text(
            f"{boxes.count()} of {boxes.count()}"
        )
        return boxes.count()

    def finishes(self) -> Self:
        """Press F4: the call is over, and the page that closes the case comes up."""
        self.all_sent().press("F4")
        self.page.wait_for_url("**/close")
        return self

    def closes(self, *, action: str = "") -> Self:
        """Fill the closing page in, and press F4."""
        if action:
            self.page.get_by_label("Yes, for action").check()
            self.page.get_by_label("What is the GP asked to do?").fill(action)
        else:
            self.page.get_by_label("No, for information").check()
        self.press("F4")
        return self


class Dispatcher(Somebody):
    """A dispatcher at the ambulance desk, with the board open."""

    def watches(self) -> Self:
        self.go("/dispatch/board")
        expect(self.page.locator("#incidents")).to_be_visible()
        return self

    def accepts_oldest(self) -> Self:
        expect(self.page.locator(".take-next")).to_be_visible()
        self.press("F2")
        expect(self.page.locator("#details")).to_contain_text("has it since")
        return self

    def sends_first(self) -> str:
        """Send the vehicle that the digit 1 sends; return its callsign."""
        offered = self.page.locator("#incidents .incident[aria-current='true'] button")
        first = offered.and_(self.page.locator("[aria-keyshortcuts='1']"))
        action = first.get_attribute("data-action") or ""
        callsign = action.removeprefix("Send ").split(" to ")[0]
        self.press("1")
        expect(self.page.locator("#details .on-it")).to_contain_text(callsign)
        return callsign

    def says_it_is(self, step: str) -> Self:
        """Record what the vehicle on this incident said."""
        self.page.locator("#details .on-it").get_by_role("button", name=step).click()
        expect(self.page.locator("#details .on-it span").first).to_contain_text(step)
        return self


class Town:
    """A node with the demonstration on it, and a machine for everybody who works there."""

    def __init__(self, node: Node, browser: Browser) -> None:
        self.node = node
        self.browser = browser
        self._contexts: list[BrowserContext] = []
        self._people: list[Desk] = []

    def handler(self, staff_id: str = "amira.khan") -> Handler:
        return self.seat(Handler, staff_id)

    def dispatcher(self, staff_id: str = "nadia.brook") -> Dispatcher:
        return self.seat(Dispatcher, staff_id).watches()

    def somebody(self, staff_id: str) -> Somebody:
        return self.seat(Somebody, staff_id)

    def seat(self, kind: Callable[[BrowserContext, Node], Seated], staff_id: str) -> Seated:
        context = self.browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        person = kind(context, self.node)
        person.page.set_default_timeout(PATIENCE)
        person.sign_in(staff_id)
        self._people.append(person)
        return person

    def close(self) -> None:
        """Send everybody home; nobody's browser may have met a fault in our scripts."""
        for context in self._contexts:
            context.close()
        faults = [fault for person in self._people for fault in person.faults]
        assert faults == []


def press_together(*people: Desk, selector: str) -> None:
    """Let them press the first *selector* of their pages in the same moment."""
    moment = people[0].page.evaluate("() => Date.now()") + HEAD_START
    for person in people:
        person.page.evaluate(
            """([selector, moment]) => {
              setTimeout(() => document.querySelector(selector).click(), moment - Date.now());
            }""",
            [selector, moment],
        )
