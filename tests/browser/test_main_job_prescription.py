"""An emergency prescription, between a prescriber and two pharmacies, and the close of its case."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ring
from tests.browser.people import Handler, Somebody, Town

pytestmark = pytest.mark.browser

INHALER_LOST = ("Medicines run out", "No", "A reliever inhaler")
NAME = "WIŚNIEWSKA, Zofia (Ms)"
"""Her allergies are not recorded, which is never shown as none."""


def test_a_medicine_is_supplied_by_the_second_pharmacy_and_the_case_closed(town: Town) -> None:
    ada = town.somebody("ada.mensah")
    ada.go("/prescribing/queue").sees("Nobody waits for medicines")
    amira = town.handler()
    case_id = needs_an_inhaler(amira)
    ada.sees("WIŚNIEWSKA, Zofia")

    amira.finishes().sees("Prescription requested, no prescriber has it yet").closes()
    amira.sees("There is a problem").sees("no prescriber")

    ada.press("F2").sees("Prescribe")
    allergies = ada.page.locator(".allergies")
    expect(allergies).to_contain_text("Allergies not recorded")
    expect(allergies).to_contain_text("This does not mean none")
    writes_and_signs(ada)
    first = ada.page.locator(".services li").nth(0)
    unlucky, lucky = pharmacies(ada)
    first.get_by_role("button").click()
    ada.sees(f"Sent to {unlucky}")

    leila = pharmacist(town, unlucky)
    leila.sees(NAME).row(NAME).get_by_role("link").click()
    leila.sees("salbutamol").sees("Patient asked: no allergies")
    leila.presses("Cannot supply").sees("There is a problem")
    leila.fills("Why can it not be supplied?", "None in stock until Monday")
    leila.presses("Cannot supply").sees("Not supplied: None in stock until Monday")

    ada.go("/prescribing/queue").sees("None in stock until Monday").press("F2")
    ada.sees(f"{unlucky} cannot supply it: None in stock until Monday")
    writes_and_signs(ada)
    ada.page.locator(".services li").filter(has_text=lucky).get_by_role("button").click()
    ada.sees(f"Sent to {lucky}")
    tom = pharmacist(town, lucky)
    tom.sees(NAME).row(NAME).get_by_role("link").click()
    tom.sees("salbutamol").press("Alt+s").sees("Supplied by")
    ada.sees("Supplied by")

    amira.go(f"/calls/{case_id}/close").closes(action="Review her asthma this week")
    the_message_says_it_all(amira, case_id)
    the_timeline_tells_it_in_order(amira)


def needs_an_inhaler(amira: Handler) -> str:
    ring(amira.node, "07700900318")
    amira.answers_next()
    amira.rule_out_threats()
    amira.told_of_patient("Zofia", "Wisniewska", "30/11/1999").told_problem("Lost her inhaler")
    amira.told_where("Flat 4, 8 Marine Parade", "HM9 1AA").finds(NAME)
    expect(amira.page.locator("#context")).to_contain_text("Allergies not recorded")
    amira.goes_on().says(*INHALER_LOST).sees("Urgent medicine within 2 hours")
    amira.ticks_all_advice()
    return amira.case_id


def writes_and_signs(ada: Somebody) -> None:
    """Write a salbutamol inhaler, and sign it once it is confirmed."""
    ada.press("Alt+m").type("salbutamol", "Enter")
    ada.page.locator("#medicines a").first.click()
    ada.page.get_by_label("Two puffs when needed").check()
    ada.fills("How many", "2").presses("Save and check").sees("There is a problem")
    ada.fills("What did they say about allergies?", "no allergies")
    ada.fills("How many", "1").presses("Save and check").sees("Check, then sign")
    ada.presses("Sign prescription").sees("There is a problem")
    ada.page.get_by_label("I have read this against the patient").check()
    ada.presses("Sign prescription").sees("Which pharmacy?")


def pharmacies(ada: Somebody) -> list[str]:
    names = ada.page.locator(".services li b:not(.num)").all_inner_texts()
    return names[:2]


def pharmacist(town: Town, pharmacy: str) -> Somebody:
    who = {
        "Quayside Pharmacy": "leila.haddad",
        "Bridge Street Pharmacy": "tom.abara",
        "Market Place Pharmacy": "jude.frost",
        "Marine Parade Pharmacy": "ana.silva",
        "Pier Road Pharmacy": "zara.mir",
    }
    one = town.somebody(who[pharmacy])
    one.go("/prescribing/dispensing")
    return one


def the_message_says_it_all(amira: Handler, case_id: str) -> None:
    amira.page.wait_for_url(f"**/calls/{case_id}/message")
    text = amira.page.locator("article").inner_text()
    assert text.index("Review her asthma this week") < text.index("Lost her inhaler")
    pdf = amira.page.request.get(f"{amira.node.address}/calls/{case_id}/message.pdf").body()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type/Page/") == 1


def the_timeline_tells_it_in_order(amira: Handler) -> None:
    amira.go("/people")
    amira.fills("What do you know of them?", "999 012 3497").press("Enter")
    amira.presses(NAME).presses("Timeline")
    moments = amira.page.locator(".timeline li")
    told = moments.all_inner_texts()
    times = [each.get_attribute("datetime") for each in moments.locator("time").all()]
    assert times == sorted(times, key=str)
    order = [
        "Registered",
        "Amira Khan",
        "Dr Ada Mensah",
        "None in stock until Monday",
        "closed",
    ]
    places = [next(n for n, line in enumerate(told) if words in line) for words in order]
    assert places == sorted(places), told
