"""A small evening's work of the county, done through the browser as people do it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from playwright.sync_api import Browser

from standfast.demo.known import (
    BETHAN_MORGAN,
    EDWIN_HARPER,
    MARGARET_OKONKWO_BRIGHT,
    NIAMH_ODONNELL,
)
from standfast.demo.load import SEED
from standfast.demo.world import make_world
from tools.shots.desk import SETTLE, Desk

PEOPLE: Final = {each.id: each for each in make_world(SEED, datetime.now(UTC)).people}
"""The demonstration's people, by their ids."""


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
