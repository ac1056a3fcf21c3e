// Find or do: one box for workspaces, what this page can do, and what the server finds.
//
// What is typed may name a patient. It goes to the server in the body of a POST, never in an
// address, and is forgotten when the box closes.

import { keysOnPage, labelOf, press } from "./keys.js";

const TYPING_PAUSE = 150; // milliseconds
const SHORTEST = 2; // characters worth asking the server about

const dialog = document.getElementById("palette");
const box = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
const note = dialog?.querySelector("[data-palette-note]");

let here = []; // what this page offers
let found = []; // what the server found
let shown = [];
let chosen = 0;
let timer;
let asking = new AbortController();

function open() {
  here = [...workspaces(), ...actions(), ...settings()];
  found = [];
  box.value = "";
  note.textContent = "";
  draw();
}

function workspaces() {
  return [...document.querySelectorAll(".workspaces a")].map((link) => ({
    group: "Go to",
    label: labelOf(link),
    hint: link.title,
    run: () => link.click(),
  }));
}

function actions() {
  const withKeys = keysOnPage().filter(({ element }) => !element.closest(".bar"));
  const keyed = new Set(withKeys.map(({ element }) => element));
  const others = [...document.querySelectorAll("[data-action]")]
    .filter((element) => !keyed.has(element) && !element.disabled)
    .filter((element) => element.checkVisibility() || element.closest(".menu"))
    .map((element) => ({ element, keys: "", label: labelOf(element) }));
  return [...withKeys, ...others].map(({ element, keys, label }) => ({
    group: "Do",
    label,
    hint: keys,
    run: () => press(element),
  }));
}

function settings() {
  return [...document.querySelectorAll("[data-setting] input")].map((input) => ({
    group: "Show",
    label: `${labelOf(input)}: ${input.closest("fieldset").querySelector("legend").textContent}`,
    hint: input.checked ? "now" : "",
    run: () => input.click(),
  }));
}

function draw() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (item) => `${item.group} ${item.label}`.toLowerCase();
  const matches = here.filter((item) => words.every((word) => text(item).includes(word)));
  shown = [...found, ...matches];
  chosen = Math.max(0, Math.min(chosen, shown.length - 1));
  list.replaceChildren(...shown.map(option));
  box.setAttribute("aria-activedescendant", shown.length ? `palette-${chosen}` : "");
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function option(item, index) {
  const row = document.createElement("li");
  row.id = `palette-${index}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(index === chosen));
  row.append(
    part("span", "group", item.group),
    part("span", "grow", item.label),
    item.group === "Do" || item.group === "Go to"
      ? part(item.hint ? "kbd" : "span", "", item.hint)
      : part("span", "muted small", item.hint),
  );
  row.addEventListener("click", () => take(item));
  return row;
}

function part(tag, name, words) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words ?? "";
  return element;
}

function take(item) {
  dialog.close();
  if (item.href) location.assign(item.href);
  else item.run();
}

async function ask(words) {
  asking.abort();
  asking = new AbortController();
  try {
    const answer = await fetch("/palette", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ q: words }),
      signal: asking.signal,
    });
    if (answer.status === 404) return; // nothing to search at this site
    if (!answer.ok) throw new Error(answer.statusText);
    const lines = await answer.json();
    found = lines.filter(({ href }) => href);
    const left = lines.filter(({ href }) => !href).map(({ label, hint }) => `${label}, ${hint}.`);
    note.textContent = left.join(" ") || (found.length ? "" : "Nobody and nothing by that name on this site.");
    draw();
  } catch (error) {
    if (error.name === "AbortError") return;
    found = [];
    note.textContent = "Records cannot be searched now. What this page can do still works.";
    draw();
  }
}

function typed() {
  chosen = 0;
  note.textContent = "";
  clearTimeout(timer);
  const words = box.value.trim();
  if (words.length >= SHORTEST) timer = setTimeout(ask, TYPING_PAUSE, words);
  else found = [];
  draw();
}

function onKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = (chosen + step + shown.length) % (shown.length || 1);
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (shown[chosen]) take(shown[chosen]);
  }
}

if (dialog) {
  // Before app.js shows it, so that focus is in an empty box with its list drawn.
  document.querySelector("[data-opens='palette']").addEventListener("click", open);
  box.addEventListener("input", typed);
  box.addEventListener("keydown", onKey);
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asking.abort();
    box.value = "";
    found = [];
    list.replaceChildren();
  });
}
