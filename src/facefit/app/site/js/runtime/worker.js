// Runs and times networks with LiteRT.js, away from the page's own thread.
//
// A classic worker, because LiteRT.js loads its WebAssembly by importScripts(), which module workers lack.

"use strict";

const VENDOR = new URL("../../vendor/litert/", self.location).href;
const VERSION = "2.5.3";
const models = new Map();
const stopped = new Set();
let nextId = 1;
let runtime = null;

const tasks = { identity, load, run, time, timePasses, dispose };

self.onmessage = async ({ data }) => {
  if (data.stop) {
    stopped.add(data.stop);
    return;
  }
  const { number, task, details } = data;
  try {
    const answer = await tasks[task](details, number);
    self.postMessage({ number, answer });
  } catch (error) {
    if (error instanceof Stopped) self.postMessage({ number, stopped: true });
    else self.postMessage({ number, error: String(error?.message ?? error) });
  } finally {
    stopped.delete(number);
  }
};

class Stopped extends Error {}

/** LiteRT.js, loaded when it is first needed. */
function litert() {
  runtime ??= start().catch((error) => {
    runtime = null;
    throw error;
  });
  return runtime;
}

async function start() {
  if (typeof WebAssembly !== "object") throw new Error("this browser cannot run WebAssembly; use a newer one");
  const library = await import(`${VENDOR}litert.js`);
  let variant = "simd";
  const importing = self.importScripts.bind(self);
  self.importScripts = (url) => {
    if (!String(url).includes("compat")) variant = "relaxed-simd";
    importing(url);
  };
  self.Module = { locateFile: (name) => VENDOR + name };
  await library.loadLiteRt(VENDOR);
  return { library, variant };
}

async function identity() {
  const { variant } = await litert();
  return { name: "litert.js", version: VERSION, variant, clockMs: clockMs(), isolated: self.crossOriginIsolated };
}

async function load({ bytes }) {
  const { library } = await litert();
  const model = await library.loadAndCompile(bytes, { accelerator: "wasm" });
  const id = nextId++;
  models.set(id, { model, noise: null });
  return { id, inputs: model.getInputDetails().map(tensorFacts), outputs: model.getOutputDetails().map(tensorFacts) };
}

function tensorFacts({ name, shape, dtype }) {
  return { name, shape: Array.from(shape), type: dtype };
}

function loaded(id) {
  const entry = models.get(id);
  if (!entry) throw new Error("the model was disposed of");
  return entry;
}

async function run({ id, inputs }) {
  const { library } = await litert();
  const { model } = loaded(id);
  const details = model.getInputDetails();
  if (inputs.length !== details.length) throw new Error(`${inputs.length} inputs; expected ${details.length}`);
  const tensors = inputs.map((values, i) => new library.Tensor(values, Array.from(details[i].shape)));
  const outputs = await model.run(tensors);
  const arrays = outputs.map((tensor) => tensor.toTypedArray().slice());
  for (const tensor of [...tensors, ...outputs]) tensor.delete();
  return arrays;
}

async function dispose({ id }) {
  const entry = loaded(id);
  models.delete(id);
  for (const tensor of entry.noise ?? []) tensor.delete();
  entry.model.delete();
}

/** Inputs that stay the same: pixels in 0..255, which suit any block as well. */
async function noise(entry) {
  const { library } = await litert();
  entry.noise ??= entry.model.getInputDetails().map(({ shape, dtype }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
    const values = new kinds[dtype](size).map(() => Math.random() * 255);
    return new library.Tensor(values, Array.from(shape));
  });
  return entry.noise;
}

/** Milliseconds that `runs` runs took together. */
async function batchMs(entry, runs) {
  const inputs = await noise(entry);
  const begin = performance.now();
  for (let i = 0; i < runs; i++) {
    for (const tensor of await entry.model.run(inputs)) tensor.delete();
  }
  return performance.now() - begin;
}

async function time({ id, milliseconds, warmUps }, number) {
  const entry = loaded(id);
  const onceMs = (await batchMs(entry, warmUps)) / warmUps;
  const together = runsForClock(onceMs);
  const runsMs = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end || runsMs.length < 3) {
    runsMs.push((await batchMs(entry, together)) / together);
    await breath(number);
  }
  return runsMs;
}

/**
 * Times models side by side: each of `orders` is a pass over all of them, in that order.
 * A burst follows `warmUps` runs and lasts about `burstMs`, at least `runs` runs. Gives the fastest run of each burst, by
 * model; where the clock is too coarse for one run, the fastest few in a row, by their mean.
 */
async function timePasses({ ids, orders, warmUps, runs, burstMs }, number) {
  const entries = ids.map(loaded);
  const passesMs = ids.map(() => []);
  let done = 0;
  for (const order of orders) {
    for (const i of order) {
      passesMs[i].push(await burst(entries[i], warmUps, runs, burstMs));
      await breath(number);
      self.postMessage({ number, progress: ++done });
    }
  }
  return passesMs;
}

async function burst(entry, warmUps, runs, burstMs) {
  const onceMs = Math.max((await batchMs(entry, warmUps)) / warmUps, 1e-3);
  const together = runsForClock(onceMs);
  const batches = Math.max(Math.ceil(runs / together), Math.min(2000, Math.ceil(burstMs / (together * onceMs))));
  let fastestMs = Infinity;
  for (let i = 0; i < batches; i++) fastestMs = Math.min(fastestMs, (await batchMs(entry, together)) / together);
  return fastestMs;
}

/** How many runs in a row last long enough for the clock: a step of it is at most a twentieth of them. */
function runsForClock(onceMs) {
  return Math.max(1, Math.ceil((20 * clockMs()) / Math.max(onceMs, 1e-3)));
}

/** Lets messages in, among them the one to stop. */
async function breath(number) {
  await new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  });
  if (stopped.has(number)) throw new Stopped();
}

let clockStepMs = null;

/** The smallest step of the clock, which browsers make coarse on purpose. */
function clockMs() {
  if (clockStepMs === null) {
    clockStepMs = Infinity;
    for (let i = 0; i < 20; i++) {
      const begin = performance.now();
      let now = begin;
      while (now === begin) now = performance.now();
      clockStepMs = Math.min(clockStepMs, now - begin);
    }
  }
  return clockStepMs;
}
