// The device's own journal of calls: IndexedDB, written before anything goes to the network.
//
// cases: one record for each call in hand, with what is typed and not yet an entry (drafts).
// entries: what happened, in order, each "unsent", "stored" or "refused" by the server.
// content: the questions, by version, so that a call ends with the content it began with.
// A case is removed with all its entries once the server says that it is closed.

const NAME = "standfast-calls";
const STRICT = { durability: "strict" }; // on disk before it counts
const AT_ONCE = { durability: "relaxed" }; // outlives the browser; for each key somebody types

let opened;

const open = () => (opened ??= new Promise((resolve, reject) => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore("cases", { keyPath: "case_id" });
    database.createObjectStore("content", { keyPath: "version" });
    const entries = database.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
    entries.createIndex("case_id", "case_id");
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
}));

/** Run one transaction; its promise resolves with the request's result once it is on disk. */
async function transact(stores, mode, work, options = STRICT) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, options);
    const request = work(transaction);
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

const read = (store, work) => transact([store], "readonly", (tx) => work(tx.objectStore(store)));
const write = (store, work) => transact([store], "readwrite", (tx) => work(tx.objectStore(store)));

/** A new identifier: UUID version 7, ordered by time. */
export function newId(instant = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint16(0, Math.trunc(instant / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, instant % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export const allCases = () => read("cases", (store) => store.getAll());
export const caseRecord = (caseId) => read("cases", (store) => store.get(caseId));

/** Keep a case's record. Committed without waiting for an answer: the page may go at any key. */
export const keepCase = (record) =>
  transact(
    ["cases"],
    "readwrite",
    (transaction) => {
      const request = transaction.objectStore("cases").put(record);
      transaction.commit();
      return request;
    },
    AT_ONCE,
  );

export const allEntries = () => read("entries", (store) => store.getAll());
export const entriesOf = (caseId) => read("entries", (store) => store.index("case_id").getAll(caseId));

/** Write one entry; it has its place in the order (seq) once this resolves. */
export async function addEntry(entry) {
  const seq = await write("entries", (store) => store.add(entry));
  return { ...entry, seq };
}

/** Write changed entries back, as when receipts have come. */
export const keepEntries = (entries) =>
  write("entries", (store) => {
    for (const entry of entries) store.put(entry);
  });

/** Begin a case: its record and first entries together, or neither. */
export const beginCase = (record, entries) =>
  transact(["cases", "entries"], "readwrite", (tx) => {
    tx.objectStore("cases").put(record);
    for (const entry of entries) tx.objectStore("entries").add(entry);
  });

/** Forget a case and everything about it, but what others wrote here and could not send yet. */
export const forgetCase = (caseId, staffId = document.body.dataset.staff ?? "") =>
  transact(["cases", "entries"], "readwrite", (tx) => {
    tx.objectStore("cases").delete(caseId);
    const cursor = tx.objectStore("entries").index("case_id").openCursor(caseId);
    cursor.onsuccess = () => {
      if (!cursor.result) return;
      const { state, staff_id } = cursor.result.value;
      if (state !== "unsent" || staff_id === staffId) cursor.result.delete();
      cursor.result.continue();
    };
  });

export const contentOf = (version) => read("content", (store) => store.get(version));

/** The content that came last. */
export async function latestContent() {
  const kept = await read("content", (store) => store.getAll());
  return kept.sort((one, other) => other.kept_at - one.kept_at)[0];
}

/** Keep content, and drop versions that no call in hand was begun with. */
export async function keepContent(protocols) {
  const versions = new Set((await allCases()).map(({ version }) => version));
  await write("content", (store) => {
    const cursor = store.openKeyCursor();
    cursor.onsuccess = () => {
      if (!cursor.result) return;
      const version = cursor.result.key;
      if (version !== protocols.version && !versions.has(version)) store.delete(version);
      cursor.result.continue();
    };
    store.put({ version: protocols.version, protocols, kept_at: Date.now() });
  });
}
