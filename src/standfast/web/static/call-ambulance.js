// The ambulance: what was asked for, whether a named desk has it, and what to do if none has.
//
// The request itself goes by the answer (or by F9): no button stands between. This part shows
// how far it has come, asks where to, and says NOT SENT by the device's own clock, so that a
// dead server cannot keep it quiet.

import { wayInWords } from "./call-way-in.js";
import { cap, icon, make, phone, say } from "./dom.js";
import { hoursAndMinutes, serverNow } from "./clock.js";
import { isAnswering } from "./net.js";

const UNSENT_PATIENCE = 10_000; // milliseconds from the answer until the handler must phone

export class Ambulance {
  constructor(call, { desk, provider, acceptSeconds }) {
    Object.assign(this, { call, desk, provider, acceptSeconds });
    this.view = document.getElementById("ambulance");
    this.local = document.getElementById("ambulance-state");
    this.receipts = document.getElementById("receipts");
    this.receipts.addEventListener("live:placed", () => this.draw());
    call.addEventListener("changed", () => this.draw());
    document.addEventListener("net", () => this.draw());
    setInterval(() => this.draw(), 1000);
    this.draw();
  }

  /** What has been asked for: by an answer, by key, or as the server remembers. */
  get asked() {
    const { step, state } = this.call;
    const byKey = state.ambulance;
    if (step.finished && step.disposition.kind === "ambulance") {
      const answer = state.answers.at(-1)?.entry;
      const sentAnyway = byKey && answer?.state === "refused" ? byKey.entry : answer;
      const urgent = byKey && byKey.category < step.disposition.category ? byKey.category : step.disposition.category;
      return { category: urgent, label: step.disposition.label, entry: sentAnyway };
    }
    if (byKey) return { category: byKey.category, label: "Ambulance asked for", entry: byKey.entry };
    return null;
  }

  /** Whether a named person has what is asked for now, as far as this device has heard. */
  get isOwned() {
    const { asked } = this;
    const { record, state } = this.call;
    // C1 is before C2: who accepted a lesser request has not accepted this one.
    const covers = (category) => Boolean(category) && category <= (asked?.category ?? category);
    const phonedSince = state.phoned && (!asked?.entry || state.phoned.entry.at >= asked.entry.at);
    const accepted = this.receipts.querySelectorAll("[data-about=ambulance][data-state=accepted]");
    return Boolean(
      phonedSince ||
        covers(record.known.ambulance?.owned_as) ||
        [...accepted].some((each) => covers(each.dataset.category)),
    );
  }

  /** Why the handler must phone now; empty while there is no need. */
  get mustPhone() {
    const { asked } = this;
    if (!asked?.entry || this.isOwned) return "";
    const age = serverNow() - Date.parse(asked.entry.at);
    if (asked.entry.state === "refused") return "NOT SENT. Phone it now.";
    if (asked.entry.state === "unsent" && (age > UNSENT_PATIENCE || !isAnswering())) return "NOT SENT. Phone it now.";
    if (this.receipts.querySelector(".not-sent") || this.call.record.known.ambulance?.not_sent) return "NOT SENT. Phone it now.";
    if (age > this.acceptSeconds * 1000) return "NOT SENT. Phone it now.";
    if (!isAnswering() && age > UNSENT_PATIENCE) return "No word from the desk. Phone it now.";
    return "";
  }

  draw() {
    const { asked } = this;
    document.getElementById("ambulance-tab").hidden = !asked;
    const heading = this.mustPhone;
    for (const card of this.receipts.querySelectorAll(".not-sent")) card.hidden = true; // ours has the words and the tick
    const told = Boolean(this.receipts.querySelector("[data-about=ambulance] .receipt"));
    const key = JSON.stringify([told, asked?.category, asked?.entry?.state, heading, heading && this.script, this.isOwned, this.call.state.phoned?.incident_number]);
    if (key === this.shown || this.local.contains(document.activeElement)) return;
    this.shown = key;
    this.local.replaceChildren(...this.#state(asked, heading));
    this.#instructions(asked);
  }

  #state(asked, heading) {
    if (!asked) return [];
    const { phoned } = this.call.state;
    if (phoned) return [receipt("accepted", `Phoned at ${hoursAndMinutes(Date.parse(phoned.entry.at))}. Their incident number: ${phoned.incident_number || "on the case"}.`)];
    if (heading) return [this.#card(heading)];
    if (this.receipts.querySelector("[data-about=ambulance] .receipt")) return [];
    return [receipt("requested", `Requested, category ${asked.category.slice(1)}. Waiting for the desk…`)];
  }

  #card(heading) {
    const number = make("input", { class: "input width-10", id: "incident-number", "aria-keyshortcuts": "Alt+I", autocomplete: "off", maxlength: "40" });
    const tick = make("input", { type: "checkbox", id: "phoned" });
    const save = () => {
      if (!number.value.trim()) {
        tick.checked = false;
        number.focus();
        return;
      }
      number.blur();
      this.call.write("calls.ambulance_phoned", { incident_number: number.value.trim() });
    };
    tick.addEventListener("change", () => tick.checked && save());
    number.addEventListener("keydown", (event) => event.key === "Enter" && (tick.checked = true) && save());
    return make(
      "section",
      { class: "not-sent", role: "alert" },
      make("h2", {}, icon("ambulance"), heading),
      make(
        "div",
        {},
        make("p", { class: "telephone num" }, phone(this.desk)),
        make("p", { class: "script" }, `Read: “${this.script}”`),
        make("p", { class: "row wrap" },
          make("label", { class: "choice" }, tick, "Phoned."),
          make("label", { class: "row", for: "incident-number" }, "Their incident number", cap("Alt I"), number)),
      ),
    );
  }

