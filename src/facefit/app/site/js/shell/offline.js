/** The service worker, which keeps what the page has used so that it works without the computer. */

import { inAndroidApp } from "./host.js";

const PATIENCE_MS = 20_000;

/** Resolves when the worker watches over the page, so that what is loaded from then on is kept. Never rejects. */
export async function keepForOffline() {
  if (inAndroidApp()) return; // it has everything inside
  if (!("serviceWorker" in navigator)) return; // over plain http from another computer
  let registration;
  try {
    registration = await navigator.serviceWorker.register("/service-worker.js");
  } catch {
    return; // the browser forbids it, as in private windows; everything else works
  }
  // One that is at work and leaves this page alone does so for good: the page was reloaded past it.
  if (navigator.serviceWorker.controller || registration.active?.state === "activated") return;
  await new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    setTimeout(resolve, PATIENCE_MS);
  });
}
