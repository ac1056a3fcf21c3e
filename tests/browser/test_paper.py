"""A pack is printed, and a form of it comes back in by keyboard alone: looked at everywhere."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Page, expect

from standfast.continuity.printing import lettered
from standfast.continuity.times import LONDON
from standfast.triage.paper import on_paper
from tests.browser.desk import Desk
from tests.browser.looking import Looker
from tests.continuity.pictures import page_of

pytestmark = pytest.mark.browser

SitDown = Callable[..., Desk]

MOST_KEYS: Final = 300
"""In 90 seconds, at 40 words of five letters a minute: nobody who keys a pile is slower."""

TOOTH: Final = next(letter for letter, card in lettered(on_paper()) if card.id == "dental-pain")
"""The card of toothache."""

COUNTING: Final = """() => {
  window.pressed = 0;
  addEventListener("keydown", () => { window.pressed += 1; }, true);
}"""


def keys(page: Page, *values: str) -> None:
    """Key each value and go on; a part that has no more ends with ``>``."""
    for value in values:
        page.keyboard.type(value.removesuffix(">"))
        page.keyboard.press("Control+Enter" if value.endswith(">") else "Enter")


def boxes(page: Page, digits: str, *, ends: bool = False) -> None:
    """Fill in one box after the other; each goes on by itself."""
    page.keyboard.type(digits)
    if ends:
        page.keyboard.press("Control+Enter")


def key_a_toothache(page: Page, at: str) -> None:
    """Key a call that found no threat to life, a tooth, and a dentist within a day."""
    keys(page, at, "", "Sam Oduya", "", "Dora Pell", "daughter", "y")
    keys(page, "4 Quay Street", "HM1 4AA>")
    keys(page, "07700900321", "Dora>")
    keys(page, "Pell", "Arthur", "03021961", "", "m>")
    boxes(page, "1122222")
    keys(page, "Toothache since Friday, cannot sleep")
    boxes(page, "15", ends=True)
    boxes(page, f"{TOOTH}2221", ends=True)
    keys(page, "DEN24", at, "", ">")
    keys(page, ">")
    keys(page, "NONE", "Ramipril 5 mg", "")
    keys(page, "", at)


def test_a_form_comes_back_in_by_keyboard_and_is_read_twice_and_signed(
    sit_down: SitDown, capsys: pytest.CaptureFixture[str]
) -> None:
    looker = Looker()
    ruth = sit_down("ruth.calder")
    ruth.go("/continuity/packs").sees("There is no paper pack")
    looker.look(ruth.page, "no pack yet")
    ruth.page.get_by_role("button", name="Make the pack").click()
    ruth.sees("20 forms, made")
    looker.look(ruth.page, "a pack")
    at = f"{datetime.now(UTC).astimezone(LONDON):%H%M}"
    code = re.search(r"[0-9A-Z]{6}-001-[0-9A-Z]{2}", ruth.page.inner_text("main"))
    assert code is not None

    amira = sit_down("amira.khan")
    amira.go("/continuity/")
    photo = FilePayload(name="form.jpg", mimeType="image/jpeg", buffer=page_of(code[0], turn=3))
    amira.page.get_by_label("Or a scan or photograph of the form").set_input_files(photo)
    amira.page.get_by_role("button", name="Read the code").click()
    amira.sees("As it stands on the paper")
    expect(amira.page.locator("#begun")).to_be_focused()
    looker.look(amira.page, "a form beside its fields")
    amira.page.locator("#begun").focus()
    amira.page.evaluate(COUNTING)
    key_a_toothache(amira.page, at)
    pressed = amira.page.evaluate("window.pressed") + 1
    amira.press("Alt+e")
    amira.sees("Second reading")
    with capsys.disabled():
        seconds = pressed * 90 // MOST_KEYS
        print(f"\npaper: {pressed} keys for a form, {seconds} s at 40 words a minute")  # noqa: T201
    assert pressed <= MOST_KEYS
    looker.look(amira.page, "what waits")

    joe = sit_down("joe.tran")
    joe.go("/continuity/")
    joe.page.get_by_role("link", name=code[0]).click()
    joe.sees("Section 10, as it stands on the paper")
    looker.look(joe.page, "the second reading")
    joe.page.get_by_label("Allergies").fill("none")
    joe.page.get_by_label("Medicines").fill("Ramipril 50 mg")
    joe.press("Alt+e").sees("They differ")
    looker.look(joe.page, "two readings that differ")
    settles(joe, "Ramipril 5 mg").sees("Somebody else has yet to say the same")
    settles(amira, "Ramipril 5 mg", form=code[0]).sees("Nothing waits")

    ada = sit_down("ada.mensah")
    ada.go("/continuity/signing").sees("Two people read different things")
    looker.look(ada.page, "what a clinician must sign")
    ada.page.get_by_role("link", name=code[0]).click()
    ada.sees("Ramipril 5 mg")
    looker.look(ada.page, "what is signed")
    ada.page.get_by_label("What did you do about it?").fill("Nothing need be done")
    ada.press("Alt+s").sees("Nothing to sign")
    assert looker.wrong == {}
    assert [desk.faults for desk in (ruth, amira, joe, ada)] == [[], [], [], []]


def settles(reader: Desk, words: str, form: str = "") -> Desk:
    """Say which of two readings stands on the paper: of the *form* on the screen, or of one."""
    if form:
        reader.go("/continuity/")
        reader.page.get_by_role("link", name=form).click()
    reader.page.get_by_label(words).check()
    return reader.press("Alt+e")


def test_what_was_keyed_is_there_again_and_mistakes_are_said_where_they_are(
    sit_down: SitDown,
) -> None:
    looker = Looker()
    ruth = sit_down("ruth.calder")
    ruth.go("/continuity/packs")
    ruth.page.get_by_role("button", name="Make the pack").click()
    code = re.search(r"[0-9A-Z]{6}-002-[0-9A-Z]{2}", ruth.page.inner_text("main"))
    assert code is not None
    ruth.go("/continuity/")
    ruth.page.get_by_label("Which number stands beside the square code?").fill(code[0].lower())
    ruth.page.get_by_role("button", name="Open the form").click()
    expect(ruth.page.locator("#begun")).to_be_focused()
    keys(ruth.page, "2575", "", "Sam Oduya")
    expect(ruth.page.locator("[data-saved]")).to_have_text("Saved")
    ruth.page.reload()
    expect(ruth.page.locator("#taken_by")).to_have_value("Sam Oduya")
    ruth.press("Alt+e").sees("There is a problem").sees("Enter a time by the 24-hour clock")
    expect(ruth.page.locator("#begun")).to_be_focused()
    looker.look(ruth.page, "a form with mistakes")
    assert looker.wrong == {}
