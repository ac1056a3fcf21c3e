// The locked screen. Nobody touched anything for too long, or somebody pressed Lock: what is on
// the screen is covered and stays as it is; entries of a call in hand are still sent. One touch
// of a passkey brings the same person back to it, or lets somebody else take over.
//
// It does not lock while this site is not answering: it could not be unlocked then, and a call
// in hand must go on. The server decides by itself too; what it shows a locked screen is nothing.

import { isAnswering } from "./net.js";
import { send, touch, wordsFor } from "./passkey.js";

const LOOK_EVERY = 1000; // milliseconds
const TELL_EVERY = 60_000; // that somebody is there
const COUNT_EVERY = 10_000; // what waits meanwhile
const LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
const ALLOWED = new Set(["Enter", " ", "Tab"]);

const box = document.getElementById("lock");
const fullPage = box?.hasAttribute("data-full-page");
const staffId = document.body.dataset.staff ?? "";
const channel = new BroadcastChannel("standfast-lock");

let locked = false;
let title = document.title;
let latest = Date.now(); // when somebody was last there, in any tab
let told = Date.now();
let shared = 0;
let counting;

function alive(event) {
  if (!event.isTrusted || locked) return;
  latest = Date.now();
  if (latest - shared > LOOK_EVERY) {
    shared = latest;
    channel.postMessage({ alive: latest });
  }
}

function watch() {
  if (locked || !isAnswering()) return;
  const now = Date.now();
  if (now - latest >= box.dataset.idleSeconds * 1000) lockNow();
  else if (now - told >= TELL_EVERY && latest > told) tell(now);
}

/** Say that somebody is there: a page that fetches by itself says nothing of that. */
async function tell(now) {
  told = now;
  try {
    const answer = await fetch("/identity/present", { method: "POST" });
    if (answer.status === 423) cover();
  } catch {
    // Said again in a minute.
  }
}

async function lockNow() {
  cover();
  channel.postMessage({ locked: true });
  try {
    await fetch("/identity/lock", { method: "POST" });
  } catch {
    // The server locks by itself once nobody has been there for so long.
  }
}

/** Cover the screen. What is behind stays as it is. */
function cover() {
  if (locked || !box) return;
  locked = true;
  title = document.title;
  document.title = "Locked – Standfast";
  document.documentElement.dataset.locked = "";
  if (!box.open) box.showModal();
  box.querySelector("[data-unlock]").focus();
  count();
  counting = setInterval(count, COUNT_EVERY);
}

function uncover() {
  locked = false;
  latest = told = Date.now();
  clearInterval(counting);
  document.title = title;
  delete document.documentElement.dataset.locked;
  box.close();
  document.dispatchEvent(new Event("unlocked"));
}

/** Say in numbers what waits for whoever watches here. */
async function count() {
  const place = box.querySelector("[data-lock-waiting]");
  try {
    const answer = await fetch("/identity/waiting", { headers: { Accept: "application/json" } });
    const waiting = answer.ok ? await answer.json() : [];
    place.replaceChildren(
      ...waiting.map(({ label, count: number }) => {
        const line = document.createElement("li");
        const bold = document.createElement("b");
        bold.textContent = number;
        line.append(bold, ` ${label}`);
        return line;
      }),
    );
    if (locked) document.title = waiting.length ? "Waiting, locked – Standfast" : "Locked – Standfast";
  } catch {
    // Asked again in a moment.
  }
}

let busy = false;

async function unlock(work) {
  if (busy) return;
  busy = true;
  say("");
  try {
    const { same, to } = await work();
    channel.postMessage(same ? { locked: false } : { gone: true });
    if (!same) location.replace(to);
    else if (fullPage) location.reload();
    else uncover();
  } catch (error) {
    say(wordsFor(error));
  } finally {
    busy = false;
  }
}

function say(words) {
  const place = box.querySelector("[data-wrong]");
  place.hidden = !words;
  place.querySelector("div").textContent = words;
}

async function withPasskey() {
  const asked = await send("/sign-in/question", {});
  return send("/sign-in/passkey", { nonce: asked.nonce, answer: await touch(asked), unlock: true });
}

/** Behind the cover no key does anything: F2 would answer a call that nobody sees. */
function guard(event) {
  if (!locked) return;
  event.stopImmediatePropagation();
  if (!ALLOWED.has(event.key)) event.preventDefault();
}

if (box && staffId) {
  for (const kind of ["keydown", "keyup", "keypress"]) addEventListener(kind, guard, true);
  box.addEventListener("cancel", (event) => event.preventDefault());
  box.addEventListener("close", () => locked && box.showModal());
  box.addEventListener("click", ({ target }) => {
    if (target.closest("[data-unlock='passkey']")) unlock(withPasskey);
    if (target.closest("[data-unlock='chosen']")) unlock(() => send("/identity/unlock", {}));
  });
  channel.onmessage = ({ data }) => {
    if (data.alive) latest = Math.max(latest, data.alive);
    if (data.gone) location.replace("/");
    if (data.locked) cover();
    if (data.locked === false && locked) fullPage ? location.reload() : uncover();
  };
  document.addEventListener("locked", cover);
  if (fullPage) cover();
  else {
    for (const kind of LIFE) addEventListener(kind, alive, { capture: true, passive: true });
    document.addEventListener("click", ({ target }) => target.closest("[data-lock-now]") && lockNow());
    setInterval(watch, LOOK_EVERY);
  }
}
