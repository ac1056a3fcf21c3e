"""Somebody of the demonstration at a browser, for pictures: works as people do, and is shot."""

from collections.abc import Iterator, Mapping
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize

from standfast.demo.structs import Person

SIZES: Final = (ViewportSize(width=1440, height=900), ViewportSize(width=1024, height=768))
THEMES: Final = ("light", "dark")

CALM: Final = frozenset(
    {"Yes, awake and answering", "No", "As usual, or can speak in whole sentences"}
)
"""What a caller answers in whose case nothing is dangerous."""

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
