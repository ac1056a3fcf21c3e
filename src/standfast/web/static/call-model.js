// One call as this device holds it. Every view reads it; all that happens goes through write().
//
// Tells its views by the event "changed". What a view shows is always what the entries say.

import { addEntry, beginCase, caseRecord, entriesOf, keepCase, keepEntries, newId } from "./call-journal.js";
import { flush } from "./call-outbox.js";
import { ageYears, caseReference, entriesFrom, fold } from "./call-state.js";
import { serverNow } from "./clock.js";
import { saidIn } from "./call-way-in.js";
import { walk } from "./triage-engine.js";

const staffId = document.body.dataset.staff ?? "";

const ownEntries = async (caseId) => (await entriesOf(caseId)).filter(({ staff_id }) => staff_id === staffId);

const moment = () => new Date(serverNow()).toISOString();
const entryOf = (caseId, kind, body) => ({
  id: newId(serverNow()),
  case_id: caseId,
  staff_id: staffId,
  kind,
  at: moment(),
  body,
  state: "unsent",
  reason: "",
});

export class Call extends EventTarget {
  constructor(record, entries, protocols) {
    super();
    Object.assign(this, { record, entries, protocols });
    this.wayIn = saidIn(entries);
    this.refold();
    document.addEventListener("call:receipts", ({ detail }) => this.#settle(detail));
  }

  /** Begin a call: on the device's disk first, then everywhere else. */
  static async begin(protocols, callId, number = "") {
    const caseId = newId(serverNow());
    const first = entryOf(caseId, "calls.open", { call_id: callId, number });
    const record = { case_id: caseId, call_id: callId, staff_id: staffId, opened_at: first.at, version: protocols.version, drafts: {}, known: { number } };
    await beginCase(record, [first]);
    const call = new Call(record, await ownEntries(caseId), protocols);
    flush();
    return call;
  }

  /** Go on with a call that this device holds; null when it holds none of that id. */
  static async resume(caseId, contentOf) {
    const record = await caseRecord(caseId);
    if (!record || record.staff_id !== staffId) return null; // another's drafts are theirs alone
    const protocols = await contentOf(record.version);
    return new Call(record, await ownEntries(caseId), protocols);
  }

  /** Go on with a call that only the server holds. */
  static async takeOver(known, protocols) {
    const record = { case_id: known.case_id, call_id: known.call_id, staff_id: staffId, opened_at: known.opened_at, version: protocols.version, drafts: {}, known };
    const facts = entriesFrom(known).map((entry) => ({ ...entry, staff_id: staffId }));
    const call = new Call(record, facts, protocols);
    call.#readAnswers(known);
    await beginCase(record, call.entries);
    call.entries = await ownEntries(known.case_id);
    call.refold();
    return call;
  }

  /** Answers as the server words them, found again among the questions. */
  #readAnswers({ assessment, opened_at }) {
    const facts = this.facts;
    for (const { n, answer, words, answered_at } of assessment?.answers ?? []) {
      const { question } = walk(this.protocols, facts, this.state.answers);
      const choice = question?.choices.find(({ text }) => text === answer);
      if (!choice) return;
      const body = { n, question_id: question.id, answer_key: choice.key, words };
      this.entries.push({ case_id: this.id, staff_id: staffId, kind: "triage.answer", at: answered_at ?? opened_at, body, state: "stored", reason: "" });
      this.refold();
    }
  }

  get id() {
    return this.record.case_id;
  }

  get reference() {
    return caseReference(this.id);
  }

  /** What the questions may depend on; null is not known. */
  get facts() {
    const person = this.record.known.patient?.person_id ? this.record.known.patient : (this.state?.described ?? {});
    const age = ageYears(person.born, serverNow()) ?? person.age_years ?? null;
    return { age_years: age, sex: person.sex && person.sex !== "unknown" ? person.sex : null };
  }

  /** Who it is about: the confirmed record, else as the caller describes them. */
  get patient() {
    return this.record.known.patient?.person_id ? this.record.known.patient : this.state.described;
  }

  get isIdentified() {
    return Boolean(this.record.known.patient?.person_id);
  }

  get place() {
    return this.state.place ?? this.record.known.place ?? {};
  }

  get number() {
    const { number, numbers } = this.record.known;
    return number || (numbers?.find(({ whose }) => whose === "rang from")?.number ?? "");
  }

