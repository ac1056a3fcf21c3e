// Who is calling, who it is about, where they are, whom to ring: each form becomes an entry
// as soon as it is changed and right. What is half typed is kept on the device as a draft.

import { make } from "./dom.js";
import { serverNow } from "./clock.js";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const PHONE = /^\+?[0-9][0-9 ]{8,14}[0-9]$/;
const RANKS = [1, 2, 3];
const A_WAY_IN = /\bkey[ -]?(safe|box|code)|\b(door|gate|entry|access)[ -]?code\b/i;

/** What is wrong with a form: a sentence for each field. */
class Mistyped extends Error {
  constructor(sentences) {
    super("mistyped");
    this.sentences = sentences;
  }
}

/** A day as people write it (14/3/1948, 14 Mar 48, 14031948) as ISO; null when it is none. */
export function readDay(text, now = serverNow()) {
  const cleaned = text.trim().toLowerCase();
  const found =
    /^(\d{1,2})(?:st|nd|rd|th)?[\s/.-]*([a-z]{3})[a-z]*[\s/.-]*(\d{4}|\d{2})$/.exec(cleaned) ??
    /^(\d{1,2})[\s/.-](\d{1,2})[\s/.-](\d{4}|\d{2})$/.exec(cleaned) ??
    /^(\d{2})(\d{2})(\d{4})$/.exec(cleaned);
  if (!found) return null;
  const month = /\d/.test(found[2]) ? Number(found[2]) : MONTHS.indexOf(found[2]) + 1;
  const today = new Date(now);
  let year = Number(found[3]);
  if (found[3].length === 2) year += year + 2000 > today.getFullYear() ? 1900 : 2000;
  const day = new Date(Date.UTC(year, month - 1, Number(found[1])));
  const real = day.getUTCMonth() === month - 1 && day.getUTCDate() === Number(found[1]);
  return real && day <= today && year > 1900 ? day.toISOString().slice(0, 10) : null;
}

/** Whether a place is only where the telephone network thinks the caller is. */
export const isGuess = ({ source }) => Boolean(source?.startsWith("network"));

const SAID = { yes: true, no: false };

/** Whether somebody has said that the caller is with the patient, or is the patient. */
const isWithPatient = (caller) => caller?.with_patient === true || (caller?.relationship === "self" && caller.with_patient !== false);

/** Whether the point of a given address comes or goes with what is said of the caller. */
const dependsOnCaller = ({ state: { place }, record: { network_point } }) =>
  Boolean((place?.address || place?.postcode) && (/network/.test(place.source ?? "") || (!place.point && network_point)));

const writtenDay = (iso) => (iso ? iso.split("-").reverse().join("/") : "");

/** The place as it is typed; its point is the network's only when the caller is with the patient. */
export function readPlace({ address, postcode, access_notes }, call) {
  const before = call.place;
  const same = address === (before.address ?? "") && postcode === (before.postcode ?? "");
  const fromNetwork = /network/.test(before.source ?? "");
  const own = same && !fromNetwork ? before.point : null;
  // Where the telephone is says where the patient is only when somebody has said so; until
  // an address is given it stays what it was, a guess.
  const guess = fromNetwork ? before.point : call.record.network_point;
  const network = isWithPatient(call.state.caller) || !(address || postcode) ? guess : null;
  const point = own ?? network ?? null;
  const place = {
    address,
    postcode: postcode.toUpperCase(),
    point,
    source: point && !own ? "caller, point from the network" : "caller",
    finding: same ? (before.finding ?? "") : "",
    way_in: before.way_in || (before.access_notes ? "sealed" : ""),
  };
  // Of the way in only what is new is sent: what was said before was said of the address before.
  if (access_notes === (call.wayIn ?? "")) return { place };
  return access_notes ? { place: { ...place, access_notes } } : { place: { ...place, way_in: "" }, nothing_said: true };
}

