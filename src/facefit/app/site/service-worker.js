/*
 * Keeps the page working without the computer. The server puts SHELL in front of this file: the page's own files, and a
 * version that changes with them, so that a browser takes a new page as a whole.
 */

const SHELL_CACHE = `shell ${SHELL.version}`;
const USED_CACHE = "used";
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => takeOver()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/" || SHELL.files.includes(url.pathname)) event.respondWith(fromShell(url.pathname));
  else if (isKept(url.pathname)) event.respondWith(used(event, url));
});

async function keepShell() {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(["/", ...SHELL.files]);
}

/** A page that is open goes on with the files that it began with: a new version waits until it is closed. */
async function takeOver() {
  if (!self.registration.active) await self.skipWaiting();
}

async function forgetOldShells() {
  const old = (await caches.keys()).filter((name) => name !== SHELL_CACHE && name !== USED_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Runtime, detector and networks: kept when they are used for the first time. */
function isKept(path) {
  return ["/vendor/", "/detector/"].some((start) => path.startsWith(start)) || /^\/api\/models(\/|$)/.test(path);
}

async function fromShell(path) {
  const cache = await caches.open(SHELL_CACHE);
  return (await cache.match(path)) ?? fetch(path);
}

/**
 * What was kept under an address that names the content; else what the computer says or, where it is out of reach or
 * slow, what it said last. A page that has to know asks with the cache "reload".
 */
async function used(event, { href, searchParams }) {
  const cache = await caches.open(USED_CACHE);
  const kept = await cache.match(href);
  if (kept && searchParams.has("v")) return kept;
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then((response) => keep(cache, href, response.clone())).catch(() => {})); // no room: asked again
  if (!kept || event.request.cache === "reload") return fresh;
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([
    fresh.then(
      (response) => (response.status < 500 ? response : kept),
      () => kept,
    ),
    patience,
  ]);
}

/** Keeps an answer, in place of other versions of the same. */
async function keep(cache, address, response) {
  if (!response.ok) return;
  await cache.put(address, response);
  const versions = await cache.keys(address, { ignoreSearch: true });
  await Promise.all(versions.filter(({ url }) => url !== address).map((version) => cache.delete(version)));
}
