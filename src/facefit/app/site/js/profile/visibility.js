// A hidden page gets little of the processor: what is timed then says nothing about the device.

/** Resolves when the page is in sight; rejects when `signal` aborts. */
export function whenVisible(signal) {
  return new Promise((resolve, reject) => {
    const settle = () => {
      if (!signal.aborted && document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", settle);
      signal.removeEventListener("abort", settle);
      if (signal.aborted) reject(new DOMException("stopped", "AbortError"));
      else resolve();
    };
    document.addEventListener("visibilitychange", settle);
    signal.addEventListener("abort", settle);
    settle();
  });
}

/** A signal that aborts when the page is hidden or `signal` aborts; call `release` in the end. */
export function whileVisible(signal) {
  const controller = new AbortController();
  const stop = () => {
    if (signal.aborted || document.visibilityState !== "visible") controller.abort();
  };
  document.addEventListener("visibilitychange", stop);
  signal.addEventListener("abort", stop);
  stop();
  const release = () => {
    document.removeEventListener("visibilitychange", stop);
    signal.removeEventListener("abort", stop);
  };
  return { signal: controller.signal, release };
}

/** Keeps the screen on until `release`, where the browser allows it. */
export async function screenLock() {
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  return { release: () => lock?.release().catch(() => {}) };
}
