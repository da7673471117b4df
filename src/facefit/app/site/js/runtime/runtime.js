// Networks in the page: each runs in a worker, through LiteRT.js.
//
//   const model = await Model.load(bytesOrUrl);
//   const [descriptor] = await model.run([pixels]);
//   const runsMs = await model.time({ milliseconds: 2000 });
//   model.dispose();

import { RuntimeWorker } from "./worker-client.js";

let shared = null;

/** The worker that all models of the page live in; started when it is first needed. */
export function runtimeWorker() {
  shared ??= new RuntimeWorker();
  return shared;
}

/** What the runtime is: {name, version, variant, clockMs, isolated}. */
export function runtimeIdentity() {
  return runtimeWorker().ask("identity");
}

export class Model {
  #worker;
  #id;

  constructor(worker, id, facts) {
    this.#worker = worker;
    this.#id = id;
    /** @type {number[][]} */
    this.inputShapes = facts.inputs.map((tensor) => tensor.shape);
    this.inputNames = facts.inputs.map((tensor) => tensor.name);
    this.inputTypes = facts.inputs.map((tensor) => tensor.type);
    this.outputShapes = facts.outputs.map((tensor) => tensor.shape);
    this.outputNames = facts.outputs.map((tensor) => tensor.name);
  }

  /**
   * Loads a .tflite file.
   * @param {Uint8Array | ArrayBuffer | Blob | string | URL} source its bytes, or where to get them
   * @param {{worker?: RuntimeWorker}} [options] another worker than the page's own
   */
  static async load(source, options = {}) {
    const worker = options.worker ?? runtimeWorker();
    const bytes = await bytesOf(source);
    const facts = await worker.ask("load", { bytes });
    return new Model(worker, facts.id, facts);
  }

  /** Runs once: one typed array per input, in the order of `inputShapes`; gives one per output. */
  run(inputs) {
    return this.#worker.ask("run", { id: this.#id, inputs });
  }

  /**
   * Times runs one after another for about so long, after some that do not count.
   * @returns {Promise<number[]>} milliseconds of each run; where the clock is too coarse for one run, means of a few
   */
  time({ milliseconds = 1000, warmUps = 3 } = {}) {
    return this.#worker.ask("time", { id: this.#id, milliseconds, warmUps });
  }

  /** Frees its memory; the model cannot be used any more. */
  dispose() {
    return this.#worker.ask("dispose", { id: this.#id });
  }

  /** Its number in the worker, for calls that concern several models. */
  get id() {
    return this.#id;
  }
}

async function bytesOf(source) {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${source} cannot be had (status ${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}
