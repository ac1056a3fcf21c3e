// Keys. Each is written once, on the element it works: aria-keyshortcuts="F2", "Alt+A", "N".
//
// Pressing it clicks the element, or puts the cursor in it when it is a field. Single letters
// and digits act only while focus is in the same panel (WCAG 2.1.4), never while somebody
// types, and can be turned off in the help. A part that reads the keyboard by itself, as the
// assessment does, says data-own-keys.

const PANE = ".panel, .call-strip, dialog, [data-pane]";
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const NATIVE = new Set(["Enter", "Escape", "Tab", " ", "Backspace"]);
const FIXED = [
  ["Ctrl K", "Find or do"],
  ["F1", "Help and keys"],
  ["F6", "Next part of the page"],
  ["↑ ↓", "Move in a list"],
  ["Enter", "Open the row"],
  ["Esc", "Close, or leave a field"],
];

const usesSingleKeys = () => localStorage.getItem("single-keys") !== "off";

/** Every key on the page now: where it is, the key as people read it, and what it does. */
export function keysOnPage() {
  return [...document.querySelectorAll("[aria-keyshortcuts]")]
    .filter((element) => isUsable(element) && !element.closest("[data-own-keys], dialog"))
    .map((element) => ({
      element,
      keys: readable(element.getAttribute("aria-keyshortcuts")),
      label: labelOf(element),
    }));
}

/** What an element does, in words. */
export function labelOf(element) {
  const label = element.dataset.action || element.getAttribute("aria-label");
  if (label) return label;
  const shown = (element.labels?.[0] ?? element).cloneNode(true);
  for (const extra of shown.querySelectorAll("kbd, .hidden-text, .badge")) extra.remove();
  return shown.textContent.trim().replace(/\s+/g, " ");
}

/** Do what pressing an element's key does. */
export function press(element) {
  if (element.matches(TYPED_IN)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

const readable = (shortcut) => shortcut.split(" ")[0].replace("Control", "Ctrl").replaceAll("+", " ");

const isUsable = (element) =>
  element.checkVisibility({ visibilityProperty: true }) &&
  !element.disabled &&
  element.getAttribute("aria-disabled") !== "true";

function pressed(event) {
  const plain = /^(?:Key|Digit)(.)$/.exec(event.code);
  const key = event.altKey && plain ? plain[1] : event.key;
  return [
    event.ctrlKey || event.metaKey ? "Control+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey && key.length > 1 ? "Shift+" : "",
    key.length === 1 ? key.toUpperCase() : key,
  ].join("");
}

function elementFor(keys) {
  const within = document.querySelector("dialog:modal") ?? document;
  const candidates = [...within.querySelectorAll("[aria-keyshortcuts]")].filter(
    (element) =>
      element.getAttribute("aria-keyshortcuts").split(" ").includes(keys) &&
      isUsable(element) &&
      !element.closest("[data-own-keys]"),
  );
  const focused = document.activeElement;
  const pane = focused.closest(PANE);
  const inPane = candidates.find((element) => pane?.contains(element));
  if (keys.length > 1) return inPane ?? candidates[0];
  return usesSingleKeys() && !focused.matches(TYPED_IN) ? inPane : undefined;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || NATIVE.has(event.key)) return;
  if (event.key === "F6") {
    event.preventDefault();
    nextPane(event.shiftKey ? -1 : 1);
    return;
  }
  const element = elementFor(pressed(event));
  if (!element) return;
  event.preventDefault();
  press(element);
}

function nextPane(step) {
  const panes = [...document.querySelectorAll("main .panel")].filter(isUsable);
  if (!panes.length) return;
  const here = panes.findIndex((pane) => pane.contains(document.activeElement));
  const pane = panes.at((here + step + (here < 0 && step < 0 ? 1 : 0)) % panes.length);
  const first = pane.querySelector(
    "[tabindex='0'], a[href], button:not([disabled]), input, select, textarea, [tabindex='-1']",
  );
  if (!first) pane.tabIndex = -1;
  (first ?? pane).focus();
}

function fillHelp() {
  const list = document.querySelector("[data-keys-list]");
  const fixed = new Set(FIXED.map(([keys]) => keys));
  const rows = keysOnPage()
    .filter(({ keys }) => !fixed.has(keys))
    .map(({ keys, label }) => [keys, label]);
  list?.replaceChildren(...[...FIXED, ...rows].map(keyRow));
}

function keyRow([keys, label]) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const cap = document.createElement("kbd");
  const meaning = document.createElement("dd");
  cap.textContent = keys;
  meaning.textContent = label;
  term.append(cap);
  row.append(term, meaning);
  return row;
}

const singleKeys = document.querySelector("[data-single-keys]");
if (singleKeys) {
  singleKeys.checked = usesSingleKeys();
  singleKeys.addEventListener("change", () =>
    localStorage.setItem("single-keys", singleKeys.checked ? "on" : "off"),
  );
}

// On window, after the page's own listeners: whoever prevented the default has dealt with it.
addEventListener("keydown", onKey);
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-opens='help']")) fillHelp();
});