const FORMS = {
  "calls.caller": {
    read: ({ name, relationship, with_patient }) => ({ name, relationship, with_patient: SAID[with_patient] ?? null }),
    show: ({ state: { caller } }) => caller && { ...caller, with_patient: { true: "yes", false: "no" }[caller.with_patient] ?? "" },
  },
  "calls.place": {
    read: readPlace,
    show: ({ place, wayIn }) => (isGuess(place) ? null : { ...place, access_notes: wayIn }),
  },
  "calls.numbers": {
    read: (sent) => {
      const numbers = RANKS.map((rank) => ({ number: sent[`number_${rank}`], whose: sent[`whose_${rank}`] }));
      const wrong = numbers.flatMap(({ number }, index) =>
        number && !PHONE.test(number) ? [[`number_${index + 1}`, "Enter a number of 10 to 16 digits, such as 07700 900417"]] : [],
      );
      if (wrong.length) throw new Mistyped(Object.fromEntries(wrong));
      return { numbers: numbers.filter(({ number }) => number) };
    },
    show: ({ numbers }) =>
      Object.fromEntries(numbers.flatMap(({ number, whose }, index) => [[`number_${index + 1}`, number], [`whose_${index + 1}`, whose]])),
  },
  "calls.needs": {
    read: ({ gp_name, language, needs_interpreter }) => ({ gp_name, language, needs_interpreter: needs_interpreter === "yes" }),
    show: ({ state: { needs }, record }) => {
      const known = needs ?? record.known.needs;
      return known && { ...known, needs_interpreter: known.needs_interpreter ? "yes" : "" };
    },
  },
  "calls.problem": {
    read: ({ words }) => (words ? { words } : null),
    show: ({ state: { problem } }) => ({ words: problem }),
  },
  "calls.describe_patient": {
    read: ({ born, age_years, nhs_number, ...sent }) => {
      const day = born ? readDay(born) : null;
      const number = nhs_number.replace(/[\s-]/g, "");
      const wrong = {};
      if (born && !day) wrong.born = "Enter a day, month and year, such as 14/03/1948";
      if (age_years && !(/^\d{1,3}$/.test(age_years) && Number(age_years) <= 130)) wrong.age_years = "Enter whole years, such as 7";
      if (number && !isNhsNumber(number)) wrong.nhs_number = "One digit is wrong: read it back, or leave it empty";
      if (Object.keys(wrong).length) throw new Mistyped(wrong);
      const age = age_years ? Number(age_years) : null;
      return { patient: { ...sent, sex: sent.sex || "unknown", born: day, age_years: day ? null : age, nhs_number: number || null } };
    },
    show: ({ state: { described } }) =>
      described && { ...described, born: writtenDay(described.born), sex: described.sex === "unknown" ? "" : described.sex },
  },
};

/** NHS Data Dictionary, "NHS NUMBER": the tenth digit checks the nine before it. */
function isNhsNumber(number) {
  if (!/^\d{10}$/.test(number)) return false;
  const sum = [...number.slice(0, 9)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0);
  return (11 - (sum % 11)) % 11 === Number(number[9]);
}

