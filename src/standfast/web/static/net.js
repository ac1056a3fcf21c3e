// The outage ladder: this site, outside links down, database lost, this device only.
//
// The state changes after two misses in a row, never for one slow reply. Others listen for the
// document's "net" event: detail is { state, since }. A call screen that keeps entries tells
// how many with document.dispatchEvent(new CustomEvent("unsent", { detail: count })).

import { followServer, hoursAndMinutes, serverNow } from "./clock.js";

const EVERY = 1700; // milliseconds from one look to the next
const PATIENCE = 2150; // longer than the server gives its database; EVERY and two are six seconds
const MISSES = 2;

const net = { state: "site", since: serverNow(), misses: 0, missing: "", outside: [], unsent: 0 };
let latestContact = Date.now();

/** Whether a form or an entry can be sent now. */
export const isAnswering = () => !["device", "database"].includes(net.state);

/** Milliseconds since the server last answered anything. */
export const silence = () => Date.now() - latestContact;

/** Somebody else has just heard from the server. */
export function heard() {
  latestContact = Date.now();
}

/** The session has ended: say so, and leave what is on the screen where it is. */
export function signedOut() {
  if (net.state !== "signed-out") change("signed-out");
}

async function watch() {
  const began = performance.now();
  await ask();
  setTimeout(watch, Math.max(0, began + EVERY - performance.now()));
}

async function ask() {
  if (document.hidden) return;
  const found = await look();
  if (found === "site" || found === "outside") {
    heard();
    net.misses = 0;
    if (net.state === "signed-out") return; // until somebody signs in and reloads
    if (found !== net.state || found === "outside") change(found);
    return;
  }
  if (found === "database") heard();
  net.misses = found === net.missing ? net.misses + 1 : 1;
  net.missing = found;
  if (net.misses >= MISSES && found !== net.state) change(found);
}

/** Return the state that one look at the server finds. */
async function look() {
  try {
    const answer = await fetch("/healthz", {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    followServer(answer);
    if (!answer.ok) return "database";
    const said = await answer.json().catch(() => ({}));
    net.outside = said.outside_down ?? [];
    return net.outside.length ? "outside" : "site";
  } catch {
    return "device";
  }
}

function change(state) {
  if (state !== net.state) net.since = serverNow();
  net.state = state;
  document.documentElement.dataset.net = state;
  show();
  const detail = { state, since: net.since };
  document.dispatchEvent(new CustomEvent("net", { detail }));
}

function show() {
  const words = wordsFor(net.state, hoursAndMinutes(net.since));
  set("[data-net-words]", words.pill);
  set("[data-help-net]", words.title);
  set("[data-band-title]", words.title);
  set("[data-band-words]", words.band);
  for (const lamp of document.querySelectorAll("[data-net-lamp]")) lamp.dataset.state = net.state;
  const band = document.querySelector("[data-band]");
  if (!band) return;
  band.dataset.state = net.state;
  band.hidden = net.state === "site";
}

function wordsFor(state, since) {
  const entries = `${net.unsent} ${net.unsent === 1 ? "entry is" : "entries are"}`;
  const waiting = net.unsent ? `${entries} saved here and will send when it returns. ` : "";
  return {
    site: { pill: "This site", title: "This site is working.", band: "" },
    outside: {
      pill: "Outside links down",
      title: `Outside links down, since ${since}.`,
      band: `Everything on this site works. What is for ${net.outside.join(", ")} waits here and is shown as waiting.`,
    },
    database: {
      pill: "Database lost",
      title: `Database lost, since ${since}.`,
      band: `Nothing typed is lost. The call in hand goes on. ${waiting}Ambulance requests must be phoned.`,
    },
    device: {
      pill: "This device only",
      title: `Working on this device only, since ${since}.`,
      band: `Questions, advice and printing still work. ${waiting}Ambulance requests must be phoned.`,
    },
    "signed-out": {
      pill: "Signed out",
      title: `Signed out, since ${since}.`,
      band: "What is on the screen is no longer kept up to date. Sign in again in another tab, then reload.",
    },
  }[state];
}

function set(selector, words) {
  for (const element of document.querySelectorAll(selector)) {
    if (element.textContent !== words) element.textContent = words;
  }
}

document.addEventListener("unsent", ({ detail }) => {
  net.unsent = detail;
  show();
});
document.addEventListener("visibilitychange", () => {
  net.misses = 0;
  ask();
});
watch();
