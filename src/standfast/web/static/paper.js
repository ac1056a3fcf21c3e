// A form beside its fields: Enter goes on to the next, Ctrl Enter to the next part, Shift Enter back,
// a box with one digit goes on by itself, and each field is saved as it is left. What could not be saved is said, and is sent once more with
// the whole form.

const form = document.getElementById("keying");
const said = document.querySelector("[data-saved]");
const fields = [...form.querySelectorAll("input, select, textarea")].filter((each) => each.type !== "radio");
const unsaved = new Map();

/** The first field of the next part of the paper. */
const nextPart = (from) => {
  const parts = [...form.querySelectorAll(".part")];
  const part = parts[parts.indexOf(from.closest(".part")) + 1];
  return part ? part.querySelector("input, select, textarea") : form.querySelector(".button.primary");
};
const next = (from) => fields[fields.indexOf(from) + 1] ?? form.querySelector(".button.primary");

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.altKey || event.metaKey || !fields.includes(event.target)) return;
  event.preventDefault();
  const before = fields[fields.indexOf(event.target) - 1];
  const to = event.shiftKey ? before : event.ctrlKey ? nextPart(event.target) : next(event.target);
  to?.focus();
  to?.select?.();
});

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-one]") && event.target.value) next(event.target).focus();
});

form.addEventListener("change", (event) => {
  if (fields.includes(event.target)) save(event.target);
});

/** Save one field; one after the other, so that the latest of two is the latest here too. */
let turn = Promise.resolve();
function save(field) {
  unsaved.set(field.name, field.value);
  turn = turn.then(() => send(field.name, field.value));
}

async function send(name, value) {
  const body = new URLSearchParams({ field: name, value });
  try {
    const answer = await fetch(form.dataset.field, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) {
      const told = answer.status === 422 ? (await answer.json()).error : "Not saved yet: it goes with the whole form.";
      return say(told);
    }
    if (unsaved.get(name) === value) unsaved.delete(name);
    say(unsaved.size ? "Saving" : "Saved");
  } catch {
    say("Not saved yet: this site is not answering. Keep this page open.");
  }
}

function say(words) {
  said.textContent = words;
}

addEventListener("beforeunload", (event) => {
  if (unsaved.size && !form.matches("[data-leaving]")) event.preventDefault();
});
form.addEventListener("submit", () => form.setAttribute("data-leaving", ""));

(form.querySelector("[aria-invalid]") ?? fields.find((each) => !each.value) ?? fields[0])?.focus();
