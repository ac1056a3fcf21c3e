// What a browser prints has a number, a holder and a day, and is put in the ledger of what left.
//
// The number is made here, so that paper has one also while this site cannot be reached; the paper
// then says so, and the entry is sent as soon as it can be. What waits names pages by their ids and
// nobody by name.

import { isAnswering } from "./net.js";
import { hoursAndMinutes, serverNow } from "./clock.js";
import { icon, make } from "./dom.js";

const KEPT = "standfast-prints";
const PATIENCE = 5000; // milliseconds
const AGAIN_AFTER = 15_000;
const LATER = [401, 408, 421, 423, 425, 429]; // not now: signed out, locked, too much at once
const TO_SAY = 7 * 24 * 3600_000;

const slip = document.querySelector("[data-print-slip]");
const staffId = document.body.dataset.staff ?? "";
const hex = (count) =>
  [...crypto.getRandomValues(new Uint8Array(count))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const day = (at) =>
  new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" }).format(at).replaceAll(" ", "-");

const waiting = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");
const keep = (prints) =>
  prints.length ? localStorage.setItem(KEPT, JSON.stringify(prints)) : localStorage.removeItem(KEPT);

function printed() {
  const now = serverNow();
  const away = !isAnswering();
  const number = `P-${hex(4).toUpperCase()}`;
  slip.textContent = [
    `${number}, printed by ${slip.dataset.holder} at ${slip.dataset.site}, ${day(now)} ${hoursAndMinutes(now)}.`,
    `Hand over, file or destroy it by ${day(now + TO_SAY)}, and say so: What you printed.`,
    away
      ? "PRINTED WHILE THIS SITE COULD NOT BE REACHED: it may be out of date. It is not in the ledger yet; this computer tells it when it can."
      : "",
  ].join(" ");
  const id = hex(16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const at = new Date(now).toISOString();
  keep([...waiting(), { print_id: id, number, path: location.pathname, at, away, staff_id: staffId }]);
  flush();
}

/** Say that the ledger did not take a print, and why. */
async function sayRefused(number, answer) {
  const isWords = answer.headers.get("Content-Type")?.startsWith("text/plain");
  const why = isWords ? await answer.text() : "It is not in the ledger. Take the paper to your privacy officer.";
  const words = make("p", { class: "notice crit", role: "alert" }, icon("warning"), make("span", {}, `${number}: ${why}`));
  (document.querySelector("main") ?? document.body).prepend(words);
}

/** Tell the ledger of all that whoever sits here printed and it does not know yet.
 *
 * What it refuses is said and forgotten; what it cannot take now waits, and holds up nothing else.
 */
async function flush() {
  for (const { staff_id, ...told } of waiting().filter((each) => each.staff_id === staffId)) {
    try {
      const answer = await fetch("/records/prints", {
        method: "POST",
        body: new URLSearchParams(told),
        keepalive: true,
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
      const isRefused = answer.status >= 400 && answer.status < 500 && !LATER.includes(answer.status);
      if (!answer.ok && !isRefused) continue;
      if (isRefused) await sayRefused(told.number, answer);
    } catch {
      break; // nobody answers
    }
    keep(waiting().filter(({ print_id }) => print_id !== told.print_id));
  }
  if (waiting().some((each) => each.staff_id === staffId)) setTimeout(flush, AGAIN_AFTER);
}

if (slip) {
  addEventListener("beforeprint", printed);
  flush();
}
