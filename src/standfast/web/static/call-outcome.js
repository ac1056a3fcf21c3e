// Where the questions lead: the outcome, services that can take it, and what to say to the caller.

import { icon, make } from "./dom.js";
import { hoursAndMinutes, serverNow } from "./clock.js";
import { flush } from "./call-outbox.js";
import { isAnswering } from "./net.js";
import { refresh } from "./live.js";

const WITH_SERVICES = new Set(["primary_care", "emergency_department", "dental", "pharmacy", "mental_health"]);
const PATIENCE = 8000;

const DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "long" });
const onAnotherDay = (instant) => (DAY.format(instant) === DAY.format(serverNow()) ? "" : ` on ${DAY.format(instant)}`);

/** The component of clock.js: counts down, then up. */
function timeLeft(until, minutes) {
  const drawings = ["clock", "stop"].map((name, index) => {
    const drawing = icon(name);
    drawing.classList.add(["soon", "over"][index]);
    return drawing;
  });
  return make("time-left", { "data-due": new Date(until).toISOString(), "data-target": minutes * 60 }, drawings, make("span"));
}

export class Outcome {
  constructor(call, { showSoFar, learn }) {
    Object.assign(this, { call, showSoFar, learn });
    this.panel = document.getElementById("outcome");
    this.services = document.getElementById("services");
    this.advice = document.getElementById("advice");
    this.services.addEventListener("submit", (event) => this.#arrange(event));
    this.advice.addEventListener("change", ({ target }) => call.write("calls.advice_said", { text: target.value, said: target.checked }));
    call.addEventListener("changed", () => this.draw());
    document.addEventListener("net", () => this.draw());
    this.draw();
  }

  draw() {
    this.#outcome();
    this.#services();
    this.#advice();
  }

  #outcome() {
    const { step, state, entries } = this.call;
    const { disposition, finished } = step;
    const shown = finished || (this.showSoFar && disposition);
    this.panel.dataset.p = shown ? disposition.priority : 5;
    document.getElementById("outcome-title").textContent = finished ? "Outcome" : "Outcome so far";
    if (!shown) {
      const title = state.ambulance ? "An ambulance was asked for by key" : this.call.protocols.absent ? "No outcome here" : "Not enough answers yet";
      const first = step.question?.protocol === this.call.protocols.life_threats;
      const asked = first ? "Life-threat questions come first" : "Shown when the questions are answered";
      const words = this.call.protocols.absent ? "No triage content is installed: a clinician decides" : asked;
      this.#fill(this.panel, title + words, make("strong", {}, title), make("span", {}, words));
      return;
    }
    const due = entries.findLast(({ kind }) => kind === "triage.answer")?.at;
    const until = due && finished ? Date.parse(due) + disposition.minutes * 60_000 : null;
    const why = step.path.filter(({ rules_in, finding }) => rules_in || finding);
    this.#fill(
      this.panel,
      JSON.stringify([disposition.code, finished, until, why.length]),
      make("strong", {}, disposition.label),
      make("span", {}, disposition.detail),
      until && make("p", { class: "row bold num" }, `By ${hoursAndMinutes(until)}${onAnotherDay(until)}`, timeLeft(until, disposition.minutes)),
      why.length > 0 && make("ul", {}, why.map(({ short, text }) => make("li", {}, make("span", { class: "muted" }, `${short}: `), make("b", {}, text)))),
    );
  }

  /** Write a region only when what it says has changed, so that nothing is announced twice. */
  #fill(region, key, ...children) {
    if (region.dataset.shown === key) return;
    region.dataset.shown = key;
    region.replaceChildren(...children.filter(Boolean));
  }

  #services() {
    const { step, isSent, id } = this.call;
    const wanted = step.finished && WITH_SERVICES.has(step.disposition.kind);
    const note = document.getElementById("services-note");
    const lost = wanted && !isAnswering();
    this.#placeServices(wanted);
    this.services.hidden = !wanted || lost;
    note.hidden = wanted && !lost && isSent;
    note.textContent = lost
      ? "Services cannot be listed while this site is not answering. Say the outcome and its time, and ring the service from the list on the desk; the call is kept here."
      : wanted
        ? "Listed when the answers have reached this site."
        : "Shown when there is an outcome that needs one.";
    if (!wanted || lost || !isSent || this.services.dataset.live) return;
    this.services.dataset.live = `/directory/needs/${id}/_services`;
    refresh(this.services);
  }

  /** Once they are wanted services have the middle, beside the outcome that wants them. */
  #placeServices(wanted) {
    const panel = document.getElementById("services-panel");
    const home = document.querySelector(wanted ? ".call .assessment" : ".call .panes");
    const there = wanted ? home.nextElementSibling === panel : panel.parentElement === home;
    if (there) return;
    if (wanted) home.after(panel);
    else home.append(panel);
  }

  /** Book or refer without leaving the call; a refusal is shown where it was asked for. */
  async #arrange(event) {
    event.preventDefault();
    const { target, submitter } = event;
    const said = document.getElementById("services-said");
    said.hidden = true;
    submitter?.setAttribute("aria-disabled", "true");
    try {
      await flush();
      const answer = await fetch(submitter?.getAttribute("formaction") ?? target.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(target, submitter)),
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      const told = await answer.json();
      if (!answer.ok) this.#say(said, told.error ?? Object.values(told.errors ?? {})[0]);
    } catch {
      this.#say(said, "Not booked: this site is not answering. Nothing is lost; try again when the bar at the top says This site.");
    }
    submitter?.removeAttribute("aria-disabled");
    document.activeElement?.blur();
    refresh(this.services);
    refresh(document.getElementById("receipts"));
    this.learn();
  }

  #say(note, sentence) {
    note.textContent = sentence;
    note.hidden = false;
  }

  #advice() {
    const { step, protocols, state } = this.call;
    const sentences = (ids) => ids.flatMap((id) => protocols.advice[id].steps);
    const parts = step.finished ? [["Until then", sentences(step.care)], ["If it gets worse", sentences(step.worsening)]] : [];
    const all = parts.flatMap(([, words]) => words);
    this.advice.hidden = !all.length;
    document.getElementById("advice-count").textContent = `${all.filter((words) => state.advice.get(words)).length} of ${all.length}`;
    const list = this.advice.querySelector("[data-list]");
    this.#fill(
      list,
      JSON.stringify(all),
      ...parts.filter(([, words]) => words.length).flatMap(([title, words]) => [
        make("h3", { class: "small muted" }, title),
        ...words.map((text) => make("label", {}, make("input", { type: "checkbox", value: text }), make("span", {}, text))),
      ]),
    );
    for (const box of list.querySelectorAll("input")) box.checked = Boolean(state.advice.get(box.value));
  }
}
