// What a call has come to: the fold of its entries, as the server folds them. No page, no network.

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford: no I, L, O or U, which are misread

/** What staff call the case: the same as standfast.calls.state.case_reference. */
export function caseReference(caseId) {
  const number = BigInt(`0x${caseId.replaceAll("-", "").slice(-8)}`) & 0x3fffffffn;
  const places = [25n, 20n, 15n, 10n, 5n, 0n];
  return `C-${places.map((shift) => LETTERS[Number((number >> shift) & 31n)]).join("")}`;
}

const nothing = () => ({
  answers: [],
  caller: null,
  place: null,
  numbers: null,
  needs: null,
  problem: "",
  notes: [],
  described: null,
  advice: new Map(),
  ambulance: null,
  phoned: null,
  clinician: null,
  finished: false,
  unsent: 0,
  refused: [],
});

const LEARN = {
  "triage.answer": (state, { body, ...entry }) => {
    if (body.n !== state.answers.length) return;
    state.answers.push({ question: body.question_id, key: body.answer_key, words: body.words, entry });
  },
  "triage.withdraw": (state, { body }) => (state.answers.length = Math.min(body.n, state.answers.length)),
  "calls.caller": (state, { body }) => (state.caller = body),
  "calls.place": (state, { body }) => (state.place = body.place),
  "calls.numbers": (state, { body }) => (state.numbers = body.numbers),
  "calls.needs": (state, { body }) => (state.needs = body),
  "calls.problem": (state, { body }) => (state.problem = body.words),
  "calls.note": (state, { body }) => state.notes.push(body.text),
  "calls.describe_patient": (state, { body }) => (state.described = body.patient),
  "calls.advice_said": (state, { body }) => state.advice.set(body.text, body.said),
  "calls.ambulance_now": (state, { body, ...entry }) => (state.ambulance ??= { ...body, entry }),
  "calls.ambulance_phoned": (state, { body, ...entry }) => (state.phoned = { ...body, entry }),
  "calls.clinician": (state, { body, ...entry }) => (state.clinician = { ...body, entry }),
  "calls.finish": (state) => (state.finished = true),
};

/** Fold entries, oldest first. What was refused still happened on the telephone: it counts. */
export function fold(entries) {
  const state = nothing();
  for (const entry of entries) {
    LEARN[entry.kind]?.(state, entry);
    if (entry.state === "unsent") state.unsent += 1;
    if (entry.state === "refused" && !entry.dealt_with) state.refused.push(entry);
  }
  return state;
}

/** Whole years on the day of *now*; null when the day of birth is not known. */
export function ageYears(born, now) {
  if (!born) return null;
  const [year, month, day] = born.split("-").map(Number);
  const today = new Date(now);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
}

/** What the server knows of a case (GET …/resume) as the entries that a device would hold. */
export function entriesFrom(known) {
  const at = known.opened_at;
  const entry = (kind, body, id) => ({ id, case_id: known.case_id, kind, at, body, state: "stored", reason: "" });
  const has = (value) => value && Object.values(value).some((part) => part !== null && part !== "" && part !== false);
  const advice = known.advice_said ?? [];
  return [
    entry("calls.open", { call_id: known.call_id, number: known.number ?? "" }),
    known.caller?.name || known.caller?.relationship || typeof known.caller?.with_patient === "boolean" ? entry("calls.caller", known.caller) : null,
    has(known.place) ? entry("calls.place", { place: known.place }) : null,
    known.numbers?.length ? entry("calls.numbers", { numbers: known.numbers }) : null,
    has(known.needs) ? entry("calls.needs", known.needs) : null,
    known.problem ? entry("calls.problem", { words: known.problem }) : null,
    ...(known.notes ?? []).map(({ text }) => entry("calls.note", { text })),
    has({ ...known.described, sex: "" }) ? entry("calls.describe_patient", { patient: known.described }) : null,
    ...advice.map((text) => entry("calls.advice_said", { text, said: true })),
    ambulanceEntry(known, entry),
    known.ambulance?.phoned_by ? entry("calls.ambulance_phoned", { incident_number: "" }) : null,
    known.finished_at ? entry("calls.finish", {}) : null,
  ].filter(Boolean);
}

function ambulanceEntry({ ambulance }, entry) {
  if (!ambulance?.category) return null;
  return { ...entry("calls.ambulance_now", { category: ambulance.category, reason: "" }), at: ambulance.requested_at };
}

const WORDS = {
  "triage.answer": () => "an answer",
  "triage.withdraw": () => "a change of answers",
  "calls.open": () => "the start of this call",
  "calls.caller": ({ name }) => `the caller, ${name || "without a name"}`,
  "calls.place": ({ place }) => `the address, ${[place.address, place.postcode].filter(Boolean).join(", ")}`,
  "calls.numbers": () => "the numbers to ring",
  "calls.needs": () => "GP and language",
  "calls.problem": ({ words }) => `the problem, “${words}”`,
  "calls.note": ({ text }) => `the note “${text}”`,
  "calls.describe_patient": () => "the description of the patient",
  "calls.advice_said": ({ text }) => `the advice “${text}”`,
  "calls.ambulance_now": () => "the ambulance request",
  "calls.ambulance_phoned": ({ incident_number }) => `the incident number ${incident_number}`,
  "calls.clinician": () => "the request for a clinician",
  "calls.finish": () => "the end of the call",
};

/** What an entry was about, in a few words. */
export const describe = ({ kind, body }) => WORDS[kind]?.(body) ?? kind;
