"""Taking a call, by keyboard alone, from the ring to the last tick of advice."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ring
from tests.browser.people import Town

pytestmark = pytest.mark.browser

CALLER = "07700900417"


def test_a_call_from_the_ring_to_the_last_tick_of_advice(town: Town) -> None:
    empty_the_queue(town)
    ring(town.node, CALLER)
    amira = town.handler()
    amira.answers_next(CALLER)
    expect(amira.page.locator("#banner")).to_contain_text("Patient not identified yet")
    amira.rule_out_threats()

    amira.told_of_caller("Ngozi Bright", "Daughter or son")
    amira.told_of_patient("Magaret", "Okonkwo-Brigt", "14/3/48")
    amira.told_where("2 Mill Lane", "HM1 4AB")
    amira.told_number("07700900418", "daughter").told_problem("Sore throat since Friday")
    amira.press("Alt+g").type("Quayside Surgery").press("Alt+l").type("Igbo")
    amira.finds("OKONKWO-BRIGHT, Margaret (Mrs)")
    known = amira.page.locator("#context")
    expect(known).to_contain_text("Wears two hearing aids")
    expect(known).to_contain_text("Penicillin")
    expect(known).to_contain_text("apixaban")
    assert amira.answers_given == 7, "known before the first clinical question"

    amira.goes_on().says("Pain", "Throat or ear", "No", "No", "No", "No", "No", "Fever, pus")
    expect(amira.page.locator("#outcome")).to_contain_text("Pharmacist within 24 hours")
    expect(amira.page.locator("#outcome")).to_contain_text("By ")
    assert amira.ticks_all_advice() > 2

    case = amira.all_sent().case()
    assert case["caller"] == {
        "name": "Ngozi Bright",
        "relationship": "daughter or son",
        "with_patient": None,
    }
    assert case["problem"] == "Sore throat since Friday"
    assert case["needs"] == {
        "gp_name": "Quayside Surgery",
        "language": "Igbo",
        "needs_interpreter": False,
    }
    assert case["numbers"] == [{"number": "07700900418", "whose": "daughter"}]


def test_earlier_contacts_are_shown_before_the_first_clinical_question(town: Town) -> None:
    ring(town.node)
    amira = town.handler()
    amira.answers_next()
    amira.rule_out_threats().press("Alt+p")
    amira.type("Tomas").type("Adeyemy").type("02/05/1968")
    amira.finds("ADEYEMI, Thomas")
    contacts = amira.page.locator("#context li").filter(has_text="Low mood, cannot sleep")
    expect(contacts).to_have_count(2)


def test_somebody_without_an_nhs_number_is_registered_in_the_call(town: Town) -> None:
    ring(town.node)
    amira = town.handler()
    amira.answers_next()
    amira.rule_out_threats()
    amira.told_of_patient("Wilhelmina", "Featherstonehaugh", "3/2/2001")
    amira.press("Alt+r")
    form = amira.page.locator("#found form")
    expect(form.locator("[name=family]")).to_have_value("Featherstonehaugh")
    form.locator("[name=family]").press("Enter")
    expect(amira.page.locator("#found li")).to_be_focused()
    amira.press("Enter").confirms("FEATHERSTONEHAUGH, Wilhelmina")


def empty_the_queue(town: Town) -> None:
    """Let everybody hang up who rang before."""
    supervisor = town.somebody("ruth.calder")
    answer = supervisor.page.request.get(f"{town.node.address}/calls/waiting.json")
    for call in answer.json():
        ring(town.node, event="hangup", call_id=call["call_id"])