  /** What to read out to control, in the order in which control asks. */
  get script() {
    return this.#script(this.asked?.category ?? "C1");
  }

  #script(category) {
    const { call } = this;
    const { address, postcode } = call.place;
    const place = [address, postcode].filter(Boolean).join(", ") || "an address not known yet";
    const wayIn = wayInWords(call);
    const notes = wayIn ? ` (${wayIn})` : "";
    const number = phone(call.numbers[0]?.number) || "not known";
    return (
      `This is ${this.provider}. I need a category ${category.slice(1)} ambulance to ${place}${notes}. ` +
      `The patient is ${who(call)}. The reason is: ${call.reason}. The number to ring is ${number}. Our reference is ${call.reference}.`
    );
  }

  /** What to say until help comes: first the heading, then the steps in order. */
  #instructions(asked) {
    const place = document.getElementById("instructions");
    const { step, protocols } = this.call;
    const cards = asked && step.finished ? step.care.map((id) => protocols.advice[id]) : [];
    place.replaceChildren(
      ...cards.map(({ title, steps }, index) =>
        make("section", { class: "instructions" }, say(index ? title : "Say now, do not wait"), make("p", { class: "question" }, `“${steps[0]}”`), steps.length > 1 && make("ol", {}, steps.slice(1).map((words) => make("li", {}, words)))),
      ),
      cards.length ? make("p", { class: "muted small" }, protocols.watermark) : "",
    );
  }

  /** The card of F9: what, where, one red button. Resolves with the category, or null. */
  ask() {
    const dialog = document.getElementById("ambulance-now");
    const form = make("form", { method: "dialog" });
    const draw = () => this.#drawAsk(form);
    form.addEventListener("change", draw);
    document.addEventListener("net", draw);
    dialog.querySelector("[data-card]").replaceChildren(form);
    dialog.returnValue = "";
    draw();
    dialog.showModal();
    form.querySelector("[value=send]").focus();
    return new Promise((resolve) => {
      const closed = () => {
        document.removeEventListener("net", draw);
        resolve(dialog.returnValue === "send" ? categoryOf(form) : null);
      };
      dialog.addEventListener("close", closed, { once: true });
    });
  }

  /** While the site is away nobody is asked by the screen: the number and the words come first. */
  #drawAsk(form) {
    const away = !isAnswering();
    const category = categoryOf(form);
    const key = JSON.stringify([away, away && category]);
    if (form.dataset.shown === key) return;
    form.dataset.shown = key;
    const focused = document.activeElement?.value;
    const { address, postcode } = this.call.place;
    const where = [address, postcode].filter(Boolean).join(", ");
    const label = away ? "I am ringing them now" : "Request an ambulance now";
    const opening = away
      ? [
          make("p", { class: "notice crit", role: "alert" }, icon("stop"), make("b", {}, "This site is not answering: nobody is asked by this screen. Ring the ambulance desk now.")),
          make("p", { class: "telephone num" }, phone(this.desk)),
          make("p", { class: "script" }, `Read: “${this.#script(category)}”`),
        ]
      : [say("Say: “I am asking for an ambulance now.”"), make("p", { class: "where" }, where || "Address not known yet: you are asked for it next")];
    form.replaceChildren(
      ...opening,
      make("div", { class: "choices" }, categories(category)),
      make("p", { class: "buttons" },
        make("button", { class: "button danger big", value: "send" }, icon(away ? "phone" : "ambulance"), make("span", {}, label), cap("Enter")),
        make("button", { class: "button quiet", value: "", formnovalidate: true }, make("span", {}, "Go back"), cap("Esc"))),
    );
    if (focused !== undefined) [...form.elements].find(({ value }) => value === focused)?.focus();
  }
}

function who({ patient, facts }) {
  const name = [patient?.given, patient?.family].filter(Boolean).join(" ");
  const age = facts.age_years === null ? "" : `${facts.age_years} years old`;
  return [name, age, facts.sex].filter(Boolean).join(", ") || "not known yet";
}

const receipt = (state, words) =>
  make("div", { class: "receipt", "data-state": state, role: "status" }, icon(state === "accepted" ? "check" : "clock"), make("span", {}, words));

const categoryOf = (form) => new FormData(form).get("category") ?? "C1";

const categories = (chosen) =>
  [["C1", "Category 1: life at risk this minute"], ["C2", "Category 2: serious, may not wait"]].map(([value, label]) =>
    make("label", { class: "choice" }, make("input", { type: "radio", name: "category", value, checked: value === chosen }), make("span", {}, label)),
  );
