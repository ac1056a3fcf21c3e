// How to get in, as the call screen has it.
//
// The text lies on this device until the server has sealed it, and not a moment longer: then the
// entry is kept without it. Who typed it still sees it while this page is open, from memory.

import { button, icon, make } from "./dom.js";

const KEPT = new Set(["sealed", "old", "outline"]);

/** The place's last word on the way in among *entries*: text, sealed, or taken out. */
const lastWord = (entries) =>
  entries.findLast(({ kind, body, told }) => kind === "calls.place" && (told || body.place.access_notes || body.nothing_said));

/** What this device still holds of the way in; empty once it is sealed. */
export const saidIn = (entries) => lastWord(entries)?.body.place.access_notes ?? "";

/** An entry as it is kept once it is settled: without the text when the server has sealed it. */
export function withoutWayIn(entry) {
  if (entry.kind !== "calls.place" || entry.state !== "stored" || entry.reason || !entry.body.place.access_notes) return entry;
  const { access_notes, ...place } = entry.body.place;
  return { ...entry, told: true, body: { ...entry.body, place: { ...place, way_in: "sealed" } } };
}

/** Of a case's *entries*, those that could not be sealed before and are said anew in *settled*. */
export function saidAnew(entries, settled) {
  const latest = settled.findLast(({ told, body }) => told || body.nothing_said);
  if (!latest) return [];
  return entries
    .filter(({ case_id, seq, state }) => case_id === latest.case_id && seq < latest.seq && state === "stored")
    .map((entry) => withoutWayIn({ ...entry, reason: "" }))
    .filter(({ told, seq }) => told && !settled.some((each) => each.seq === seq));
}

/** What is read out of the way in: the words, or where they are. */
export function wayInWords(call) {
  if (call.wayIn) return call.wayIn;
  if (KEPT.has(call.place.way_in)) return "how to get in is sealed: press Show how to get in and read it out";
  return call.place.way_in === "not_kept" ? "how to get in was not kept: ask the caller again" : "";
}

/** Say beside the field what became of what was said there. */
export function showWayIn(call) {
  const line = document.getElementById("way-in-kept");
  let shown = "";
  const again = () => call.write("calls.place", { place: { ...call.place, access_notes: call.wayIn } });
  const takeOut = () => call.write("calls.place", { place: { ...call.place, way_in: "" }, nothing_said: true });
  const draw = () => {
    const word = lastWord(call.entries);
    const trouble = word?.state === "stored" ? word.reason : "";
    const kept = !trouble && KEPT.has(call.place.way_in);
    const key = JSON.stringify([trouble, kept, call.place.way_in, call.place.elsewhere, Boolean(call.wayIn)]);
    if (key === shown) return;
    shown = key;
    const held = line.contains(document.activeElement); // its own button was pressed
    line.replaceChildren(...parts(call, { trouble, kept, again, takeOut }));
    line.hidden = !line.childNodes.length;
    if (held) document.getElementById("fact-access_notes").focus({ preventScroll: true });
  };
  call.addEventListener("changed", draw);
  draw();
}

function parts(call, { trouble, kept, again, takeOut }) {
  if (trouble) return [make("span", { class: "error", role: "alert" }, trouble), button("Try again", { kind: "little", onclick: again })];
  if (call.place.way_in === "not_kept" && !call.wayIn) return [make("span", { class: "error" }, "How to get in was said, and was not kept. Ask again.")];
  if (!kept) return [];
  const words = make("span", { class: "grow" }, icon("lock"), call.wayIn ? "Sealed. After this page it is shown on the open case alone." : "How to get in was said, and is sealed.");
  const check = call.place.elsewhere && make("span", { class: "error" }, "Said before the address was changed: check it.");
  return [words, check, !call.wayIn && ask(call), button("Take it out", { kind: "little quiet", onclick: takeOut })].filter(Boolean);
}

/** The form that way-in.js answers. A button of it would send no form of ours: it stands alone. */
const ask = (call) =>
  make("form", { method: "post", action: `/calls/${call.id}/way-in`, "data-way-in": true, "data-throw-away": true },
    make("button", { class: "button little", "aria-keyshortcuts": "Alt+H", "data-action": "Show how to get in" }, make("span", {}, "Show how to get in"), make("kbd", { "aria-hidden": "true" }, "Alt H")),
    make("output", { class: "way-in" }));
