// Forms: nothing is sent twice, nothing typed is lost.

import { isAnswering } from "./net.js";

const TRY_AGAIN_AFTER = 8000; // milliseconds: by then the first try has failed
let edited = null;

function refuseToSend(form) {
  let note = form.querySelector("[data-not-sent]");
  if (!note) {
    note = document.createElement("p");
    note.className = "notice crit";
    note.dataset.notSent = "";
    note.setAttribute("role", "alert");
    form.append(note);
  }
  note.textContent =
    "Not sent: this site is not answering. What you typed is still here. Send it again when the bar at the top says This site.";
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && form === edited) edited = null; // its own script has sent it
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  if (!isAnswering()) {
    event.preventDefault();
    refuseToSend(form);
    return;
  }
  edited = null;
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(() => release(form), TRY_AGAIN_AFTER);
});

// What is typed is about patients: the browser is not to keep it for another day (and does, for
// its own "restore", unless a form says no).
document.addEventListener("focusin", ({ target }) => {
  if (target.form) target.form.autocomplete = "off";
});

function release(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form");
  if (form?.method === "post" && !form.hasAttribute("data-throw-away")) edited = form;
});

addEventListener("beforeunload", (event) => {
  if (edited?.isConnected) event.preventDefault();
});

// A page that comes back by the back button must be able to send again.
addEventListener("pageshow", () => {
  for (const form of document.forms) release(form);
});

const problems = document.querySelector(".problems");
problems?.focus();
