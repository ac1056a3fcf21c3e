// The call screen: which call is in hand, which view is shown, and what the keys do.
//
// It needs no server. The shell is empty; the call comes from the device's journal by the id in
// the address, else from the server, else it is begun here.

import { ABSENT } from "./call-absent.js";
import { Address } from "./call-address.js";
import { Ambulance } from "./call-ambulance.js";
import { Closed, closed } from "./call-closed.js";
import { recordFacts, recordNotes } from "./call-facts.js";
import { allCases, contentOf, forgetCase, keepContent, latestContent } from "./call-journal.js";
import { Call } from "./call-model.js";
import { Outcome } from "./call-outcome.js";
import { flush, tidy } from "./call-outbox.js";
import { Patients } from "./call-patient.js";
import { ready } from "./call-ready.js";
import { describe } from "./call-state.js";
import { showWayIn } from "./call-way-in.js";
import { button, icon, make, parsed, phone } from "./dom.js";
import { refresh } from "./live.js";
import { isAnswering } from "./net.js";
import "./call-runner.js";

const screen = document.getElementById("call");
const runner = document.querySelector("triage-runner");
const JSON_ONLY = { headers: { Accept: "application/json" } };
const element = (id) => document.getElementById(id);
const path = /^\/calls\/([0-9a-f-]{36})\/call$/;

let call = null;
let view = "question";
let address = null;
let ambulance = null;

/** The questions: what the device has at once; the server's newer ones for the next call. */
async function questions() {
  if (screen.dataset.triage === "none") return ABSENT;
  const kept = await latestContent();
  const fetched = fetch("/triage/content.json", JSON_ONLY)
    .then(async (answer) => {
      if (!answer.ok) throw new Error("no content");
      const protocols = await answer.json();
      await keepContent(protocols);
      return protocols;
    });
  if (!kept) return fetched;
  fetched.catch(() => undefined);
  return kept.protocols;
}

const contentNamed = async (version) => (screen.dataset.triage === "none" ? ABSENT : ((await contentOf(version))?.protocols ?? questions()));

async function start() {
  const caseId = path.exec(location.pathname)?.[1];
  const asked = new URLSearchParams(location.hash.slice(1) || location.search);
  if (caseId) return resume(caseId);
  if (asked.has("case")) {
    history.replaceState(null, "", `/calls/${asked.get("case")}/call`);
    return resume(asked.get("case"));
  }
  if (asked.has("call")) return answer(asked.get("call"));
  if (asked.has("new")) return answer(null);
  await ready({ runner, answer, protocols: questions() });
  tidy();
}

/** Answer a call: the case exists, on this device, before anything else happens. */
async function answer(callId, number = "") {
  const already = callId && (await allCases()).find(({ call_id }) => call_id === callId);
  if (already) {
    history.replaceState(null, "", `/calls/${already.case_id}/call`);
    return resume(already.case_id);
  }
  const begun = await Call.begin(await questions(), callId, number);
  history.replaceState(null, "", `/calls/${begun.id}/call`);
  take(begun);
  tidy(begun.id);
}

async function resume(caseId) {
  const held = await Call.resume(caseId, contentNamed);
  if (held) {
    take(held);
    learn();
    flush();
    return;
  }
  try {
    const known = await ask(caseId);
    take(await Call.takeOver(known, await questions()));
  } catch (error) {
    if (error instanceof Closed) runner.replaceChildren(closed(error));
    else missing();
  }
}

function missing() {
  const words = isAnswering() ? "There is no such call here. Find it with Ctrl K, or take a new call." : "This device does not hold this call, and this site is not answering.";
  runner.replaceChildren(make("div", { class: "ringing" }, make("h2", { class: "question" }, "No call here"), make("p", {}, words), make("a", { class: "button primary", href: "/calls/waiting" }, "Waiting calls")));
}

async function ask(caseId) {
  const answered = await fetch(`/calls/${caseId}/resume`, JSON_ONLY);
  if (answered.status === 403 || answered.status === 428) throw new Closed(await answered.json());
  if (!answered.ok) throw new Error(answered.status);
  return answered.json();
}

/** Learn what the server knows by now, and show who it is about. */
async function learn() {
  if (!isAnswering()) return;
  try {
    const known = await ask(call.id);
    await call.learn(known);
    if (known.closed_at && call.isSent) {
      await forgetCase(call.id);
      location.replace(`/calls/${call.id}`);
    }
  } catch {
    // Not sent yet, or cut off: asked again when something has been.
  }
}

