// A call that the server has and does not show: why, who may hand it over, and what else helps.

import { make } from "./dom.js";

const HAND_OVER = "Whoever has this call, or a supervisor, can hand it over to you: ask them to press Hand over on the case. Then open it again.";

/** What the server said: why it is closed, and where a fresh proof opens it, if one does. */
export class Closed extends Error {
  constructor({ error, confirm }) {
    super(error);
    this.confirm = confirm;
  }
}

/** Return what stands in place of the questions of such a call. */
export function closed(caseId, { message, confirm }) {
  const help = confirm ? [] : [make("p", {}, HAND_OVER)];
  const place = confirm ?? `/calls/${caseId}`;
  const words = confirm ? "Confirm that it is you" : "I need it now: give the reason";
  return make(
    "div",
    { class: "ringing" },
    make("h2", { class: "question" }, "This call is not open to you"),
    make("p", {}, message),
    ...help,
    make("p", { class: "buttons" }, make("a", { class: "button primary", href: place }, words), make("a", { class: "button", href: "/calls/waiting" }, "Waiting calls")),
  );
}
