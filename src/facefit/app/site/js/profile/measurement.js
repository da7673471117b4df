// Inference times of a few networks on this device, and the record of them.

import { taskOf } from "../tasks.js";
import { whileVisible } from "./visibility.js";
import { mean, median, quantile, standardDeviation } from "./statistics.js";

const SLICE_MS = 1000;

/**
 * Times networks in turn, a second each, so that a device that grows warm slows all of them alike.
 * @returns {Promise<{name: string, runsMs: number[]}[]>} rejects with an AbortError when stopped or hidden
 */
export async function measure(models, names, seconds, signal, tell) {
  const sight = whileVisible(signal);
  try {
    const rows = names.map((name) => ({ name, runsMs: [] }));
    for (let slice = 0; slice < seconds; slice++) {
      for (const [i, row] of rows.entries()) {
        sight.signal.throwIfAborted();
        const model = await models.load(row.name);
        row.runsMs.push(...(await model.time({ milliseconds: SLICE_MS })));
        tell((slice * rows.length + i + 1) / (seconds * rows.length));
      }
    }
    return rows;
  } finally {
    sight.release();
  }
}

export function figures(runsMs) {
  return {
    runs: runsMs.length,
    mean_ms: mean(runsMs),
    standard_deviation_ms: standardDeviation(runsMs),
    median_ms: median(runsMs),
    p90_ms: quantile(runsMs, 0.9),
    minimum_ms: Math.min(...runsMs),
  };
}

/** What is shared: figures and all runs, with the browser they are of. */
export function record(identity, rows, entryOf) {
  return {
    schema: "facefit.browser-latency/1",
    ...identity,
    runtime: "litert.js",
    threads: 1,
    measured_at: new Date().toISOString(),
    networks: rows.map(({ name, runsMs }) => {
      const entry = entryOf(name);
      const { title, kind } = entry;
      return { name, title, kind, task: taskOf(entry) ?? null, ...figures(runsMs), runs_ms: runsMs };
    }),
  };
}
