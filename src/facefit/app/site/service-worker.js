/*
 * Keeps the page working without the computer. The server puts SHELL in front of this file: the page's own files, and a
 * version that changes with them, so that a browser takes a new page as a whole.
 */

const SHELL_CACHE = `shell ${SHELL.version}`;
const RUNTIME_CACHE = `runtime ${SHELL.version}`;
const USED_CACHE = "used";
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(keepRuntime).then(takeOver));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/" || SHELL.files.includes(url.pathname)) event.respondWith(fromShell(url.pathname));
  else if (/^\/(vendor|detector)\//.test(url.pathname)) event.respondWith(fromRuntime(event, url.href));
  else if (/^\/api\/models(\/|$)/.test(url.pathname)) event.respondWith(used(event, url));
});

async function keepShell() {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(["/", ...SHELL.files]);
}

/** What the version before had of runtime and detector, so that the page starts without the computer at once. */
async function keepRuntime() {
  const earlier = (await caches.keys()).filter((name) => name.startsWith("runtime "));
  const kept = await Promise.all(earlier.map(async (name) => (await caches.open(name)).keys()));
  const paths = new Set(kept.flat().map(({ url }) => new URL(url).pathname));
  const cache = await caches.open(RUNTIME_CACHE);
  await Promise.allSettled([...paths].map((path) => cache.add(path)));
}

/** A page that is open goes on with the files that it began with: a new version waits until it is closed. */
async function takeOver() {
  if (!self.registration.active) await self.skipWaiting();
}

async function forgetOldShells() {
  const present = [SHELL_CACHE, RUNTIME_CACHE, USED_CACHE];
  const old = (await caches.keys()).filter((name) => !present.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function fromShell(path) {
  const cache = await caches.open(SHELL_CACHE);
  return (await cache.match(path)) ?? fetch(path);
}

/** Runtime and detector belong to one version of the page; they are kept when they are used for the first time. */
async function fromRuntime(event, address) {
  const cache = await caches.open(RUNTIME_CACHE);
  const kept = await cache.match(address);
  if (kept) return kept;
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then((response) => keep(cache, address, response.clone())).catch(() => {}));
  return fresh;
}

/**
 * What was kept under an address that names the content; else what the computer says or, where it is out of reach or
 * slow, what it said last. A page that has to know asks with the cache "reload".
 */
async function used(event, { href, pathname, searchParams }) {
  const cache = await caches.open(USED_CACHE);
  const kept = await cache.match(href);
  if (kept && searchParams.has("v")) return kept;
  const fresh = fetch(event.request);
  const listed = pathname === "/api/models";
  const keeping = fresh.then(async (response) => {
    const list = listed && response.ok ? response.clone() : null;
    await keep(cache, href, response.clone());
    if (list) await renew(cache, await list.json());
  });
  event.waitUntil(keeping.catch(() => {})); // no room: asked again
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

/** Networks that the list names by a new version, where an older one was used: without it they would be lost offline. */
async function renew(cache, { models }) {
  for (const { url } of models) {
    const { href } = new URL(url, location.origin);
    const versions = await cache.keys(href, { ignoreSearch: true });
    const stale = versions.length > 0 && !versions.some((version) => version.url === href);
    if (stale) await keep(cache, href, await fetch(new Request(href)));
  }
}

/** Keeps an answer, in place of other versions of the same, which go first where there is no room for both. */
async function keep(cache, address, response) {
  if (!response.ok) return;
  const again = response.clone();
  const forgetOthers = async () => {
    const versions = await cache.keys(address, { ignoreSearch: true });
    await Promise.all(versions.filter(({ url }) => url !== address).map((version) => cache.delete(version)));
  };
  await cache.put(address, response).catch(async () => {
    await forgetOthers();
    await cache.put(address, again);
  });
  await forgetOthers();
}
