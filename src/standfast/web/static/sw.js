// Keeps one page on the device: the empty call screen, with the files it is made of.
//
// Nothing about a patient is ever cached: the shell has none, every other page and every reply
// comes from the server or not at all. A static file's address changes when any of them does,
// so a kept one is never out of date.
//
// Version __VERSION__ (the server writes it: a new one makes the browser install this again).

const SHELL = "/calls/shell";
const CACHE = "standfast-shell";
const CALL_PATIENCE = 1500; // milliseconds: a caller is waiting
const PAGE_PATIENCE = 15_000;
const CALL_SCREEN = /^\/calls\/(?:shell|new|[0-9a-f-]{36}\/call)$/;
const REFRESH_AT_MOST_EVERY = 60_000;
const REFERENCE = /(?:(?:href|src)="|from "|import "|import\("|url\("?|new URL\(")([^"#)]+)/g;

let latestRefresh = 0;

self.addEventListener("install", (event) => {
  event.waitUntil(refresh().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data?.shell_for !== undefined) event.waitUntil(keepFor(event.data.shell_for));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(staticFile(request));
  else if (request.mode === "navigate") event.respondWith(page(request, url.pathname));
});

/** Keep the shell for *staffId* alone: one that was made for somebody else goes at once. */
async function keepFor(staffId) {
  const kept = await caches.match(SHELL);
  if (kept && /data-staff="([^"]*)"/.exec(await kept.text())?.[1] !== staffId) {
    await caches.delete(CACHE);
    latestRefresh = 0;
  }
  return refresh();
}

/** Fetch the shell and all it leads to; keep it only when every piece has come. */
async function refresh() {
  if (Date.now() - latestRefresh < REFRESH_AT_MOST_EVERY) return;
  try {
    const pieces = new Map();
    await gather(new URL(SHELL, location.origin), pieces);
    const cache = await caches.open(CACHE);
    await Promise.all([...pieces].map(([address, piece]) => cache.put(address, piece)));
    const unused = (await cache.keys()).filter(({ url }) => !pieces.has(url));
    await Promise.all(unused.map((request) => cache.delete(request)));
    latestRefresh = Date.now();
  } catch {
    // Signed out, or cut off: what was kept before stays.
  }
}

async function gather(url, pieces) {
  if (pieces.has(url.href)) return;
  pieces.set(url.href, null);
  const answer = await fetch(url, { headers: { Accept: "text/html, */*" } });
  if (!answer.ok || answer.redirected) throw new Error(`cannot keep ${url.pathname}`);
  pieces.set(url.href, answer.clone());
  if (!/html|javascript|css/.test(answer.headers.get("Content-Type"))) return;
  const text = (await answer.text()).replaceAll("&#x2f;", "/");
  const named = [...text.matchAll(REFERENCE)].map(([, address]) => new URL(address, url));
  const files = named.filter(({ origin, pathname }) => origin === url.origin && pathname.startsWith("/static/"));
  await Promise.all(files.map((file) => gather(file, pieces)));
}

async function staticFile(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** The shell stands in for the call screen and for no other page: its Enter answers a call. */
async function page(request, path) {
  const isCallScreen = CALL_SCREEN.test(path);
  const shell = await caches.match(SHELL);
  try {
    const patience = AbortSignal.timeout(isCallScreen && shell ? CALL_PATIENCE : PAGE_PATIENCE);
    const answer = await fetch(request, { signal: patience });
    if (!(isCallScreen && shell) || answer.status < 500) return answer;
  } catch {
    // The server is gone or too slow: the device answers.
  }
  return isCallScreen && shell ? shell : notAnswering(Boolean(shell));
}

/** A page of our own: what has happened, and what still works. */
async function notAnswering(hasShell) {
  const cache = await caches.open(CACHE);
  const styles = (await cache.keys()).map(({ url }) => url).filter((url) => url.endsWith(".css"));
  const links = styles.map((url) => `<link rel="stylesheet" href="${url}">`).join("");
  const call = hasShell ? `<a class="button primary" href="${SHELL}">Open the call screen</a>` : "";
  const body = `<!doctype html><html lang="en-GB"><meta charset="utf-8">
    <meta name="viewport" content="width=device-width"><title>Not answering – Standfast</title>${links}
    <main><div class="empty"><h1>This site is not answering</h1>
    <p>Wait a minute, then try again. Nothing that was sent before is lost; what you sent last may not have arrived, so look before you send it again.</p>
    <p>Calls can still be taken on this device. For anything else that cannot wait use the paper pack, and ring the ambulance desk for an ambulance.</p>
    <p class="buttons">${call} <a class="button" href="">Try again</a></p></div></main>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  return new Response(body, { status: 503, headers });
}
