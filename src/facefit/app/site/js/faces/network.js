/** A `.tflite` network on LiteRT.js, inside a worker: one image in, named results out. */

import { Tensor, loadAndCompile } from "../../vendor/litert/litert.js";

/** @implements {import('./detector.js').Network} */
export class LiteRtNetwork {
  #model;
  #input;

  constructor(model) {
    this.#model = model;
    [this.#input] = model.getInputDetails();
  }

  /** @param {Uint8Array} file */
  static async load(file) {
    return new LiteRtNetwork(await loadAndCompile(file, { accelerator: "wasm" }));
  }

  /** Shape of the image, (1, h, w, 3). */
  get inputShape() {
    return Array.from(this.#input.shape);
  }

  get outputNames() {
    return this.#model.getOutputDetails().map(({ name }) => name);
  }

  /** @param {Float32Array} pixels */
  async run(pixels) {
    const image = new Tensor(pixels, this.inputShape);
    const results = await this.#model.run({ [this.#input.name]: image });
    image.delete();
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, taken(tensor)]));
  }

  dispose() {
    this.#model.delete();
  }
}

/** The values of a tensor, out of the memory of the runtime. */
function taken(tensor) {
  const values = tensor.toTypedArray().slice();
  tensor.delete();
  return values;
}
