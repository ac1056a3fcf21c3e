"""The call screen by keyboard alone, with the server there and with the server dead."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from standfast.web.rendering import STATIC
from tests.browser.desk import Desk, ring
from tests.support.look import faults_everywhere
from tests.support.node import Node

pytestmark = pytest.mark.browser

SitDown = Callable[..., Desk]

ON_DISK = """async () => {
  const opening = indexedDB.open("standfast-calls");
  const disk = await new Promise((yes) => (opening.onsuccess = () => yes(opening.result)));
  const lies = async (name) => {
    const all = disk.transaction(name).objectStore(name).getAll();
    return new Promise((yes) => (all.onsuccess = () => yes(all.result)));
  };
  const found = JSON.stringify([await lies("cases"), await lies("entries")]);
  disk.close();
  return found;
}"""


def test_an_unconscious_patient_has_an_ambulance_accepted_by_name(
    node: Node, sit_down: SitDown
) -> None:
    amira, nadia = sit_down("amira.khan"), sit_down("nadia.brook")
    amira.answer(ring(node)).say("2")
    amira.sees("no desk has accepted it yet").sees("Put the phone on speaker")
    amira.type("14 Harbour View, Northbridge", "Enter").type("hm4 7qt", "Enter")
    amira.type("Side gate", "Enter")
    expect(amira.page.locator("#where-to .where")).to_contain_text(
        "14 Harbour View, Northbridge, HM4 7QT"
    )
    nadia.sees("14 Harbour View").press("F2")
    amira.sees("accepted by Nadia Brook")
    expect(amira.page.locator(".not-sent")).to_have_count(0)
    assert amira.faults == []


def test_no_answer_is_focused_and_enter_never_answers(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node))
    amira.press("Enter", "Enter", " ")
    assert amira.answers_given == 0
    amira.say("1").press("Backspace")
    amira.asked("Are they awake")
    assert amira.answers_given == 0


def test_a_past_answer_is_changed_and_what_still_fits_is_kept(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1", "1", "2")
    amira.page.locator("#path button").nth(0).click()
    amira.asked("Are they awake").press("1")
    amira.asked("having a fit")
    assert amira.answers_given == 3


def test_the_callers_words_are_saved_with_the_answer(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1")
    amira.press("Alt+t").type("she is puffing a bit", "Escape").say("1")
    expect(amira.page.locator("#path")).to_contain_text("she is puffing a bit")


def test_a_reload_resumes_at_the_very_question_with_every_fact(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+c").type("Jane Bright")
    amira.press("Alt+a").type("3 Mill Lane")
    amira.press("Alt+n").page.keyboard.type("Half a sen")
    amira.page.reload()
    expect(amira.page.locator("#fact-name")).to_have_value("Jane Bright")
    expect(amira.page.locator("#fact-address")).to_have_value("3 Mill Lane")
    expect(amira.page.locator("#notes")).to_have_value("Half a sen")
    assert amira.answers_given == 7
    amira.press("Alt+k").asked("main thing").say("5")
    question = amira.page.locator("triage-runner .question").inner_text()
    amira.page.reload()
    amira.asked(question)


def test_a_killed_server_loses_nothing_and_the_call_goes_on(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1", "1").all_sent()
    amira.page.wait_for_function("caches.match('/calls/shell').then(Boolean)")
    node.kill()
    try:
        amira.say("2", "2")
        amira.page.reload()
        amira.asked("Has the tongue or throat").say("2", "2", "2")
        amira.press("Alt+c").type("Jane Bright")
        amira.press("Alt+o").type("A rash all over")
        amira.sees("to send")
        assert amira.answers_given == 7
    finally:
        node.start()
    amira.all_sent()
    case = amira.case()
    assert case["caller"]["name"] == "Jane Bright"
    assert case["problem"] == "A rash all over"
    assert len(case["assessment"]["answers"]) == 7
    amira.press("Alt+k").say("5").all_sent()
    assert len(amira.case()["assessment"]["answers"]) == 8
    assert amira.faults == []


def test_a_dead_server_says_not_sent_with_the_number_and_the_words(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).all_sent()
    amira.page.wait_for_function("caches.match('/calls/shell').then(Boolean)")
    node.kill()
    try:
        amira.say("2").type("14 Harbour View", "Enter").press("Enter", "Enter")
        card = amira.page.locator(".not-sent")
        expect(card).to_be_visible(timeout=15_000)
        expect(card).to_contain_text("01632 960 999")
        expect(card).to_contain_text("category 1 ambulance to 14 Harbour View")
        amira.press("F4")
        expect(amira.page.locator("#incident-number")).to_be_focused()
        amira.press("Alt+i").type("INC-4711", "Enter")
        amira.sees("Their incident number: INC-4711")
    finally:
        node.start()
    amira.all_sent()
    assert amira.case()["ambulance"]["phoned_by"] == "Amira Khan"


def test_two_calls_after_each_other_show_nothing_of_the_first(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node, "07700900932")).rule_out_threats()
    amira.press("Alt+c").type("Wilhelmina Featherstone")
    amira.press("Alt+p").type("Bartholomew").type("Featherstone").all_sent()
    amira.answer(ring(node, "07700900933"))
    amira.does_not_see("Featherstone").does_not_see("Bartholomew").does_not_see("900 932")
    shell = amira.page.evaluate("caches.match('/calls/shell').then((kept) => kept.text())")
    assert "Featherstone" not in shell
    assert "900 93" not in shell


def test_a_match_is_offered_and_applied_only_when_confirmed(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+p").type("Margret").type("Okonkwo").press("Alt+s")
    amira.sees("This is the patient").sees("Patient not identified yet")
    expect(amira.page.locator("#found li").first).to_be_focused()
    amira.press("Enter").confirms("OKONKWO-BRIGHT, Margaret (Mrs)")
    amira.sees("Known allergies").sees("Special note")
    assert amira.faults == []


def test_enter_never_links_a_record_however_often_it_is_pressed(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+p").type("Margret").page.keyboard.type("Okonkwo")
    amira.press("Enter")
    expect(amira.page.locator("#found li").first).to_be_focused()
    amira.press("Enter").sees("Is this the patient?").press("Enter", "Enter", "Enter")
    card = amira.page.locator("#confirm-patient")
    expect(card).to_be_visible()
    confirm = card.get_by_role("button", name="Yes, this is the patient")
    expect(confirm).to_be_disabled()
    amira.press("Alt+y")
    expect(card).to_be_visible()
    amira.press("Alt+v")
    expect(confirm).to_be_enabled()
    amira.press("Enter", "Escape")
    expect(card).to_be_hidden()
    amira.sees("Patient not identified yet").all_sent()
    assert amira.case()["patient"]["person_id"] is None


def test_a_key_held_down_confirms_nobody(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+p").type("Margaret").type("Okonkwo-Bright").type("14/03/1948")
    amira.press("Alt+s")
    expect(amira.page.locator("#found li[data-exact]").first).to_be_focused()
    amira.press("Enter")
    card = amira.page.locator("#confirm-patient")
    expect(card).not_to_contain_text("I have checked")
    card.get_by_role("button", name="Yes, this is the patient").focus()
    amira.page.evaluate(
        """() => {
          const held = { key: "y", code: "KeyY", altKey: true, repeat: true };
          const pressed = { ...held, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressed));
        }"""
    )
    expect(card).to_be_visible()
    amira.confirms("OKONKWO-BRIGHT")


def test_with_the_patient_is_not_said_before_it_is_asked(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+c").type("Jane Bright").type("Daughter").all_sent()
    said = amira.page.locator("#call-caller")
    expect(said).to_have_text("Jane Bright, daughter or son")
    assert amira.case()["caller"]["with_patient"] is None
    asked = amira.page.get_by_label("With the patient?")
    asked.select_option("no")
    expect(said).to_contain_text("not with the patient")
    asked.select_option("yes")
    expect(said).to_have_text("Jane Bright, daughter or son, with the patient")
    amira.all_sent()
    assert amira.case()["caller"]["with_patient"] is True


def test_the_networks_point_is_the_patients_only_when_somebody_says_so(
    sit_down: SitDown,
) -> None:
    amira = sit_down("amira.khan").go("/calls/new")
    read = """async (caller) => {
      const said = await import(document.querySelector("script[src*='call-screen']").src
        .replace("call-screen", "call-facts"));
      const place = { point: { latitude: 54.1, longitude: -2.1 }, source: "network" };
      const given = { address: "3 Mill Lane", postcode: "", access_notes: "" };
      return said.readPlace(given, { place, record: {}, state: { caller } }).place.point !== null;
    }"""
    assert not amira.page.evaluate(read, None)
    assert not amira.page.evaluate(read, {"with_patient": None})
    assert not amira.page.evaluate(read, {"with_patient": False, "relationship": "self"})
    assert amira.page.evaluate(read, {"with_patient": True})


def test_the_shell_stands_in_for_the_call_screen_alone(chromium: Browser) -> None:
    page = chromium.new_page()  # about:blank: no policy of ours forbids making the worker there
    script = (STATIC / "sw.js").read_text(encoding="utf-8")
    served = """async ([script, path, status]) => {
      const shell = new Response("the shell");
      const kept = { match: async () => shell, open: async () => ({ keys: async () => [] }) };
      const answer = async () => {
        if (!status) throw new TypeError("nobody there");
        return new Response("the server's own", { status });
      };
      const worker = new Function("self", "caches", "fetch", `${script}; return page`);
      const shown = await worker({ addEventListener() {} }, kept, answer)(null, path);
      return shown.text();
    }"""
    case = "/calls/0192d3a8-0000-7000-8000-000000000000"
    for path in ("/calls/shell", "/calls/new", f"{case}/call"):
        assert page.evaluate(served, [script, path, 503]) == "the shell"
        assert page.evaluate(served, [script, path, 0]) == "the shell"
    for path in ("/calls/queue", "/calls/waiting", case, f"{case}/close"):
        assert page.evaluate(served, [script, path, 503]) == "the server's own"
        assert "This site is not answering" in page.evaluate(served, [script, path, 0])
    page.close()


def test_without_the_site_the_ambulance_key_shows_the_number_and_the_words_first(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1").all_sent()
    amira.press("F9").sees("I am asking for an ambulance now").press("Escape")
    node.kill()
    try:
        amira.sees("This device only").press("F9")
        card = amira.page.locator("#ambulance-now")
        expect(card).to_contain_text("nobody is asked by this screen")
        expect(card).not_to_contain_text("I am asking for an ambulance now")
        expect(card).not_to_contain_text("Request an ambulance")
        expect(card.locator(".telephone")).to_have_text("01632 960 999")
        expect(card).to_contain_text("category 1 ambulance")
        card.get_by_label("Category 2").check()
        expect(card).to_contain_text("category 2 ambulance")
        card.get_by_role("button", name="I am ringing them now").press("Enter")
        expect(amira.page.locator(".not-sent")).to_contain_text("01632 960 999")
    finally:
        node.start()
    amira.all_sent()


def test_an_early_exit_needs_its_digit(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1").all_sent()
    amira.press("Alt+x").sees("Why does the call end early?").press("Enter", " ", "Enter")
    expect(amira.page.locator("#early-exit")).to_be_visible()
    amira.press("4")
    amira.page.wait_for_url("**/close")


def test_every_main_problem_is_seen_at_once(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+k").asked("main thing")
    answers = amira.page.locator("triage-runner .answer-button")
    expect(answers).to_have_count(9)
    for each in answers.all():
        expect(each).to_be_in_viewport(ratio=1)


def test_a_field_with_an_error_stays_in_its_row(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan", width=1024, height=768).answer(ring(node))
    amira.rule_out_threats()
    born, age = amira.page.get_by_label("Born"), amira.page.get_by_label("or age")
    amira.page.get_by_label("Family name").focus()
    amira.press("Tab").type("31/31/1948").sees("Enter a day, month and year")
    tops = [
        field.evaluate("field => field.getBoundingClientRect().top") for field in (born, age)
    ]
    assert abs(tops[0] - tops[1]) < 1


def test_an_outcome_has_services_advice_and_an_appointment_at_a_key(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    amira.press("Alt+p").type("Margret").type("Okonkwo").press("Alt+s")
    expect(amira.page.locator("#found li").first).to_be_focused()
    amira.press("Enter").confirms("OKONKWO")
    amira.press("Alt+k").asked("main thing").say("5", "2", "2", "2", "2", "2", "2")
    amira.sees("See or speak to primary care within 24 hours")
    amira.page.locator("#advice input").first.check()
    expect(amira.page.locator("#advice-count")).to_have_text("1 of 6")
    amira.page.locator("#services .slot").first.focus()
    amira.press("Enter").sees("Appointment booked")
    amira.press("F4")
    amira.page.wait_for_url("**/close")


def test_a_call_in_hand_is_gone_on_with_on_another_machine(
    node: Node, sit_down: SitDown
) -> None:
    first = sit_down("amira.khan").answer(ring(node, "07700900934")).rule_out_threats()
    first.press("Alt+c").type("Jane Bright").press("Alt+k").say("5", "2").all_sent()
    question = first.page.locator("triage-runner .question").inner_text()
    second = sit_down("amira.khan").go(f"/calls/{first.case_id}/call")
    expect(second.page.locator("#path-count")).to_have_text("9")
    expect(second.page.locator("#fact-name")).to_have_value("Jane Bright")
    second.sees("07700 900 934").press("Alt+q").asked(question).say("2").all_sent()
    assert len(second.case()["assessment"]["answers"]) == 10


def test_who_answered_second_is_told_and_may_keep_the_caller(
    node: Node, sit_down: SitDown
) -> None:
    call_id = ring(node)
    joe, amira = sit_down("joe.tran"), sit_down("amira.khan")
    joe.answer(call_id).all_sent()
    amira.answer(call_id).say("1").sees("Joe Tran has answered this call")
    amira.press("Alt+y").does_not_see("Joe Tran has answered this call").all_sent()
    amira.say("1").all_sent()
    assert len(amira.case()["assessment"]["answers"]) == 2


def test_a_caller_who_hangs_up_is_seen_to_have(node: Node, sit_down: SitDown) -> None:
    call_id = ring(node)
    amira = sit_down("amira.khan").answer(call_id).say("1").all_sent()
    ring(node, event="hangup", call_id=call_id)
    expect(amira.page.locator("#call-state")).to_have_text("Caller hung up")
    amira.press("Alt+x").sees("Why does the call end early?").press("1")
    amira.page.wait_for_url("**/close")


def test_a_closed_case_is_forgotten_by_the_device(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).say("1").all_sent()
    amira.press("Alt+x").sees("Why does the call end early?").press("3")
    amira.page.wait_for_url("**/close")
    amira.page.locator("#without_outcome").fill("Wrong number")
    amira.page.locator("#for_action-2").check()
    amira.press("F4")
    amira.page.wait_for_url(lambda address: "/close" not in address)
    amira.page.wait_for_function(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("standfast-calls");
          opening.onsuccess = () => {
            const all = opening.result.transaction("entries").objectStore("entries").count();
            all.onsuccess = () => resolve(all.result === 0);
          };
        })"""
    )