/** Let every form of facts show and record *call*. */
export function recordFacts(call) {
  for (const form of document.querySelectorAll("form[data-entry]")) {
    const kind = form.dataset.entry;
    fill(form, { ...(FORMS[kind].show(call) ?? {}), ...(call.record.drafts[kind] ?? {}) });
    form.addEventListener("input", () => call.keep({ drafts: { ...call.record.drafts, [kind]: valuesOf(form) } }));
    form.addEventListener("change", () => record(call, form));
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.getElementById("numbers").addEventListener("click", ({ target }) => {
    const rank = Number(target.closest("[data-first]")?.dataset.first);
    if (rank) ringFirst(call, target.closest("form"), rank);
  });
  call.addEventListener("changed", () => refill(call));
}

/** Write the entry of *form* if it is right and says something new; else say what is wrong. */
async function record(call, form) {
  const kind = form.dataset.entry;
  const sent = valuesOf(form);
  try {
    const body = FORMS[kind].read(sent, call);
    showMistakes(form, {});
    const before = JSON.stringify(call.entries.findLast((entry) => entry.kind === kind)?.body ?? null);
    if (body && JSON.stringify(body) !== before) await call.write(kind, body);
    const { [kind]: _, ...drafts } = call.record.drafts;
    await call.keep({ drafts });
    if (kind === "calls.describe_patient") await call.fitAnswers();
    if (kind === "calls.caller" && dependsOnCaller(call)) await record(call, document.getElementById("place"));
    form.dispatchEvent(new CustomEvent("recorded", { bubbles: true }));
  } catch (error) {
    if (!(error instanceof Mistyped)) throw error;
    showMistakes(form, error.sentences);
  }
}

/** Show what has been learnt from the server in forms that nobody has touched. */
function refill(call) {
  for (const form of document.querySelectorAll("form[data-entry]")) {
    const kind = form.dataset.entry;
    const touched = call.record.drafts[kind] || form.contains(document.activeElement);
    if (!touched) fill(form, FORMS[kind].show(call) ?? {});
  }
}

/** Put the number at *rank* first; the others keep their order. */
function ringFirst(call, form, rank) {
  const sent = valuesOf(form);
  const order = [rank, ...RANKS.filter((each) => each !== rank)];
  fill(form, Object.fromEntries(order.flatMap((from, index) => [
    [`number_${index + 1}`, sent[`number_${from}`]],
    [`whose_${index + 1}`, sent[`whose_${from}`]],
  ])));
  record(call, form);
  form.elements.number_1.focus();
}

/** The fields of *form* as trimmed text; what is not ticked is empty. */
export function valuesOf(form) {
  const sent = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const chosen = field.type === "radio" || field.type === "checkbox" ? field.checked : true;
    if (chosen) sent[field.name] = field.value.trim();
    else sent[field.name] ??= "";
  }
  return sent;
}

function fill(form, values) {
  for (const field of form.elements) {
    if (!field.name || !(field.name in values)) continue;
    const value = values[field.name] ?? "";
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
    else if (field.value !== String(value)) field.value = value;
  }
}

function showMistakes(form, sentences) {
  for (const field of form.elements) {
    if (!field.name) continue;
    const holder = field.closest(".fact");
    const sentence = sentences[field.name];
    holder?.querySelector(".error")?.remove();
    field.toggleAttribute("aria-invalid", Boolean(sentence));
    if (!sentence) {
      field.removeAttribute("aria-describedby");
      continue;
    }
    field.setAttribute("aria-invalid", "true");
    const note = make("span", { class: "error", id: `${field.id}-error`, role: "alert" }, sentence);
    field.setAttribute("aria-describedby", note.id);
    holder?.append(note);
  }
}

/** Keep the notes: every key on the device at once, an entry whenever typing pauses. */
export function recordNotes(call) {
  const notes = document.getElementById("notes");
  const saved = document.getElementById("notes-saved");
  let kept = call.state.notes.join("\n");
  let timer;
  notes.value = call.record.drafts.notes ?? kept;
  const saysHowToGetIn = () => (A_WAY_IN.test(notes.value) ? "How to get in goes beside the address: there it is sealed. Notes are not." : "");
  const save = async () => {
    clearTimeout(timer);
    const text = notes.value.trim();
    if (text === kept) return;
    const added = text.startsWith(kept) ? text.slice(kept.length).trim() : `Corrected: ${text}`;
    kept = text;
    if (added) await call.write("calls.note", { text: added.slice(0, 4000) });
    saved.textContent = saysHowToGetIn() || `Saved ${new Date(serverNow()).toLocaleTimeString("en-GB")}`;
  };
  notes.addEventListener("input", () => {
    saved.textContent = saysHowToGetIn();
    call.keep({ drafts: { ...call.record.drafts, notes: notes.value } });
    clearTimeout(timer);
    timer = setTimeout(save, 4000);
  });
  notes.addEventListener("change", save);
  return save;
}
