// Where the ambulance goes: confirm the address that is known, or take it from the caller.
//
// Three faces: is this right? - type it - it goes there. Whatever is typed is an entry at once.

import { isGuess } from "./call-facts.js";
import { button, make, say } from "./dom.js";

export class Address {
  #editing = false;
  #shown = "";

  constructor(call) {
    this.call = call;
    this.card = document.getElementById("where-to");
    this.face = this.card.querySelector("[data-face]");
    this.form = document.getElementById("place");
    this.fields = document.getElementById("ambulance-place");
    call.addEventListener("changed", () => this.draw());
    this.form.addEventListener("keydown", (event) => this.#next(event));
    this.form.addEventListener("focusout", ({ relatedTarget }) => {
      if (this.form.contains(relatedTarget)) return;
      this.#editing = false;
      this.draw();
    });
    this.draw();
  }

  get #said() {
    const { address, postcode } = isGuess(this.call.place) ? {} : this.call.place;
    const place = [address, postcode].filter(Boolean).join(", ");
    return { place, access: this.call.wayIn };
  }

  draw() {
    const { place, access } = this.#said;
    const mode = this.#editing || this.form.contains(document.activeElement) || !place ? "type" : this.call.state.place ? "going" : "ask";
    const key = JSON.stringify([mode, place, access]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.fields.hidden = mode !== "type";
    this.card.classList.toggle("calm", mode === "going");
    this.card.querySelector("h2").textContent = mode === "going" ? "To" : "Where to?";
    this.face.replaceChildren(...this[mode](place, access).filter(Boolean));
  }

  type() {
    return [say("Say: “I am arranging an ambulance. What is the address, and how do they get in?”")];
  }

  ask(place) {
    const right = () => this.call.write("calls.place", { place: { ...this.call.place, source: "caller" } });
    return [
      say("Say: “I am arranging an ambulance. Is this the right address?”"),
      make("p", { class: "where" }, place),
      make("p", { class: "buttons" }, button("Right address", { kind: "danger big", shownKey: "Enter", onclick: right }), button("Change address", { key: "Alt A", onclick: () => this.edit() })),
    ];
  }

  going(place, access) {
    return [
      make("div", { class: "row wrap" }, make("p", { class: "where grow" }, place, access && make("span", { class: "muted small" }, ` ${access}`)), button("Change address", { key: "Alt A", kind: "little", onclick: () => this.edit() })),
    ];
  }

  edit() {
    this.#editing = true;
    this.draw();
    this.form.elements.address.focus();
  }

  /** Put the focus where the next word belongs. */
  take() {
    const target = this.fields.hidden ? this.face.querySelector(".danger") : this.form.elements.address;
    (target ?? document.getElementById("instructions")).focus({ preventScroll: true });
  }

  /** Enter goes on to the next field, and from the last to what is said next. */
  #next(event) {
    if (event.key !== "Enter" || !this.fields.contains(this.form)) return;
    event.preventDefault();
    const fields = [...this.form.querySelectorAll("input")];
    const next = fields[fields.indexOf(event.target) + 1];
    (next ?? document.getElementById("instructions")).focus({ preventScroll: true });
  }
}