  get numbers() {
    if (this.state.numbers?.length) return this.state.numbers;
    return this.record.known.numbers ?? (this.number ? [{ number: this.number, whose: "rang from" }] : []);
  }

  /** Whether all has reached the server. */
  get isSent() {
    return this.state.unsent === 0;
  }

  refold() {
    this.state = fold(this.entries);
    this.step = walk(this.protocols, this.facts, this.state.answers);
  }

  #changed() {
    this.refold();
    this.dispatchEvent(new Event("changed"));
  }

  /** Write down that something happened. Resolves when it is safe on this device. */
  async write(kind, body) {
    const entry = await addEntry(entryOf(this.id, kind, body));
    this.entries.push(entry);
    if (kind === "calls.place") this.wayIn = body.nothing_said ? "" : body.place.access_notes || this.wayIn;
    this.#changed();
    flush();
    return entry;
  }

  /** Answer the question at position *n*; what follows from a changed answer is kept if it fits. */
  async answer(n, question, key, words) {
    const after = this.state.answers.slice(n + 1);
    if (n < this.state.answers.length) await this.write("triage.withdraw", { n });
    await this.#give(n, question.id, key, words);
    for (const old of after) {
      if (this.step.question?.id !== old.question) break;
      await this.#give(this.state.answers.length, old.question, old.key, old.words);
    }
  }

  #give(n, question_id, answer_key, words) {
    const { age_years, sex } = this.facts;
    return this.write("triage.answer", { n, question_id, answer_key, version: this.protocols.version, words, age_years, sex });
  }

  /** Take back the latest answer. */
  async undo() {
    if (this.state.answers.length) await this.write("triage.withdraw", { n: this.state.answers.length - 1 });
  }

  /** Take back answers that no longer fit what is known of the patient. */
  async fitAnswers() {
    const { applied } = this.step;
    if (applied < this.state.answers.length) await this.write("triage.withdraw", { n: applied });
  }

  /** Keep something of the record itself: drafts, what the server knows, what was shown. */
  async keep(changes) {
    Object.assign(this.record, changes);
    await keepCase(this.record);
  }

  /** Learn what the server knows: number, place, the confirmed patient, whether it is closed. */
  async learn(known) {
    const { place } = known;
    const network_point = place?.source?.startsWith("network") ? place.point : this.record.network_point;
    await this.keep({ known: { ...this.record.known, ...known }, network_point });
    this.#changed();
    await this.fitAnswers();
  }

  async #settle(receipts) {
    const settled = new Map(receipts.filter(({ case_id }) => case_id === this.id).map((entry) => [entry.seq, entry]));
    if (!settled.size) return;
    this.entries = this.entries.map((entry) => settled.get(entry.seq) ?? entry);
    this.#changed();
    const lost = receipts.find(({ kind, state }) => kind === "triage.answer" && state === "refused");
    if (lost && settled.has(lost.seq)) await this.#askAnotherWay();
  }

  /** An answer that calls for an ambulance was refused: ask for it without the questions. */
  async #askAnotherWay() {
    const { disposition, finished } = this.step;
    if (!finished || disposition?.kind !== "ambulance" || this.state.ambulance) return;
    await this.write("calls.ambulance_now", { category: disposition.category, reason: this.reason });
  }

  /** Why an ambulance is needed, in a few words. */
  get reason() {
    const turning = this.step.path.filter(({ rules_in }) => rules_in).at(-1);
    return (turning ? `${turning.short}: ${turning.text}` : this.state.problem || "Asked for by the call handler").slice(0, 200);
  }

  /** The handler has seen what was refused. */
  async dealWith(refused) {
    const seen = new Set(refused.map(({ seq }) => seq));
    this.entries = this.entries.map((entry) => (seen.has(entry.seq) ? { ...entry, dealt_with: true } : entry));
    await keepEntries(this.entries.filter(({ seq }) => seen.has(seq)));
    this.#changed();
  }

  /** Keep a call that somebody else answered too: a case of its own, and all of it sent again. */
  async keepAsOwn() {
    this.entries = this.entries.map((entry) => ({
      ...entry,
      state: entry.state === "refused" ? "unsent" : entry.state,
      body: entry.kind === "calls.open" ? { ...entry.body, call_id: null } : entry.body,
    }));
    await keepEntries(this.entries);
    this.#changed();
    flush();
  }
}