def sealed_nothing(route: Route) -> None:
    """Answer as a site whose key is not open: stored, but for how to get in."""
    answer = route.fetch()
    said = [{**each, "reason": "Not kept. Press Try again"} for each in answer.json()]
    route.fulfill(response=answer, json=said)


def test_how_to_get_in_lies_on_the_device_no_longer_than_until_the_site_has_sealed_it(
    node: Node, sit_down: SitDown
) -> None:
    amira = sit_down("amira.khan").answer(ring(node)).rule_out_threats()
    page, kept = amira.page, amira.page.locator("#way-in-kept")
    typed = page.get_by_label("How to get in")
    page.get_by_label("House number and street").fill("14 Mill Lane")
    typed.fill("Key safe, quillback-4417")
    page.wait_for_function(f"async () => (await ({ON_DISK})()).includes('quillback')")

    page.route("**/device/entries", sealed_nothing)
    amira.press("Tab").all_sent()
    expect(kept).to_contain_text("Not kept. Press Try again")
    assert "quillback" in page.evaluate(ON_DISK)
    page.unroute("**/device/entries")
    kept.get_by_role("button", name="Try again").click()
    expect(kept).to_contain_text("Sealed")
    assert "quillback" not in page.evaluate(ON_DISK)
    expect(typed).to_have_value("Key safe, quillback-4417")

    page.reload()
    amira.press("Alt+w")
    expect(kept).to_contain_text("How to get in was said, and is sealed.")
    expect(typed).to_have_value("")
    amira.press("Alt+h")
    expect(kept.locator("output")).to_have_text("Key safe, quillback-4417")
    assert faults_everywhere(page) == ()
    amira.press("F9", "Enter").sees("no desk has accepted it yet")
    nadia = sit_down("nadia.brook", width=1024, height=768, dark=True)
    nadia.go(f"/dispatch/board?incident={amira.case_id}").press("Alt+h")
    expect(nadia.page.locator("#details output")).to_have_text("Key safe, quillback-4417")
    assert faults_everywhere(nadia.page) == ()
    nadia.press("Alt+h").does_not_see("quillback")
    assert "quillback" not in page.evaluate(ON_DISK)


def test_every_view_is_in_reach_of_everybody(node: Node, sit_down: SitDown) -> None:
    amira = sit_down("amira.khan")
    amira.go("/calls/new")
    expect(amira.page.locator(".ringing .button")).to_be_visible()
    seen = {"ready": faults_everywhere(amira.page)}
    amira.answer(ring(node))
    seen["question"] = faults_everywhere(amira.page)
    amira.rule_out_threats().all_sent()
    seen["who"] = faults_everywhere(amira.page)
    amira.press("Alt+k").asked("main thing").say("5", "2", "2", "2", "2", "2", "2")
    expect(amira.page.locator("#services .services")).to_be_visible()
    seen["outcome"] = faults_everywhere(amira.page)
    amira.press("F9", "Enter").sees("Where to?")
    seen["ambulance"] = faults_everywhere(amira.page)
    assert {view: found for view, found in seen.items() if found} == {}
