/** Faces for the tabs: starts the worker when it is first needed and gives it the networks that are asked for. */

import { Unreachable } from "../api.js";
import { contentOf } from "../models.js";
import { Faces } from "./faces.js";

const AWAY = "The computer is out of reach, and what this needs is not on the phone yet.";
const DETECTOR = ["proposal", "refinement", "landmark"];

export class FaceService {
  #api;
  #starting = null;
  #used = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** The worker with the detector in it. Rejects with a sentence if it cannot be loaded. @returns {Promise<Faces>} */
  start() {
    this.#starting ??= this.#load().catch((error) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  /**
   * The worker with a network in it under the name of its role, in place of another one.
   *
   * @param {string} role
   * @param {object} entry of `models`
   * @returns {Promise<Faces>}
   */
  async startWith(role, entry) {
    const faces = await this.start();
    const content = contentOf(entry);
    if (this.#used.get(role)?.content !== content) {
      const before = this.#used.get(role)?.loading ?? Promise.resolve(); // the one asked for last has to come last
      const loading = before.catch(() => {}).then(() => this.#network(faces, role, entry));
      this.#used.set(role, { content, loading });
      loading.catch(() => this.#used.get(role)?.loading === loading && this.#used.delete(role));
    }
    await this.#used.get(role).loading;
    return faces;
  }

  async #network(faces, role, entry) {
    await faces.use(role, entry.bytes ?? (await this.#bytes(entry.url)));
  }

  async #load() {
    const files = await Promise.all(DETECTOR.map((name) => this.#bytes(`/detector/${name}.tflite`)));
    return Faces.start(Object.fromEntries(DETECTOR.map((name, i) => [name, files[i]])));
  }

  async #bytes(address) {
    try {
      return await this.#api.bytes(address);
    } catch (error) {
      throw error instanceof Unreachable ? new Error(AWAY, { cause: error }) : error;
    }
  }
}
