/** Faces of photos and frames, found in a worker: what the tabs use. */

import { readPhoto } from "./photo_pixels.js";

export class Faces {
  #worker;
  #waiting = new Map();
  #count = 0;

  /** @param {{proposal: Uint8Array, refinement: Uint8Array, landmark: Uint8Array}} detector files of its networks */
  static async start(detector) {
    const faces = new Faces();
    await faces.#call("start", [detector]);
    return faces;
  }

  constructor() {
    this.#worker = new Worker(new URL("./worker.js", import.meta.url));
    this.#worker.onmessage = ({ data }) => this.#answer(data);
    this.#worker.onerror = (event) => this.#fail(event.message ?? "the worker did not start");
  }

  /** Makes a network known under a name. @returns {Promise<{size: number, outputs: string[]}>} */
  use(name, file) {
    return this.#call("use", [name, file]);
  }

  /**
   * Finds the faces of a photo and keeps its pixels, under a key of its own, until they are to be forgotten.
   *
   * @param {Blob} file
   * @returns {Promise<{key: number, width: number, height: number, faces: import('./detector.js').Face[]}>}
   */
  async read(file) {
    const bitmap = await readPhoto(file);
    return this.#call("read", [bitmap], [bitmap]);
  }

  /** Lets go of a kept photo. */
  forget(key) {
    return this.#call("forget", [key]);
  }

  /** Unit descriptors of the faces of a kept photo. @returns {Promise<Float32Array[]>} */
  describe(key, name, view) {
    return this.#call("describe", [key, name, view]);
  }

  /** Faces of a frame with probabilities, and milliseconds of each step. */
  frame(name, bitmap, view) {
    return this.#call("frame", [name, bitmap, view], [bitmap]);
  }

  #call(call, values, transfer = []) {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, values }, transfer);
    });
  }

  #answer({ id, result, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  }

  #fail(message) {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
  }
}