/** Put *taken* in hand: from here on every view shows it. */
function take(taken) {
  call = taken;
  document.title = `Call ${call.reference} – Standfast`;
  const { desk, provider, acceptSeconds, showSoFar } = screen.dataset;
  screen.dataset.state = "on-call";
  runner.run(call);
  recordFacts(call);
  showWayIn(call);
  const saveNotes = recordNotes(call);
  new Patients(call, { learn });
  ambulance = new Ambulance(call, { desk, provider, acceptSeconds: Number(acceptSeconds) });
  address = new Address(call);
  new Outcome(call, { showSoFar: showSoFar === "yes", learn });
  for (const id of ["receipts", "context"]) element(id).dataset.live = `/calls/${call.id}/_${id}`;
  element("context").addEventListener("live:placed", showBanner);
  element("receipts").addEventListener("live:placed", learnSoon);
  if (element("files")) element("files").dataset.live = `/files/cases/${call.id}/_list`;
  call.addEventListener("changed", drawStrip);
  call.addEventListener("changed", drawRefused);
  if (call.record.banner) element("banner").replaceChildren(parsed(call.record.banner));
  actions(saveNotes);
  drawStrip();
  drawRefused();
  show(firstView());
  if (call.entries.some(({ state }) => state === "stored")) refreshAll();
  if (call.isSent) mayAttach();
  let sent = call.isSent;
  call.addEventListener("changed", () => {
    if (call.isSent && !sent) refreshAll();
    if (call.isSent) mayAttach();
    sent = call.isSent;
  });
}

/** This site knows the case: files can be sent to it. */
function mayAttach() {
  const drop = document.querySelector("file-drop:not([data-to])");
  if (drop) drop.dataset.to = `/files/cases/${call.id}`;
}

let learning;
function learnSoon() {
  clearTimeout(learning);
  learning = setTimeout(learn, 300);
}

function refreshAll() {
  for (const id of ["receipts", "context", "files"]) if (element(id)) refresh(element(id));
  learnSoon();
}

/** The server's banner moves to its place; a copy is kept for when the server is gone. */
function showBanner() {
  const fresh = element("context").querySelector(".patient");
  if (!fresh) return;
  const html = fresh.outerHTML;
  if (element("banner").innerHTML.trim() !== html) element("banner").replaceChildren(fresh);
  else fresh.remove();
  if (call.record.banner !== html) call.keep({ banner: html });
}

function firstView() {
  if (ambulance.asked && call.step.finished) return "ambulance";
  return isPastThreats() && !call.record.asked_who ? "who" : "question";
}

const isPastThreats = () => call.step.finished || call.step.question.protocol !== call.protocols.life_threats;

/** Show one of the three views of the middle: question, who, ambulance. */
function show(name) {
  view = name;
  runner.hidden = name !== "question";
  element("who").hidden = name !== "who";
  element("who-foot").hidden = name !== "who";
  element("ambulance").hidden = name !== "ambulance";
  const place = element("place");
  (name === "ambulance" ? element("ambulance-place") : element("who-place")).append(place);
  (name === "ambulance" ? element("where-to") : place).after(element("way-in-kept"));
  for (const tab of document.querySelectorAll("[data-view]")) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
  for (const part of ["middle", "standing"]) element(part).scrollTop = 0;
  if (name === "question") runner.take();
  else if (name === "ambulance") address.take();
  else focusFirst(element(name));
}

function focusFirst(part) {
  const fields = [...part.querySelectorAll("input, select, textarea")].filter((field) => field.checkVisibility());
  (fields.find(({ value, type }) => !value && type !== "checkbox") ?? fields[0])?.focus({ preventScroll: true });
}

function drawStrip() {
  const { number, record, state } = call;
  element("call-state").textContent = record.known.hung_up_at ? "Caller hung up" : state.finished ? "Call finished" : "On call";
  element("call-state").dataset.state = record.known.hung_up_at ? "held" : "";
  element("call-timer").dataset.since = record.opened_at;
  element("call-number").textContent = number ? phone(number) : record.call_id ? "Number withheld or not known yet" : "Take the number from the phone";
  const caller = state.caller;
  const with_patient = { true: "with the patient", false: "not with the patient" }[caller?.with_patient];
  element("call-caller").textContent = caller ? [caller.name, caller.relationship === "self" ? "the patient" : caller.relationship, caller.relationship === "self" ? "" : with_patient].filter(Boolean).join(", ") : "";
  const { address, postcode, point } = call.place;
  const where = [address, postcode].filter(Boolean).join(", ");
  element("call-place").textContent = where || (point ? "Network location" : "No location yet");
  element("call-unsent").hidden = call.isSent;
  element("call-unsent-count").textContent = `${state.unsent} to send`;
  element("call-reference").textContent = call.reference;
}

