// Attaching files to a case: <file-drop data-to="/files/cases/…" data-list="files">.
//
// By button, by dropping on its panel, or by pasting. One file is sent at a time. While this site
// does not answer, what was chosen waits here, in this tab alone: it is on no disk and in no
// outbox, goes by itself when the site is back, and leaving the page warns.

import { button, icon, make } from "./dom.js";
import { refresh } from "./live.js";
import { isAnswering } from "./net.js";

const LARGEST = 10 * 1024 * 1024;
const TAKES = ["image/jpeg", "image/png", "image/webp", "application/pdf"];
const CUT_OFF = "Not attached yet: this site is not answering. It waits in this tab, is not saved on this device, and goes by itself when the site is back. Keep this tab open.";

class FileDrop extends HTMLElement {
  #sending = make("ul", { class: "sending" });
  #waiting = [];
  #now = null;
  #said = make("p", { class: "hidden-text", role: "status" });

  static observedAttributes = ["data-to"];

  /** The case is known at this site from now on. */
  attributeChangedCallback() {
    if (this.isConnected) this.#next();
  }

  connectedCallback() {
    const choose = make("input", { type: "file", accept: TAKES.join(","), multiple: true, hidden: true, "aria-label": "Files to attach", onchange: () => this.#take(choose) });
    const opener = button("Attach a file", { key: "Alt U", symbol: "plus", onclick: () => choose.click() });
    this.replaceChildren(
      choose,
      make("p", {}, opener),
      this.#sending,
      make("p", { class: "small muted" }, "Or drop it here, or paste it. Picture or PDF, up to 10 MB. Where and when a picture was taken is removed, and so are links in a PDF."),
      this.#said,
    );
    const panel = this.closest(".panel") ?? this;
    panel.addEventListener("dragover", (event) => this.#over(event));
    panel.addEventListener("dragleave", () => this.removeAttribute("data-over"));
    panel.addEventListener("drop", (event) => this.#dropped(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
    document.addEventListener("net", () => this.#next());
    document.addEventListener("unlocked", () => this.#next());
    addEventListener("beforeunload", (event) => {
      if ("locked" in document.documentElement.dataset) return; // somebody else takes over: nothing may stay
      if (this.#now || this.#waiting.length) event.preventDefault();
    });
    this.list?.addEventListener("click", (event) => this.#withdraw(event));
  }

  get list() {
    return document.getElementById(this.dataset.list);
  }

  #take(chosen) {
    for (const file of chosen.files) this.add(file);
    chosen.value = "";
  }

  #over(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.toggleAttribute("data-over", true);
  }

  #dropped(event) {
    this.removeAttribute("data-over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    for (const file of event.dataTransfer.files) this.add(file);
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !this.checkVisibility()) return;
    event.preventDefault();
    for (const file of files) this.add(file);
  }

  /** Put *file* in line; say at once what the server would refuse anyhow. */
  add(file) {
    const item = { file, line: make("li", {}), xhr: null };
    this.#sending.append(item.line);
    if (file.size > LARGEST) return this.#wrong(item, "The file is larger than 10 MB: send a smaller picture, or fewer pages", false);
    this.#waiting.push(item);
    this.#show(item, "wait", "Waits its turn");
    this.#next();
  }

  #next() {
    if (this.#now) return;
    if (!isAnswering() || !this.dataset.to) {
      const words = this.dataset.to ? CUT_OFF : "Not attached yet: the call has not reached this site. It waits in this tab and goes by itself. Keep this tab open.";
      for (const item of this.#waiting) this.#show(item, "wait", words);
      return;
    }
    this.#now = this.#waiting.shift() ?? null;
    if (this.#now) this.#send(this.#now);
  }

  #send(item) {
    const bar = make("progress", { max: 100, value: 0, "aria-label": `Sending ${item.file.name}` });
    this.#show(item, "sending", "", bar);
    const form = new FormData();
    form.set("size", String(item.file.size));
    form.set("staff", document.body.dataset.staff ?? ""); // who chose it: nobody else sends it
    form.set("file", item.file);
    const xhr = (item.xhr = new XMLHttpRequest());
    xhr.open("POST", this.dataset.to);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.responseType = "json";
    xhr.upload.onprogress = ({ loaded, total }) => {
      bar.value = total ? (100 * loaded) / total : 0;
      if (loaded === total) item.words.textContent = "Sent. It is being looked into";
    };
    xhr.onload = () => this.#answered(item, xhr);
    xhr.onerror = () => this.#cutOff(item);
    xhr.onabort = () => this.#finish(item);
    xhr.send(form);
  }

  #answered(item, xhr) {
    if (xhr.status === 201) {
      const waits = xhr.response?.scan === "waiting" ? " It waits for the virus scanner." : "";
      this.#said.textContent = `${xhr.response?.name ?? "The file"} is attached.${waits}`;
      this.#finish(item);
      if (this.list) refresh(this.list);
    } else if (xhr.status === 423) {
      document.dispatchEvent(new Event("locked"));
      this.#again(item, "Not attached yet: the screen is locked. It goes when somebody is back.");
    } else if (xhr.status === 401) this.#again(item, "Not attached yet: nobody is signed in. Sign in again in another tab, then press Send again.", true);
    else this.#wrong(item, xhr.response?.error ?? "The file was not attached. Send it again", true);
  }

  #cutOff(item) {
    this.#again(item, CUT_OFF, true);
  }

  /** Keep it for another try: by itself when something changes, or by the button. */
  #again(item, words, stays = false) {
    this.#now = null;
    this.#waiting.unshift(item);
    const send = button("Send again", { kind: "little", onclick: () => this.#next() });
    this.#show(item, "wait", words, stays ? send : null);
  }

  #wrong(item, words, mayTry) {
    if (this.#now === item) this.#now = null;
    const send = mayTry && button("Send again", { kind: "little", onclick: () => (item.line.remove(), this.add(item.file)) });
    this.#show(item, "wrong", words, send);
    this.#said.textContent = `${item.file.name}: ${words}`;
    this.#next();
  }

  #finish(item) {
    item.line.remove();
    this.#waiting = this.#waiting.filter((each) => each !== item);
    if (this.#now === item) this.#now = null;
    this.#next();
  }

  #show(item, state, words, ...more) {
    item.line.dataset.state = state;
    item.words = make("span", { class: "words small" }, words);
    const drop = state === "sending" ? "Cancel" : "Remove";
    item.line.replaceChildren(
      state === "wrong" ? icon("stop") : icon("note"),
      make("b", {}, item.file.name),
      ...more.filter(Boolean),
      button(drop, { kind: "little", "aria-label": `${drop} ${item.file.name}`, onclick: () => (state === "sending" ? item.xhr.abort() : this.#finish(item)) }),
      item.words,
    );
    item.line.scrollIntoView({ block: "nearest" });
  }

  /** Ask why in place, so that a call in hand stays on the screen. */
  #withdraw(event) {
    const link = event.target.closest("[data-withdraw]");
    if (!link) return;
    event.preventDefault();
    const wrong = make("p", { class: "error", role: "alert", id: "withdraw-wrong" });
    const reason = make("input", { class: "input", id: "withdraw-reason", name: "reason", maxlength: 200, autocomplete: "off", autofocus: true, "aria-describedby": "withdraw-wrong" });
    const dialog = make("dialog", { class: "card", "aria-label": "Withdraw a file", onclose: () => (dialog.remove(), link.isConnected && link.focus()) });
    const carryOut = async (submitted) => {
      submitted.preventDefault();
      const answer = await fetch(link.href, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ reason: reason.value }) }).catch(() => null);
      if (answer?.ok) {
        dialog.close();
        refresh(this.list);
        return;
      }
      const said = await answer?.json().catch(() => null);
      wrong.textContent = said?.error ?? "The file was not withdrawn: this site is not answering. Press Withdraw again when it is back";
      reason.setAttribute("aria-invalid", "true");
      reason.focus();
    };
    dialog.append(
      make("section", { class: "confirm calm" },
        make("header", {}, icon("cross"), make("h2", {}, `Withdraw ${link.dataset.withdraw}?`)),
        make("div", {}, make("form", { "data-throw-away": true, class: "form", onsubmit: carryOut },
          make("p", {}, "Nobody can open it afterwards. Its name, who attached it, and your reason stay on the case. It is not destroyed."),
          make("div", { class: "field" }, make("label", { for: "withdraw-reason" }, "Why is it withdrawn?"), wrong, reason),
          make("p", { class: "buttons" },
            make("button", { class: "button danger" }, icon("cross"), make("span", {}, "Withdraw")),
            button("Keep it", { kind: "quiet", shownKey: "Esc", onclick: () => dialog.close() }))))),
    );
    document.body.append(dialog);
    dialog.showModal();
    reason.focus();
  }
}

customElements.define("file-drop", FileDrop);
