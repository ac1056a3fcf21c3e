"""Takes the pictures of the documents: ``make shots``, or ``python -m tools.shots --all FOLDER``.

A node of its own, a small evening's work done through the browser as people do it, and each
screen as it then is. Without ``--all`` only the pictures in ``CHOSEN`` are kept, made small.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from standfast.demo.known import (
    BETHAN_MORGAN,
    EDWIN_HARPER,
    MARGARET_OKONKWO_BRIGHT,
    NIAMH_ODONNELL,
)
from standfast.demo.load import SEED
from standfast.demo.structs import Person
from standfast.demo.world import make_world
from tests.support.look import CHROMIUM_FLAGS
from tests.support.node import a_node
from tools.facts import ROOT
from tools.png import smaller

SHOTS: Final = ROOT / "docs" / "shots"
SIZES: Final = (ViewportSize(width=1440, height=900), ViewportSize(width=1024, height=768))
THEMES: Final = ("light", "dark")

CHOSEN: Final = frozenset(
    {
        "call-question-1440-light",
        "call-ambulance-1440-light",
        "call-services-1440-light",
        "call-question-1024-dark",
        "dispatch-1440-light",
        "dispatch-1440-dark",
        "queue-1440-light",
        "prescribing-1440-light",
        "clinic-1024-light",
        "oversight-1024-light",
    }
)

CALM: Final = frozenset(
    {"Yes, awake and answering", "No", "As usual, or can speak in whole sentences"}
)
"""What a caller answers in whose case nothing is dangerous."""

PEOPLE: Final = {each.id: each for each in make_world(SEED, datetime.now(UTC)).people}
"""The demonstration's people, by their ids."""

SETTLE: Final = 400
"""Milliseconds in which a page has drawn what it fetched."""


