// How to get into a home: asked for by a press, shown for a minute, kept nowhere.
//
// <form method="post" action="…/way-in" data-way-in> with an <output>. Each press is an entry in
// the record of who looked. Where a proof or a reason is wanted first, the form goes as a page.

import { make } from "./dom.js";
import { isAnswering } from "./net.js";

const SHOWN_FOR = 60_000; // milliseconds
const PATIENCE = 8000;
const ASKS_FIRST = new Set([401, 403, 423, 428]);

const shown = new Map(); // address -> what was told

const formsOf = (address) => [...document.querySelectorAll("form[data-way-in]")].filter((form) => form.getAttribute("action") === address);

// Before forms.js, which would take it for a form that is sent as a page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-way-in]")) return;
  event.preventDefault();
  const address = form.getAttribute("action");
  if (shown.has(address)) hide(address);
  else show(form, address);
}, true);

async function show(form, address) {
  if (!isAnswering()) return say(form, "This site is not answering. Ask the caller how to get in.");
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return say(form, "No answer. Press again, or ask the caller how to get in.");
  }
  if (ASKS_FIRST.has(answer.status)) return form.submit();
  if (!answer.ok) return say(form, "It was not shown. Press again, or ask the caller how to get in.");
  shown.set(address, await answer.json());
  setTimeout(() => hide(address), SHOWN_FOR);
  draw();
}

function say(form, sentence) {
  form.querySelector("output").replaceChildren(make("span", { class: "error" }, sentence));
}

function draw() {
  for (const [address, { words, trouble, check }] of shown) {
    for (const form of formsOf(address)) {
      form.querySelector("button span").textContent = "Hide it";
      form.querySelector("output").replaceChildren(
        words ? make("b", {}, words) : make("span", { class: "error" }, trouble),
        check ? make("span", { class: "error" }, check) : "",
      );
    }
  }
}

function hide(address) {
  if (!shown.delete(address)) return;
  for (const form of formsOf(address)) {
    form.querySelector("button span").textContent = "Show how to get in";
    form.querySelector("output").replaceChildren();
  }
}

const hideAll = () => [...shown.keys()].forEach(hide);

document.addEventListener("live:placed", draw); // a region came anew while it was being read
document.addEventListener("locked", hideAll);
addEventListener("pagehide", hideAll);
