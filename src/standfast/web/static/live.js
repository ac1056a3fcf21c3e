// Live regions: <section data-live="/dispatch/_board" data-topics="dispatch.incident">.
//
// One event stream for the whole browser: the tab that holds the lock listens and tells the
// others, because six streams are all that HTTP/1.1 allows. A message names topics and nothing
// else; each region with such a topic is fetched again. It is also fetched when the stream
// comes back, when a hidden tab is shown, and every 15 seconds whatever happens.

import { hoursToSeconds, serverNow } from "./clock.js";
import { attachNote, place, release } from "./place.js";
import { heard, signedOut, silence } from "./net.js";

const AT_MOST_EVERY = 1000; // milliseconds, for each region
const SAFETY_NET = 15_000;
const STALE_AFTER = 10_000;
const PATIENCE = 8000;
const SLOWEST_RETRY = 5000;

const regions = new Map(); // element -> { url, asked, fresh, failing, busy, again, timer }
const staleNotes = new Map(); // pane -> the note above it
const channel = new BroadcastChannel("standfast-live");

function find() {
  for (const element of regions.keys()) if (!element.isConnected) forget(element);
  for (const element of document.querySelectorAll("[data-live]")) {
    if (!regions.has(element)) regions.set(element, { asked: 0, fresh: Date.now() });
  }
}

function forget(element) {
  clearTimeout(regions.get(element).timer);
  regions.delete(element);
}

/** Something has changed: fetch the regions it concerns. */
function tell({ topics }) {
  heard();
  find();
  for (const element of regions.keys()) {
    const wanted = (element.dataset.topics ?? "").split(/\s+/);
    if (topics.includes("*") || topics.some((topic) => wanted.includes(topic))) ask(element);
  }
}

/** Fetch a region that has just been given its address, or that our own act has changed. */
export function refresh(element) {
  find();
  ask(element);
}

/** Fetch a region now, or as soon as it may be fetched again. */
function ask(element) {
  const region = regions.get(element);
  if (document.hidden || !element.dataset.live) return; // fetched when shown, or when it has an address
  if (region.busy) {
    region.again = true;
    return;
  }
  clearTimeout(region.timer);
  const wait = region.asked + AT_MOST_EVERY - Date.now();
  if (wait > 0) region.timer = setTimeout(() => fetchRegion(element), wait);
  else fetchRegion(element);
}

async function fetchRegion(element) {
  const region = regions.get(element);
  if (!region || region.busy) return;
  Object.assign(region, { busy: true, again: false, asked: Date.now() });
  try {
    const answer = await fetch(element.dataset.live, {
      headers: { Accept: "text/html" },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.type === "opaqueredirect" || answer.status === 401) signedOut();
    else if (answer.status === 423) document.dispatchEvent(new Event("locked"));
    else if (answer.ok || answer.headers.has("Standfast-Record")) {
      // The second: a record that has closed says so in its own place, and what opens it.
      const html = answer.status === 204 ? null : await answer.text();
      heard();
      if (html !== null && element.isConnected) place(element, html);
      Object.assign(region, { fresh: Date.now(), failing: false });
    } else region.failing = true;
  } catch {
    region.failing = true;
  } finally {
    region.busy = false;
    if (region.again) ask(element);
  }
}

/** Say how old a region is once nothing vouches for it any more. */
function markStale() {
  for (const [element, region] of regions) {
    if (!element.dataset.live) continue;
    const age = Date.now() - region.fresh;
    const stale = age > STALE_AFTER && (region.failing || silence() > STALE_AFTER);
    const pane = element.closest(".panel, .tile") ?? element;
    if (stale === pane.hasAttribute("data-stale")) continue;
    pane.toggleAttribute("data-stale", stale);
    staleNotes.get(pane)?.remove();
    if (!stale) continue;
    const note = document.createElement("p");
    note.className = "stale-note";
    note.textContent = `Not up to date since ${hoursToSeconds(serverNow() - age)}`;
    staleNotes.set(pane, note);
    attachNote(element, note);
  }
}

function listen() {
  let pause = 500;
  const open = () => {
    const stream = new EventSource("/live");
    stream.onopen = () => {
      pause = 500;
      pass({ topics: ["*"] }); // whatever was missed meanwhile
    };
    stream.onmessage = ({ data }) => pass(JSON.parse(data));
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return; // it reconnects by itself
      setTimeout(open, pause);
      pause = Math.min(pause * 2, SLOWEST_RETRY);
    };
  };
  open();
}

function pass(message) {
  tell(message);
  channel.postMessage(message);
}

function everything() {
  find();
  for (const element of regions.keys()) ask(element);
}

find();
if (regions.size) {
  channel.onmessage = ({ data }) => tell(data);
  navigator.locks?.request("standfast-live", () => {
    listen();
    return new Promise(() => {}); // held until this tab goes
  });
  setInterval(everything, SAFETY_NET);
  setInterval(() => {
    markStale();
    for (const element of regions.keys()) release(element);
  }, 1000);
  document.addEventListener("visibilitychange", () => document.hidden || everything());
  document.addEventListener("net", everything); // lost: know it at once; back: catch up at once
  document.addEventListener("unlocked", everything);
}
