// Who the call is about: find the record, confirm it by name, or register somebody new.
//
// A match is offered and never applied: the banner says "not identified" until somebody has
// pressed Alt Y on a card that names them. Enter opens that card and does no more: three Enters
// once linked the wrong record. Who is only similar must first have the date of birth checked.

import { button, cap, make, parsed } from "./dom.js";
import { flush } from "./call-outbox.js";
import { valuesOf } from "./call-facts.js";
import { isAnswering } from "./net.js";

const PATIENCE = 6000;

export class Patients {
  constructor(call, { learn }) {
    Object.assign(this, { call, learn });
    this.form = document.querySelector("form[data-entry='calls.describe_patient']");
    this.found = document.getElementById("found");
    this.dialog = document.getElementById("confirm-patient");
    this.form.addEventListener("submit", () => this.search());
    this.found.addEventListener("submit", (event) => this.#register(event));
    this.found.addEventListener("click", ({ target }) => {
      const chosen = target.closest("[data-choose-person]");
      if (chosen) this.#offer(chosen);
    });
    this.found.addEventListener("keydown", (event) => this.#move(event));
    this.dialog.addEventListener("keydown", (event) => event.repeat && event.key !== "Tab" && event.preventDefault());
    document.getElementById("register-person").addEventListener("click", () => this.#registerForm());
    document.getElementById("wrong-person").addEventListener("click", () => this.#unlink());
    call.addEventListener("changed", () => this.#draw());
    this.#draw();
  }

  /** Look for whoever the form describes. */
  async search() {
    const { given, family, born, postcode, nhs_number } = valuesOf(this.form);
    const asked = new URLSearchParams({ given, family, born, postcode, nhs_number, part: "1" });
    await this.#show(() => fetch("/people/search", { method: "POST", body: asked, ...options() }));
    this.#rows[0]?.focus();
  }

  async #registerForm() {
    const shown = await this.#show(() => fetch("/people/register?part=1", options()));
    const form = this.found.querySelector("form");
    if (!shown || !form) return;
    const { place, numbers, state } = this.call;
    const described = valuesOf(this.form);
    const known = { ...described, address: place.address, phone: numbers[0]?.number, gp_name: state.needs?.gp_name, language: state.needs?.language };
    known.postcode = described.postcode || place.postcode;
    known.sex ||= "unknown";
    for (const [name, value] of Object.entries(known)) if (value && form.elements[name]) form.elements[name].value = value;
    form.elements.given.focus();
  }

  async #register(event) {
    event.preventDefault();
    const sent = new URLSearchParams(new FormData(event.target));
    await this.#show(() => fetch("/people/register", { method: "POST", body: sent, ...options() }));
    (this.found.querySelector(".problems") ?? this.#rows[0])?.focus();
  }

  /** Show what the server finds; say what is lost and what still works when it cannot. */
  async #show(ask) {
    this.found.setAttribute("aria-busy", "true");
    try {
      const answer = await ask();
      this.found.replaceChildren(parsed(await answer.text()));
      for (const row of this.#rows) row.tabIndex = -1;
      return true;
    } catch {
      this.#say("Records cannot be searched while this site is not answering. What you typed about the patient is kept with the call: go on with the questions.");
      return false;
    } finally {
      this.found.removeAttribute("aria-busy");
    }
  }

  #say(words) {
    this.found.replaceChildren(make("p", { class: "notice warn", role: "alert" }, words));
  }

  /** Whoever was found, a row each. */
  get #rows() {
    return [...this.found.querySelectorAll("[data-person-id]:has([data-choose-person])")];
  }

  /** Arrows go from row to row; Enter opens the card of the one in hand, once for each press. */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = this.#rows;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    if (here < 0) return;
    if (step) {
      event.preventDefault();
      rows[here + step]?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!event.repeat) this.#offer(rows[here].querySelector("[data-choose-person]"));
    }
  }

  #offer(chosen) {
    const row = chosen.closest("[data-person-id]");
    const named = row.cloneNode(true);
    for (const extra of named.querySelectorAll("button")) extra.remove();
    const who = make("p", { class: "where" }, named.querySelector("b")?.textContent ?? "");
    named.querySelector("b")?.remove();
    const details = make("p", { class: "named" }, ...named.childNodes);
    const confirm = button("Yes, this is the patient", { kind: "primary big", key: "Alt Y", onclick: () => this.#link(chosen.dataset.choosePerson) });
    const back = button("No, go back", { shownKey: "Esc", onclick: () => this.dialog.close() });
    const checked = "exact" in row.dataset ? [] : birthChecked(confirm);
    this.dialog.querySelector("[data-card]").replaceChildren(who, details, ...checked, make("p", { class: "buttons" }, confirm, back));
    this.dialog.showModal(); // the heading has the focus: nothing that Enter would press
  }

  async #link(personId) {
    this.dialog.close();
    await flush();
    if (!this.call.isSent) {
      this.#say("The record can be confirmed when this site answers again and this call has been sent. Go on with the questions.");
      return;
    }
    await this.#post("patient", { person_id: personId });
  }

  #unlink() {
    return this.#post("unlink", {});
  }

  async #post(what, body) {
    try {
      const answer = await fetch(`/calls/${this.call.id}/${what}`, {
        method: "POST",
        body: new URLSearchParams(body),
        ...options("application/json"),
      });
      const said = await answer.json();
      if (!answer.ok) {
        this.#say(said.error);
        return;
      }
      this.found.replaceChildren();
      await this.learn();
      this.form.dispatchEvent(new CustomEvent("identified", { bubbles: true }));
    } catch {
      this.#say("This site is not answering. The patient is not confirmed yet: try again when it is back.");
    }
  }

  #draw() {
    const { isIdentified } = this.call;
    document.getElementById("wrong-person").hidden = !isIdentified;
    document.getElementById("register-person").disabled = !isAnswering();
    this.form.dataset.identified = isIdentified;
  }
}

/** What is asked about somebody who is only similar: *confirm* waits for the tick. */
function birthChecked(confirm) {
  const tick = make("input", { type: "checkbox", "aria-keyshortcuts": "Alt+V", onchange: () => (confirm.disabled = !tick.checked) });
  confirm.disabled = true;
  return [
    make("p", { class: "notice warn" }, "Similar, not the same. Ask the caller for the date of birth, and compare."),
    make("label", { class: "choice" }, tick, make("span", {}, "I have checked the date of birth ", cap("Alt V"))),
  ];
}

const options = (accept = "text/html") => ({ headers: { Accept: accept }, signal: AbortSignal.timeout(PATIENCE) });
