// Confirming one act: the passkey's answer, or word from the sign-in service, goes with the form as it was.

import { make, send, touch, wordsFor } from "./passkey.js";

const form = document.querySelector("[data-step-up]");
const making = document.querySelector("[data-make-key]");
const wrong = document.querySelector("[data-wrong]");

function say(words) {
  wrong.hidden = !words;
  wrong.querySelector("div").textContent = words;
}

let busy = false;

async function once(work) {
  if (busy) return;
  busy = true;
  say("");
  try {
    await work();
  } catch (error) {
    say(wordsFor(error));
  } finally {
    busy = false;
  }
}

const confirmIt = () =>
  once(async () => {
    const { challenge, rpId } = form.dataset;
    const answer = await touch({ challenge, rp_id: rpId });
    form.elements.step_up_answer.value = JSON.stringify(answer);
    form.submit(); // what is sent is what was typed before: nothing here can be edited
  });

/** Confirmed in another tab, where somebody signed in: that tab says so, or they do. */
function waitForService() {
  const after = document.querySelector("[data-after]");
  const goOn = () => {
    form.elements.step_up_answer.value = "service";
    form.submit();
  };
  document.querySelector("[data-elsewhere]").addEventListener("click", () => (after.hidden = false));
  after.querySelector("button").addEventListener("click", goOn);
  new BroadcastChannel("standfast-step-up").addEventListener("message", ({ data }) => {
    if (data.proof === form.dataset.proof) goOn();
  });
}

const makeIt = () =>
  once(async () => {
    const { nonce, name, options } = making.dataset;
    const { to } = await send("/identity/keys/register", { nonce, name, answer: await make(JSON.parse(options)) });
    location.assign(to);
  });

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirmIt();
  });
  if (!("wait" in form.dataset)) confirmIt(); // after a refusal, or with a choice, a person looks first
  if ("proof" in form.dataset) waitForService();
}
if (making) {
  making.addEventListener("submit", (event) => {
    event.preventDefault();
    makeIt();
  });
  makeIt();
}