class Desk:
    """Somebody of the demonstration at a browser of their own."""

    def __init__(self, browser: Browser, address: str, staff_id: str) -> None:
        self.page: Page = browser.new_context(
            base_url=address,
            viewport=SIZES[0],
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
        ).new_page()
        self.page.goto("/sign-in")
        self.page.click(f"button[value='{staff_id}']")

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.page.wait_for_timeout(SETTLE)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(SETTLE)

    def take_call(self) -> None:
        """Answer whoever has waited longest."""
        self.open("/calls/waiting")
        self.page.keyboard.press("F2")
        self.page.wait_for_url("**/call")
        self.page.wait_for_selector("triage-runner .answer-button")

    def answer(self, says: Mapping[str, str], *, until: str = "") -> None:
        """Answer questions by their digits: as *says* by title, else calmly, to the end.

        With *until*, stop when the question of that title is on the screen.
        """
        page = self.page
        while page.locator("triage-runner .answer-button").count():
            title = page.locator("#path li").last.inner_text().splitlines()[0]
            if title == until:
                return
            if page.locator("#who-foot").is_visible():  # asked for between threats and problem
                self.press("Alt+k")
            offered = page.locator("triage-runner .answer-button").all_inner_texts()
            wanted = {says[title]} if title in says else CALM
            at = next((n for n, text in enumerate(offered) if _words(text) in wanted), 0)
            count = page.inner_text("#path-count")
            page.keyboard.press(str(at + 1))
            page.wait_for_function(
                "was => document.querySelector('#path-count').textContent !== was", arg=count
            )
            page.wait_for_timeout(150)

    def patient(self, person: Person, **facts: str) -> None:
        """Say that *person* rings about themselves, and confirm them from the record."""
        born = f"{person.birth_date:%d/%m/%Y}"
        name = f"{person.given_name} {person.family_name}"
        where = {"address": ", ".join(person.address), "postcode": person.postcode}
        self.press("Alt+w")
        self.fill(name=name, relationship="self")
        self.fill(given=person.given_name, family=person.family_name, born=born)
        self.press("Alt+s")
        self.page.locator("#found button, #found a").first.click()
        self.page.locator("#confirm-patient button.primary").click()
        self.page.wait_for_timeout(SETTLE)
        self.fill(**where, **facts)
        self.press("Alt+k")

    def fill(self, **facts: str) -> None:
        """Fill in fields of who and where, by their names."""
        for name, value in facts.items():
            field = self.page.locator(f"#who [name='{name}']:not([type=hidden])")
            if field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.wait_for_timeout(SETTLE)

    def shoot(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Yield the page as it stands, in every size and theme."""
        for size in SIZES:
            self.page.set_viewport_size(size)
            for theme in THEMES:
                self.page.emulate_media(color_scheme=theme)
                self.page.wait_for_timeout(SETTLE)
                yield f"{name}-{size['width']}-{theme}", self.page.screenshot()
        self.page.set_viewport_size(SIZES[0])
        self.page.emulate_media(color_scheme="light")


def _words(text: str) -> str:
    """Return the words of an answer, without its digit."""
    return text.splitlines()[-1].strip()


def evening(browser: Browser, address: str) -> Iterator[tuple[str, bytes]]:
    """Do a small evening's work, and yield each screen by its name."""
    amira, joe = (Desk(browser, address, each) for each in ("amira.khan", "joe.tran"))
    nadia = Desk(browser, address, "nadia.brook")
    yield from _ambulances(amira, joe, nadia)
    yield from _appointment(amira)
    _clinician_and_medicines(joe)
    owen = Desk(browser, address, "owen.price")
    owen.open("/booking/clinic")
    yield from owen.shoot("clinic")
    yield from _clinician(Desk(browser, address, "ada.mensah"))
    ruth = Desk(browser, address, "ruth.calder")
    ruth.open("/calls/oversight")
    yield from ruth.shoot("oversight")
    yield from _way_in(ruth, Desk(browser, address, "sam.whitlock"), joe)


def _way_in(ruth: Desk, sam: Desk, joe: Desk) -> Iterator[tuple[str, bytes]]:
    """Give somebody a passkey, as two people do; lock a screen; show the way in."""
    sam.open("/identity/staff/joe.tran")
    yield from sam.shoot("enrolment")
    sam.page.click("button[value='first']")
    ruth.open("/identity/staff/joe.tran")
    ruth.page.check("#seen")
    yield from ruth.shoot("enrolment-second-person")
    ruth.page.get_by_role("button", name="Confirm, and show the code").click()
    ruth.page.wait_for_selector(".code")
    yield from ruth.shoot("enrolment-code")
    joe.open("/identity/keys")
    yield from joe.shoot("passkeys")
    joe.page.locator("details.menu summary").click()
    joe.page.get_by_role("button", name="Lock or switch").click()
    yield from joe.shoot("locked")
    for path, name in (("/sign-in", "sign-in"), ("/sign-in/enrol", "first-passkey")):
        joe.open(path)
        yield from joe.shoot(name)


def _ambulances(amira: Desk, joe: Desk, nadia: Desk) -> Iterator[tuple[str, bytes]]:
    """Ask for two ambulances: one is accepted and sent, one waits for the desk."""
    joe.take_call()
    joe.answer({"Face, arm or speech": "Yes"})
    nadia.open("/dispatch/board")
    nadia.press("F2")
    nadia.page.locator("form[action$='/send'] button").first.click()
    nadia.page.wait_for_timeout(SETTLE)
    amira.take_call()
    amira.answer({"Heart attack signs": "Yes"})
    amira.press("Alt+a")
    town = amira.page.inner_text("#call-place").removeprefix("near ")
    home = next(each for each in PEOPLE.values() if each.address[-1] == town)
    amira.page.fill("#ambulance-place [name='address']", ", ".join(home.address))
    amira.page.fill("#ambulance-place [name='postcode']", home.postcode)
    amira.page.fill("#ambulance-place [name='access_notes']", "Side door, key with number 33")
    amira.page.wait_for_timeout(SETTLE)
    yield from amira.shoot("call-ambulance")
    nadia.page.wait_for_timeout(SETTLE)
    yield from nadia.shoot("dispatch")


def _appointment(amira: Desk) -> Iterator[tuple[str, bytes]]:
    """Take a call that comes to an appointment, with the patient's record confirmed."""
    amira.take_call()
    amira.answer({}, until="Main problem")
    amira.patient(
        PEOPLE[BETHAN_MORGAN], words="Burning when I pass water, and now my back hurts"
    )
    amira.answer({"Main problem": "Passing urine"}, until="Fever or side pain")
    yield from amira.shoot("call-question")
    amira.answer({"Fever or side pain": "Yes"})
    amira.page.wait_for_selector("#services form")
    yield from amira.shoot("call-services")
    amira.page.locator("#services .slot").first.click()
    amira.page.wait_for_timeout(SETTLE)


def _clinician_and_medicines(joe: Desk) -> None:
    """Leave cases in the clinical queue, and one in the prescriber's."""
    for who, words in (
        (NIAMH_ODONNELL, "Sick since this morning, cannot keep her tablets down"),
        (EDWIN_HARPER, "More pain than yesterday, the patch does not hold it"),
    ):
        joe.take_call()
        joe.answer({}, until="Main problem")
        joe.patient(PEOPLE[who], words=words)
        joe.press("F8")
    joe.take_call()
    joe.answer({}, until="Main problem")
    joe.patient(PEOPLE[MARGARET_OKONKWO_BRIGHT], words="Left the tablets on the train")
    joe.answer({"Main problem": "Medicines run out or lost"})


def _clinician(ada: Desk) -> Iterator[tuple[str, bytes]]:
    """Take the next case to ring; then the next to prescribe for."""
    ada.open("/calls/queue")
    ada.press("F2")
    yield from ada.shoot("queue")
    ada.open("/prescribing/queue")
    ada.press("F2")
    ada.page.fill("[name='q']", "apixaban")
    ada.press("Enter")
    ada.page.locator("ul.found a").first.click()
    ada.page.wait_for_timeout(SETTLE)
    yield from ada.shoot("prescribing")


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


def main() -> None:
    """Write the pictures, saying which."""
    everything = "--all" in sys.argv
    folder = Path(sys.argv[sys.argv.index("--all") + 1]) if everything else SHOTS
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as kept,
        a_node(Path(kept), "--demo", "--no-ringing") as node,
        _browser() as browser,
    ):
        for name, png in evening(browser, node.address):
            if everything or name in CHOSEN:
                small = smaller(png)
                (folder / f"{name}.png").write_bytes(small)
                print(f"{name}.png  {len(small) / 1024:.0f} kB")


if __name__ == "__main__":
    main()
