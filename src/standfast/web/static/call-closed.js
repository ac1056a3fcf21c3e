// A call that the server has and does not show: why, who may hand it over, and what else helps.

import { make } from "./dom.js";

const HAND_OVER = "Whoever has this call, or a supervisor, can hand it over to you: ask them to press Hand over on the case. Then open it again.";

/** What the server said: why it is closed, and where a fresh proof or a reason opens it. */
export class Closed extends Error {
  constructor({ error, confirm, reason }) {
    super(error);
    Object.assign(this, { confirm, reason });
  }
}

/** Return what stands in place of the questions of such a call. */
export function closed({ message, confirm, reason }) {
  const place = confirm || reason;
  const words = confirm ? "Confirm that it is you" : "Give the reason";
  return make(
    "div",
    { class: "ringing" },
    make("h2", { class: "question" }, "This call is not open to you"),
    make("p", {}, message),
    ...(confirm ? [] : [make("p", {}, HAND_OVER)]),
    ...(place ? [make("a", { class: "button primary", href: place }, words)] : []),
    make("a", { class: "button", href: "/calls/waiting" }, "Waiting calls"),
  );
}
