// Putting a fetched fragment in its region without taking anything from under somebody's hand.
//
// While somebody works in a region, its rows (elements with data-key) are brought up to date
// where they stand: none moves, new ones wait behind "3 new, Show", and those gone are struck
// through. Once they have paused, or pressed Show, the region becomes what the server says.

import { cap, parsed } from "./dom.js";

const PAUSE = 10_000; // milliseconds without key or pointer: nobody is at work here
const ROW = "[data-key]";

const waiting = new WeakMap(); // region -> html not shown yet
const written = new WeakMap(); // row -> the html it was made from
let latestTouch = 0;

for (const kind of ["keydown", "pointermove", "pointerdown", "wheel"]) {
  addEventListener(kind, () => (latestTouch = Date.now()), { passive: true, capture: true });
}

/** Show *html* in *region*, now or as soon as it disturbs nobody. */
export function place(region, html) {
  const fresh = parse(region, html);
  if (!isInUse(region)) {
    replace(region, fresh);
    return;
  }
  const unseen = updateWhereItStands(region, fresh);
  if (unseen.come + unseen.gone === 0) return;
  waiting.set(region, html);
  showNote(region, unseen);
}

/** Show what has waited, if nobody is at work in *region* any more. */
export function release(region) {
  if (waiting.has(region) && !isInUse(region)) replace(region, parse(region, waiting.get(region)));
}

/** Put a note about *region* above what it speaks of, inside its panel if it has one. */
export function attachNote(region, note) {
  const pane = region.closest(".panel, .tile");
  const header = pane?.querySelector(":scope > header");
  if (header) header.after(note);
  else if (pane) pane.prepend(note);
  else (region.closest("table") ?? region).before(note);
}

function parse(region, html) {
  const content = parsed(html);
  const [only, ...others] = content.children;
  return only?.id && only.id === region.id && !others.length ? only : content;
}

function isInUse(region) {
  if (region.querySelector("[aria-invalid='true']")) return true; // what is wrong is being put right
  if ([...region.querySelectorAll("input, textarea, select")].some(isEdited)) return true;
  if (Date.now() - latestTouch > PAUSE) return false;
  const focused = region !== document.activeElement && region.contains(document.activeElement);
  return focused || (region.matches(":hover") && region.querySelector(ROW) !== null);
}

function isEdited(field) {
  if (field.type === "hidden" || field.type === "submit") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) {
    const options = [...field.options];
    const chosenBefore = options.some((option) => option.defaultSelected);
    return options.some((option, index) =>
      chosenBefore ? option.selected !== option.defaultSelected : option.selected && index > 0,
    );
  }
  return field.value !== field.defaultValue;
}

function replace(region, fresh) {
  const before = new Set(keysIn(region));
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const { scrollTop } = region;
  const opened = [...region.querySelectorAll("details[open][id]")].map(({ id }) => id);
  waiting.delete(region);
  noteOf(region)?.remove();
  region.replaceChildren(...fresh.childNodes);
  region.scrollTop = scrollTop;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (before.size) {
    for (const row of region.querySelectorAll(ROW)) {
      row.classList.toggle("arrived", !before.has(row.dataset.key));
    }
  }
  announcePlaced(region);
  if (focused && focused !== region) focusAgain(region, focused);
}

/** Bring rows up to date without moving any; count what could not be shown. */
function updateWhereItStands(region, fresh) {
  const rows = new Map([...region.querySelectorAll(ROW)].map((row) => [row.dataset.key, row]));
  if (!rows.size) return { come: 1, gone: 0 };
  let come = 0;
  for (const row of fresh.querySelectorAll(ROW)) {
    const shown = rows.get(row.dataset.key);
    rows.delete(row.dataset.key);
    if (!shown) come += 1;
    else update(shown, row);
  }
  for (const gone of rows.values()) gone.setAttribute("data-gone", "");
  return { come, gone: rows.size };
}

function update(shown, row) {
  shown.removeAttribute("data-gone");
  const source = row.innerHTML;
  const busy = shown !== document.activeElement && shown.contains(document.activeElement);
  if (written.get(shown) === source || busy) return;
  written.set(shown, source);
  shown.replaceChildren(...row.childNodes);
  announcePlaced(shown);
}

function showNote(region, unseen) {
  let note = noteOf(region);
  if (!note) {
    note = document.createElement("p");
    note.className = "held-note";
    note.dataset.heldFor = region.id;
    note.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button little";
    button.setAttribute("aria-keyshortcuts", "N");
    button.append("Show ", cap("N"));
    button.addEventListener("click", () => show(region));
    note.append(document.createElement("b"), button);
    attachNote(region, note);
  }
  const words = region.querySelector(ROW) ? countInWords(unseen) : "Changed since you came here";
  if (note.firstChild.textContent !== words) note.firstChild.textContent = words;
}

function countInWords({ come, gone }) {
  if (!gone) return `${come} new`;
  return come ? `${come} new, ${gone} gone` : `${gone} gone`;
}

function show(region) {
  replace(region, parse(region, waiting.get(region)));
  const row = region.querySelector(`${ROW}.arrived`) ?? region.querySelector(ROW);
  row?.focus();
}

const noteOf = (region) => document.querySelector(`.held-note[data-held-for="${CSS.escape(region.id)}"]`);
const keysIn = (region) => [...region.querySelectorAll(ROW)].map((row) => row.dataset.key);

function focusAgain(region, lost) {
  const key = lost.closest(ROW)?.dataset.key;
  const row = key && region.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const same = lost.id ? document.getElementById(lost.id) : null;
  const target = same ?? row;
  if (!target) return;
  if (row) row.tabIndex = 0;
  target.focus({ preventScroll: true });
}

function announcePlaced(target) {
  target.dispatchEvent(new CustomEvent("live:placed", { bubbles: true }));
}
