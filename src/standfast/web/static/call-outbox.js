// Sends what the device's journal holds to the server, from any page, in the order it happened.
//
// Each entry gets a receipt. Stored and refused are final; anything else is tried again. Tells
// the page by two of the document's events: "unsent" (how many wait) and "call:receipts".

import { saidAnew, withoutWayIn } from "./call-way-in.js";
import { allCases, allEntries, forgetCase, keepEntries } from "./call-journal.js";
import { isAnswering, signedOut } from "./net.js";

const AT_ONCE = 100;
const PATIENCE = 5000; // milliseconds
const AGAIN_AFTER = 1500;

const staffId = document.body.dataset.staff ?? "";
let running;
let again = false;
let timer;

/** Send all that waits; resolves when the server has answered or cannot be reached. */
export function flush() {
  again = true;
  running ??= navigator.locks
    .request("standfast-outbox", drain)
    .catch(() => undefined)
    .finally(() => (running = undefined));
  return running;
}

async function drain() {
  while (again) {
    again = false;
    const waiting = await unsent();
    tell("unsent", waiting.length);
    for (let taken = 0; taken < waiting.length; ) {
      const done = await send(waiting.slice(taken, taken + AT_ONCE));
      taken += done;
      if (!done) break;
    }
    const left = (await unsent()).length;
    tell("unsent", left);
    clearTimeout(timer);
    if (left) timer = setTimeout(flush, AGAIN_AFTER);
  }
}

const unsent = async () =>
  (await allEntries()).filter(({ state, staff_id }) => state === "unsent" && staff_id === staffId);

/** Send *entries* and keep their receipts; return how many are settled. */
async function send(entries) {
  const receipts = await post(entries);
  const settled = receipts
    .map((receipt, index) => ({ ...entries[index], state: receipt.outcome, reason: receipt.reason ?? "" }))
    .filter(({ state }) => state !== "retry")
    .map(withoutWayIn);
  if (settled.length) {
    if (settled.some(({ kind }) => kind === "calls.place")) settled.push(...saidAnew(await allEntries(), settled));
    await keepEntries(settled);
    tell("call:receipts", settled);
  }
  return receipts.filter(({ outcome }) => outcome !== "retry").length;
}

async function post(entries) {
  const body = entries.map(({ id, case_id, kind, at, staff_id, body }) => ({ id, case_id, kind, at, staff_id, body }));
  let answer;
  try {
    answer = await fetch("/device/entries", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return [];
  }
  if (answer.status === 401) signedOut();
  if (answer.ok) return answer.json();
  if (answer.status !== 400) return [];
  // One that cannot be read must not hold up those behind it.
  if (entries.length === 1) return [{ outcome: "refused", reason: "The server cannot read this entry" }];
  return post(entries.slice(0, 1));
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Forget the cases that are closed, but never one with something unsent. */
export async function tidy(inHand = "") {
  const waiting = new Set((await allEntries()).filter(({ state }) => state === "unsent").map(({ case_id }) => case_id));
  for (const { case_id } of await allCases()) {
    if (waiting.has(case_id) || case_id === inHand) continue;
    if (await isClosed(case_id)) await forgetCase(case_id);
  }
}

async function isClosed(caseId) {
  try {
    const answer = await fetch(`/calls/${caseId}/resume`, { headers: { Accept: "application/json" } });
    return answer.ok && Boolean((await answer.json()).closed_at);
  } catch {
    return false;
  }
}

if (staffId && "indexedDB" in window) {
  document.addEventListener("net", () => isAnswering() && flush());
  flush();
  if (!document.querySelector("triage-runner")) tidy();
}
