// Prescribing: the medicine search answers while it is typed in, the line is shown as it will
// read, and a form can be printed. Without script the buttons do the same.

import { parsed } from "./dom.js";

const PAUSE = 180; // milliseconds after the last key

const form = document.querySelector("[data-medicine-search]");
const list = document.getElementById("medicines");

if (form && list) {
  let timer = 0;
  let asked = 0;
  const search = async () => {
    const number = (asked += 1);
    const query = new URLSearchParams({ q: form.elements.q.value });
    try {
      const answer = await fetch(`${form.dataset.medicineSearch}?${query}`, {
        headers: { Accept: "text/html" },
        cache: "no-store",
        redirect: "manual",
      });
      const tells = answer.ok || answer.headers.has("Standfast-Record"); // closed: it says what opens it
      if (tells && number === asked) list.replaceChildren(parsed(await answer.text()));
    } catch {
      // The bar at the top says that the site is not answering; Find asks again.
    }
  };
  form.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
}

const writing = document.querySelector("[data-prescription]");
const preview = document.querySelector("[data-preview]");

if (writing && preview) {
  const part = (name) => preview.querySelector(`[data-preview-${name}]`);
  const unit = preview.querySelector("[data-one]");
  const show = () => {
    const { dose, own_dose: own, quantity } = writing.elements;
    const chosen = dose.value && dose.value !== "own" ? dose.value : own.value.trim();
    const amount = quantity.value.trim();
    preview.hidden = !chosen || !/^[1-9]\d*$/.test(amount);
    part("dose").textContent = chosen;
    part("quantity").textContent = Number(amount).toLocaleString("en-GB");
    unit.textContent = amount === "1" ? unit.dataset.one : unit.dataset.many;
  };
  writing.elements.own_dose.addEventListener("input", ({ target }) => {
    if (target.value.trim()) writing.querySelector("[data-own-dose]").checked = true;
  });
  writing.addEventListener("input", show);
  show();
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
