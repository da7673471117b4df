// Times what the computer asks for, until its job is over. The computer keeps every finished portion: whatever
// interrupts the page or the computer costs one portion at most.

import { ApiError, Unreachable } from "../api.js";
import { Model } from "../runtime/runtime.js";
import { RuntimeWorker } from "../runtime/worker-client.js";
import { screenLock, whenVisible, whileVisible } from "./visibility.js";

const IDLE_MS = 150;
const RETRY_MS = 2000;
const REPORT_MS = 1000;

export class TimingAgent {
  #api;
  #begin;
  #tell;
  #reported = 0;

  /**
   * @param {import("../api.js").Api} api
   * @param {() => Promise<object>} begin starts the job, or goes on with it; called again when the computer forgot it
   * @param {(state: {job?: object, steps: number, paused?: "hidden" | "unreachable"}) => void} tell
   */
  constructor(api, begin, tell) {
    this.#api = api;
    this.#begin = begin;
    this.#tell = tell;
  }

  /** Serves until the job is done or failed, and gives its last state. Rejects with an AbortError if stopped. */
  async run(signal) {
    const lock = await screenLock();
    const worker = new RuntimeWorker();
    try {
      let job = await this.#retrying(this.#begin, signal);
      while (job.state === "running") job = await this.#step(worker, signal);
      return job;
    } finally {
      worker.terminate();
      lock.release();
    }
  }

  async #step(worker, signal) {
    const { job, work } = await this.#retrying(() => this.#asked(), signal);
    this.#tell({ job, steps: 0 });
    if (work) await this.#serve(job, work, worker, signal);
    else if (job.state === "running") await pause(IDLE_MS, signal);
    return job;
  }

  /** What the computer wants. A restarted computer knows the device, but not the job: it is begun again. */
  async #asked() {
    try {
      return await this.#api.get("/api/work");
    } catch (error) {
      if (!isGone(error)) throw error;
      return { job: await this.#begin(), work: null };
    }
  }

  async #serve(job, work, worker, signal) {
    if (document.visibilityState !== "visible") {
      this.#tell({ job, steps: 0, paused: "hidden" });
      await whenVisible(signal);
    }
    const sight = whileVisible(signal);
    try {
      const passes_ms = await this.#time(job, work, worker, sight.signal);
      await this.#retrying(() => this.#api.post(`/api/work/${work.number}`, { passes_ms }), signal);
    } catch (error) {
      if (signal.aborted || !(error.name === "AbortError" || isGone(error))) throw error;
      // Hidden, or the computer was restarted meanwhile: the portion is dropped, and work asked for again.
    } finally {
      sight.release();
    }
  }

  async #time(job, work, worker, signal) {
    const load = async ({ key }) => {
      const bytes = await this.#retrying(() => this.#api.bytes(`/api/work/models/${key}`, { signal }), signal);
      return Model.load(bytes, { worker });
    };
    const loaded = await Promise.allSettled(work.models.map(load));
    const models = loaded.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    try {
      for (const { reason } of loaded) if (reason) throw reason;
      return await worker.ask(
        "timePasses",
        {
          ids: models.map((model) => model.id),
          orders: work.orders,
          warmUps: work.warm_ups,
          runs: work.runs,
          burstMs: work.burst_ms,
        },
        { signal, onProgress: (steps) => this.#report(job, work, steps) },
      );
    } finally {
      await Promise.all(models.map((model) => model.dispose()));
    }
  }

  #report(job, work, steps) {
    this.#tell({ job, steps });
    if (performance.now() - this.#reported < REPORT_MS) return;
    this.#reported = performance.now();
    this.#api.post(`/api/work/${work.number}/progress`, { steps }).catch(() => {}); // only the terminal's bar
  }

  /** Tries again as long as the computer is out of reach. */
  async #retrying(attempt, signal) {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unreachable) && error.status !== 429) throw error;
        this.#tell({ steps: 0, paused: "unreachable" });
        await pause(RETRY_MS, signal);
      }
    }
  }
}

/** Whether the computer does not know what was asked for: it was restarted, or went on with something else. */
function isGone(error) {
  return error instanceof ApiError && (error.status === 404 || error.status === 409);
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
