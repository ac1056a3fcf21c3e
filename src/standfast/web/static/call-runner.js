// <triage-runner>: one question at a time, worded to be spoken, answered by digit or click.
//
// No answer is ever chosen or focused beforehand, and Enter never answers. The next question is
// shown when the answer is on the device's disk; the network is never waited for.

import { cap, icon, make, say } from "./dom.js";
import { stopwatch } from "./clock.js";

const FLASH = 90; // milliseconds that the chosen answer stays lit
const TYPED_IN = "input, textarea, select";
const pause = (length) => new Promise((resolve) => setTimeout(resolve, length));

class TriageRunner extends HTMLElement {
  #call;
  #busy = false;
  #changing = null; // position of a past answer that is being asked again
  #shown = "";

  connectedCallback() {
    this.path = document.getElementById("path");
    this.path.addEventListener("click", ({ target }) => {
      const past = target.closest("button[data-n]");
      if (past) this.ask(Number(past.dataset.n));
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    for (const kind of ["focusin", "focusout"]) {
      document.addEventListener(kind, () => requestAnimationFrame(() => this.#lamp()));
    }
  }

  /** Show where *call* is, now and whenever it changes. */
  run(call) {
    this.#call = call;
    call.addEventListener("changed", () => this.#busy || this.draw());
    this.draw();
  }

  /** Ask the question at position *n* again; its answer stands until another is given. */
  ask(n) {
    this.#changing = n;
    this.dispatchEvent(new Event("asking"));
    this.draw();
    this.take();
  }

  /** Put the focus where digits answer. */
  take() {
    (this.querySelector(".answers, .ended, #question[tabindex]") ?? this).focus({ preventScroll: true });
  }

  get #asked() {
    const { protocols, state, step } = this.#call;
    const past = this.#changing === null ? null : state.answers[this.#changing];
    return past ? { n: this.#changing, question: protocols.questions[past.question], past } : { n: state.answers.length, question: step.question, past: null };
  }

  #key(event) {
    if (!this.#call || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const { target } = event;
    if (target.closest?.("dialog") || this.hidden) return;
    const inside = this.closest(".panel").contains(target) || target === document.body || target.id === "main";
    if (target.matches?.(TYPED_IN)) {
      if (event.key === "Escape" && inside) this.take();
      return;
    }
    if (!inside || this.#busy) return;
    if (event.key === "Escape" && this.#changing !== null) {
      event.preventDefault();
      this.#changing = null;
      this.draw();
      this.take();
    } else if (event.key === "Backspace") {
      event.preventDefault();
      this.#undo();
    } else {
      const chosen = this.querySelector(`.answer-button[data-key="${CSS.escape(event.key)}"]`);
      if (!chosen) return;
      event.preventDefault();
      this.#answer(chosen);
    }
  }

  async #undo() {
    if (this.#changing !== null) this.#changing = null;
    else await this.#call.undo();
    this.draw();
    this.take();
  }

  async #answer(chosen) {
    if (this.#busy) return;
    this.#busy = true;
    const { n, question } = this.#asked;
    const words = this.querySelector("[name=words]")?.value.trim() ?? "";
    chosen.classList.add("chosen");
    try {
      const lit = pause(FLASH).then(() => performance.mark("flash-over"));
      await Promise.all([this.#call.answer(n, question, chosen.dataset.key, words), lit]);
      this.#changing = null;
      this.#call.keep({ words: "" });
    } catch (error) {
      this.dispatchEvent(new CustomEvent("unkept", { detail: error, bubbles: true }));
    } finally {
      this.#busy = false;
    }
    this.draw();
    this.dispatchEvent(new Event("answered", { bubbles: true }));
    this.take();
    performance.measure("answer-to-question", "flash-over");
  }

  draw() {
    if (!this.#call) return;
    const { n, question, past } = this.#asked;
    this.#drawPath();
    const key = JSON.stringify([question?.id ?? this.#call.step.disposition?.code, n, past?.key]);
    if (key === this.#shown && this.firstChild) return; // never redraw under somebody's hand
    this.#shown = key;
    const parts = this.#call.protocols.absent ? this.#absent(question) : question ? this.#question(n, question, past) : this.#end();
    this.replaceChildren(...parts);
    this.#lamp();
  }

  #question(n, question, past) {
    const label = make("h2", { class: "question", id: "question" }, question.ask);
    const answers = question.choices.map(({ key, text }) => {
      const given = past?.key === key;
      return make(
        "button",
        { type: "button", class: "answer-button", "data-key": key, "aria-keyshortcuts": key, onclick: (event) => this.#answer(event.currentTarget) },
        cap(key),
        make("span", { class: "grow" }, text),
        given && make("span", { class: "tag info" }, "Said before"),
      );
    });
    const words = make("input", {
      class: "input",
      name: "words",
      "aria-keyshortcuts": "Alt+T",
      autocomplete: "off",
      maxlength: "4000",
      value: past?.words ?? this.#call.record.words ?? "",
      oninput: ({ target }) => past || this.#call.keep({ words: target.value }),
    });
    return [
      this.#stage(n, question),
      say(past ? "Ask again" : "Say to the caller"),
      label,
      question.help && make("p", { class: "question-help" }, question.help),
      make("div", { class: "answers", role: "group", "aria-labelledby": "question", tabindex: "-1", "data-own-keys": true }, answers),
      make("label", { class: "own-words" }, make("span", {}, "In the caller’s words ", cap("Alt T"), make("span", { class: "small muted" }, " Saved with the answer.")), words),
      make("p", { class: "grow" }),
      this.#foot(question, past),
    ].filter(Boolean);
  }

  #foot(question, past) {
    return make(
      "div",
      { class: "question-foot" },
      make("span", { class: "key-mode", role: "status" }),
      make("span", {}, cap("Backspace"), past ? " leave as it was" : " undo"),
      make("span", { class: "grow" }),
      make("span", {}, question.why),
    );
  }

  #stage(n, question) {
    const { protocols } = this.#call;
    const names = ["Life threat", "Who and where", "Main problem", "Questions"];
    const at = question.protocol === protocols.life_threats ? 0 : question.protocol === "main-problem" ? 2 : 3;
    const title = at === 3 ? protocols.protocols[question.protocol].title : names[at];
    const steps = names.map((_, index) => make("i", { class: index < at ? "done" : index === at ? "current" : "" }));
    const left = remaining(protocols, question);
    return make(
      "p",
      { class: "stage" },
      make("b", {}, title),
      make("span", { class: "steps", "aria-hidden": "true" }, steps),
      make("span", {}, `Question ${n + 1}, about ${left} left`),
    );
  }

  /** No questions: what the handler does instead, each with its key. */
  #absent(question) {
    const todo = [
      ["Alt W", "Who is calling, who it is about and where they are"],
      ["Alt N", "The problem, in the notes"],
      ["F9", "Ask for an ambulance as soon as life may be at risk"],
      ["F8", "Pass the call to a clinician, who assesses it"],
    ];
    return [
      make("p", { class: "stage" }, make("b", {}, "No triage content")),
      make("h2", { class: "question", id: "question", tabindex: "-1" }, question.ask),
      make("p", { class: "question-help" }, "No outcome is worked out on this screen. Take the call and hand it on:"),
      make("ul", { class: "list" }, todo.map(([key, words]) => make("li", {}, cap(key), " ", words))),
      make("p", { class: "grow" }),
    ];
  }

  #end() {
    const { disposition } = this.#call.step;
    return [
      make("p", { class: "stage" }, make("b", {}, "Outcome"), make("span", {}, "All questions are answered")),
      say("Tell the caller"),
      make("h2", { class: "question ended", tabindex: "-1" }, disposition.label),
      make("p", { class: "question-help" }, disposition.detail),
      make("p", { class: "grow" }),
      make("div", { class: "question-foot" }, make("span", {}, cap("Backspace"), " take back the last answer")),
    ];
  }

  #drawPath() {
    const { state, step, protocols, record } = this.#call;
    const began = Date.parse(record.opened_at);
    const rows = step.path.map((taken) => {
      const given = taken.n === null ? null : state.answers[taken.n];
      return make("li", { class: taken.rules_in || taken.finding ? "turning" : "" }, this.#past(taken, given, began));
    });
    if (step.question && !protocols.absent) {
      rows.push(make("li", { class: "now" }, make("span", { class: "question-label" }, step.question.short), make("span", { class: "answer" }, "Asking now")));
    }
    const scroller = this.path.closest(".body");
    const focused = document.activeElement?.dataset?.n;
    this.path.replaceChildren(...rows);
    if (focused) this.path.querySelector(`[data-n="${focused}"]`)?.focus();
    scroller.scrollTop = scroller.scrollHeight;
    document.getElementById("path-count").textContent = state.answers.length;
  }

  #past(taken, given, began) {
    const label = make("span", { class: "question-label" }, taken.short);
    const answer = make("span", { class: "answer" }, taken.text, given?.words && `: “${given.words}”`);
    if (!given) return [make("span", { class: "question-label" }, `${taken.short} (known)`), answer];
    const time = make("time", {}, stopwatch((Date.parse(given.entry.at) - began) / 1000));
    return make("button", { type: "button", "data-n": taken.n, "aria-label": `Change answer: ${taken.short}, ${taken.text}` }, time, label, answer);
  }

  #lamp() {
    const mode = this.querySelector(".key-mode");
    const active = document.activeElement;
    const typing = active?.matches(TYPED_IN) ?? false;
    const inside = active === document.body || active?.id === "main" || this.closest(".panel").contains(active);
    const on = inside && !typing;
    this.dataset.numberKeys = on ? "on" : "off";
    if (!mode || mode.dataset.on === String(on)) return;
    mode.dataset.on = on;
    mode.replaceChildren(make("i", { class: "lamp", "data-state": on ? "" : "wait" }), ...(on ? ["Number keys on"] : [typing ? "Typing. " : "Number keys off. ", cap(typing && inside ? "Esc" : "Alt Q"), " back to the answers"]));
  }
}

/** About how many questions are left, this one among them, if nothing urgent is found. */
function remaining(protocols, question) {
  let count = 0;
  for (let at = question.id; at && count < 40; count += 1) {
    const { choices } = protocols.questions[at];
    const onward = choices.filter(({ next }) => next);
    at = (onward.find(({ rules_in }) => !rules_in) ?? onward[0])?.next;
  }
  return count;
}

customElements.define("triage-runner", TriageRunner);
