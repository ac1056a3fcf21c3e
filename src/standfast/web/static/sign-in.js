// The way in: one touch of a passkey, or a spoken code that lets a device make the first.

import { canUsePasskeys, make, send, touch, wordsFor } from "./passkey.js";

const wrong = document.querySelector("[data-wrong]");
const form = document.querySelector("[data-passkey-form]");
const enrol = document.querySelector("[data-enrol-form]");

function say(words) {
  wrong.hidden = !words;
  wrong.querySelector("div").textContent = words;
  if (words) wrong.scrollIntoView({ block: "nearest" });
}

/** Do *work* for a form once at a time, and say what went wrong. */
function whenSent(place, work) {
  place?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (place.dataset.busy) return;
    place.dataset.busy = "yes";
    say("");
    try {
      const { to } = await work(Object.fromEntries(new FormData(place)));
      location.assign(to);
    } catch (error) {
      say(wordsFor(error));
    } finally {
      delete place.dataset.busy;
    }
  });
}

whenSent(form, async ({ staff_id = "" }) => {
  const asked = await send("/sign-in/question", { staff_id: staff_id.trim().toLowerCase() });
  return send("/sign-in/passkey", { nonce: asked.nonce, answer: await touch(asked) });
});

whenSent(enrol, async ({ staff_id, code, name }) => {
  if (!staff_id.trim() || !code.trim() || !name.trim()) throw new Error("Enter your staff id, the code and a name for the key.");
  const { nonce, enrolment_id, options } = await send("/sign-in/enrol", { staff_id, code });
  return send("/sign-in/enrol/passkey", { nonce, enrolment_id, name: name.trim(), answer: await make(options) });
});

if (!document.querySelector(".personas")) form?.querySelector("button").focus(); // Enter, then one touch
enrol?.elements.staff_id.focus();
if (!canUsePasskeys() && (form || enrol)) say(wordsFor(new Error()));
