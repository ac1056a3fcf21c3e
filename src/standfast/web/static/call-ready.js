// Before a call: who rings next, and the calls that this device still holds. Names nobody.

import { allCases, allEntries } from "./call-journal.js";
import { caseReference } from "./call-state.js";
import { hoursAndMinutes, serverNow, stopwatch } from "./clock.js";
import { cap, icon, make, phone, say } from "./dom.js";

const LOOK_EVERY = 2000; // milliseconds
const staffId = document.body.dataset.staff ?? "";

/** Show the next call, or that the device is ready for one. */
export async function ready({ runner, answer, protocols }) {
  let next = null;
  let timer;
  let looked; // F2 in the first moment answers whoever rings, and does not begin a call with nobody
  let taken = false;
  const take = async () => {
    if (taken) return;
    taken = true;
    removeEventListener("keydown", onKey);
    await looked;
    clearInterval(timer);
    answer(next?.call_id ?? null, next?.number);
  };
  const onKey = (event) => {
    if (event.key !== "F2") return;
    event.preventDefault();
    take();
  };
  const number = make("h2", { class: "question num" });
  const above = say("");
  const below = make("p", { class: "question-help" });
  const start = make("button", { type: "button", class: "button primary big", onclick: take });
  const held = make("div", { class: "held" });
  const draw = (waiting) => {
    next = waiting.find(({ call_id }) => call_id === next?.call_id) ?? waiting[0] ?? null;
    const others = waiting.length - 1;
    above.hidden = !next;
    above.replaceChildren(icon("phone"), "Next call for you");
    number.textContent = next ? phone(next.number) || "Number withheld" : "Ready for a call";
    below.textContent = next
      ? `Waiting ${stopwatch((serverNow() - Date.parse(next.rang_at)) / 1000)}. ${others ? `${others} waiting behind this call.` : "Nobody is waiting behind this call."}`
      : "Answer on your phone, then press Enter.";
    const label = next ? "Answer" : "Start";
    if (start.dataset.action !== label) {
      start.dataset.action = label;
      start.replaceChildren(make("span", {}, label), cap("Enter"));
    }
  };
  const look = async () => draw(await waiting());
  draw([]);
  looked = look();
  runner.replaceChildren(make("div", { class: "ringing" }, above, number, below, start, held));
  start.focus();
  addEventListener("keydown", onKey);
  await protocols.catch(() => (below.textContent = "The questions are not on this device yet, and this site is not answering. Use the paper pack."));
  if (!taken) timer = setInterval(look, LOOK_EVERY);
  showHeld(held);
}

async function waiting() {
  try {
    const answer = await fetch("/calls/waiting.json", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(LOOK_EVERY) });
    return answer.ok ? (await answer.json()).filter(({ status }) => status === "waiting") : [];
  } catch {
    return [];
  }
}

/** Calls begun on this device and not closed: by reference and time only. */
async function showHeld(place) {
  const [cases, entries] = await Promise.all([allCases(), allEntries()]);
  const rows = cases
    .filter(({ staff_id }) => staff_id === staffId)
    .map(({ case_id, opened_at }) => {
      const unsent = entries.filter((entry) => entry.case_id === case_id && entry.state === "unsent").length;
      const words = `${caseReference(case_id)}, begun ${hoursAndMinutes(Date.parse(opened_at))}${unsent ? `, ${unsent} to send` : ""}`;
      return make("li", {}, make("a", { href: `/calls/${case_id}/call` }, words));
    });
  place.replaceChildren(...(rows.length ? [make("h3", {}, "Calls not closed on this device"), make("ul", {}, rows)] : []));
}
