// What every page runs. Each module minds one thing; none knows a patient.

import "./lock.js";
import "./call-outbox.js";
import "./clock.js";
import "./forms.js";
import "./keys.js";
import "./live.js";
import "./net.js";
import "./palette.js";
import "./printed.js";
import "./rows.js";
import "./settings.js";
import "./way-in.js";
import { workerAddress } from "./dom.js";

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (target.closest("[data-closes]") || target.matches("dialog")) {
    target.closest("dialog").close();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

// A plain page scrolls in main: then, and only then, the keyboard must be able to get there.
const main = document.getElementById("main");
const reach = () => (main.tabIndex = main.scrollHeight > main.clientHeight ? 0 : -1);
new ResizeObserver(reach).observe(main);
document.addEventListener("live:placed", reach);

addEventListener("load", async () => {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(workerAddress());
    const worker = await navigator.serviceWorker.ready;
    worker.active.postMessage({ shell_for: document.body.dataset.staff ?? "" });
  } catch {
    // No worker, for example in a private window: the page itself works without one.
  }
});
