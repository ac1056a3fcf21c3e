// The sign-in service has confirmed an act: the tab that asked is told which, and goes on.

const proof = document.querySelector("[data-proven]").dataset.proven;
new BroadcastChannel("standfast-step-up").postMessage({ proof });
close(); // where the browser lets us; the page says what to do where it does not
