"""An urgent appointment: two handlers go for one slot; a clinic arrives one and cancels one."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import ring
from tests.browser.people import Handler, Town, press_together

pytestmark = pytest.mark.browser

CLINIC = "Kingsmoor Urgent Treatment Centre"
NEEDS_TO_BE_SEEN = ("Pain", "Back", "No", "Neither", "No", "Yes")
"""A fever with a bad back: see or speak to primary care within two hours."""


def test_two_go_for_one_slot_and_the_clinic_arrives_one_and_cancels_another(town: Town) -> None:
    owen = town.somebody("owen.price")
    owen.go("/booking/clinic")
    amira, joe = town.handler(), town.handler("joe.tran")
    wants_an_appointment(amira, "Morgan")
    wants_an_appointment(joe, "Evans")
    joe.page.locator("#left-out summary").click()
    expect(joe.page.locator("#left-out")).to_contain_text("Saltmarsh access hub")
    wanted = slots(amira).first.get_attribute("value") or ""
    assert slots(joe).first.get_attribute("value") == wanted

    press_together(amira, joe, selector=f"{clinic(amira)} .slot")
    for person in (amira, joe):
        expect(person.page.locator("#services-said:visible, #receipts .receipt")).to_have_count(
            1
        )
    told = [each for each in (amira, joe) if each.page.locator("#services-said").is_visible()]
    assert len(told) == 1, "one is booked and the other is told"
    (late,) = told
    booked = joe if late is amira else amira
    booked.sees(f"Appointment booked: {CLINIC}")
    expect(late.page.locator("#services-said")).to_contain_text(
        "Somebody has just taken that slot"
    )
    expect(slots(late).first).not_to_have_attribute("value", wanted)
    slots(late).first.focus()
    late.press("Enter").sees(f"Appointment booked: {CLINIC}")

    theirs = {"Morgan": amira, "Evans": joe}
    arrives = "Morgan" if booked is amira else "Evans"
    cancelled = "Evans" if arrives == "Morgan" else "Morgan"
    owen.row(arrives.upper()).get_by_role("button", name="Arrived").click()
    theirs[arrives].sees("The patient has arrived for the appointment")
    owen.row(cancelled.upper()).get_by_role("link", name="Cancel").click()
    owen.presses("Cancel the booking").sees("There is a problem")
    owen.fills("Why is the booking cancelled?", "The clinician is ill")
    owen.presses("Cancel the booking")
    expect(owen.row(cancelled.upper())).to_contain_text("The clinician is ill")
    theirs[cancelled].sees("Appointment cancelled").sees("The clinician is ill")
    theirs[cancelled].go(f"/calls/{theirs[cancelled].case_id}").sees("The clinician is ill")
    theirs[cancelled].sees("Still to be done").sees("Nothing arranged")


def wants_an_appointment(handler: Handler, family: str) -> None:
    """Come with a call from Kingsmoor to the services that can take it."""
    ring(handler.node)
    handler.answers_next()
    handler.rule_out_threats().press("Alt+p").type("Bethan").type(family).type("7/1/1991")
    handler.goes_on().says(*NEEDS_TO_BE_SEEN)
    handler.sees("See or speak to primary care within 2 hours").all_sent()
    expect(slots(handler).first).to_be_visible()


def clinic(handler: Handler) -> str:
    """Return what selects the clinic among the services that are listed."""
    listed = handler.page.locator("#services li").filter(
        has=handler.page.get_by_role("heading", name=CLINIC)
    )
    return f"#services li[data-key='{listed.get_attribute('data-key')}']"


def slots(handler: Handler) -> Locator:
    return handler.page.locator(f"{clinic(handler)} .slot")
