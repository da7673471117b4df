// The page's side of the runtime worker: a question, and a promise of the answer.

export class RuntimeWorker {
  #worker = new Worker(new URL("./worker.js", import.meta.url));
  #waiting = new Map();
  #next = 1;

  constructor() {
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => this.#failAll(event.message || "the runtime's worker could not be started");
  }

  /**
   * Asks the worker; `onProgress` gets what it tells meanwhile, and `signal` lets it stop early.
   * @returns {Promise<any>}
   */
  ask(task, details = {}, { onProgress, signal } = {}) {
    const number = this.#next++;
    const stop = () => this.#worker.postMessage({ stop: number });
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject, onProgress });
      this.#worker.postMessage({ number, task, details });
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
    }).finally(() => signal?.removeEventListener("abort", stop));
  }

  /** Ends the worker and frees all that it holds. */
  terminate() {
    this.#worker.terminate();
    this.#failAll("the runtime was ended");
  }

  #receive({ number, progress, answer, error, stopped }) {
    const call = this.#waiting.get(number);
    if (!call) return;
    if (progress !== undefined) {
      call.onProgress?.(progress);
      return;
    }
    this.#waiting.delete(number);
    if (stopped) call.reject(new DOMException("stopped", "AbortError"));
    else if (error !== undefined) call.reject(new Error(error));
    else call.resolve(answer);
  }

  #failAll(reason) {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