/** What the server did not take: each with its sentence, until somebody has dealt with it. */
function drawRefused() {
  const place = element("refused");
  const { refused } = call.state;
  const shownNow = refused.map(({ id }) => id).join();
  if ((place.dataset.shown ?? "") === shownNow) return;
  place.dataset.shown = shownNow;
  place.hidden = !refused.length;
  if (!refused.length) return place.replaceChildren();
  const opening = refused.find(({ kind }) => kind === "calls.open");
  const shown = opening ? [opening] : refused;
  const lines = shown.slice(0, 4).map((entry) => make("li", {}, make("b", {}, `Not taken: ${describe(entry)}. `), entry.reason));
  const firstAnswer = refused.find(({ kind }) => kind === "triage.answer");
  const buttons = opening
    ? [
        button("I am speaking to this caller: keep the call", { kind: "primary", key: "Alt Y", onclick: () => call.keepAsOwn() }),
        button("Leave it, back to waiting calls", { key: "Alt Z", onclick: () => leave() }),
      ]
    : [
        firstAnswer && button("Ask again from there", { key: "Alt Y", onclick: () => askAgain(refused, firstAnswer) }),
        button("I have dealt with it", { key: "Alt Z", onclick: () => call.dealWith(refused) }),
      ];
  place.replaceChildren(icon("stop"), make("div", {}, make("ul", {}, lines), make("p", { class: "buttons" }, buttons)));
}

async function leave() {
  await forgetCase(call.id);
  location.assign("/calls/waiting");
}

async function askAgain(refused, { body }) {
  await call.dealWith(refused);
  await call.write("triage.withdraw", { n: body.n });
  show("question");
}

function actions(saveNotes) {
  document.addEventListener("click", ({ target }) => {
    const tab = target.closest("[data-view]");
    if (tab) show(tab.dataset.view);
    const act = target.closest("[data-act]")?.dataset.act;
    if (act) acts[act]?.();
  });
  const acts = {
    ambulance: () => now(),
    clinician: () => clinician(),
    finish: () => finish(saveNotes),
    exit: () => exit(saveNotes),
    "who-done": () => whoDone(),
  };
  runner.addEventListener("asking", () => view === "question" || show("question"));
  runner.addEventListener("answered", () => {
    if (ambulance.asked && call.step.finished) show("ambulance");
    else if (isPastThreats() && !call.record.asked_who) show("who");
  });
  runner.addEventListener("unkept", () => {
    element("unkept").hidden = false;
  });
}

async function now() {
  const category = await ambulance.ask();
  if (!category) return;
  await call.write("calls.ambulance_now", { category, reason: call.reason });
  show("ambulance");
}

function whoDone() {
  call.keep({ asked_who: true });
  show(call.step.finished && call.step.disposition.kind === "ambulance" ? "ambulance" : "question");
}

async function clinician() {
  if (!call.state.clinician) await call.write("calls.clinician", { reason: call.reason });
  element("clinician-said").hidden = false;
}

/** The handler's part is done: all of it must be sent, then the case is closed on its page. */
async function finish(saveNotes) {
  await saveNotes();
  if (!call.step.finished && !call.state.ambulance && !call.state.clinician) return exit(saveNotes);
  return sendAndClose();
}

async function sendAndClose() {
  if (ambulance.mustPhone) {
    show("ambulance");
    element("incident-number")?.focus();
    return;
  }
  if (!call.state.finished) await call.write("calls.finish", {});
  await flush();
  if (call.isSent && isAnswering()) location.assign(`/calls/${call.id}/close`);
  else element("kept").showModal();
}

/** Leave the questions before their end: say why, and finish. */
async function exit(saveNotes) {
  await saveNotes();
  const dialog = element("early-exit");
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    async () => {
      if (!dialog.returnValue) return;
      await call.write("calls.note", { text: `Left the questions early: ${dialog.returnValue}` });
      await sendAndClose();
    },
    { once: true },
  );
}

addEventListener("hashchange", () => location.reload());
start();
