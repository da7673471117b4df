/** What the worker does with photos and frames: finds faces, cuts out views of them, and asks networks about those. */

import { loadLiteRt } from "../../vendor/litert/litert.js";
import { viewFace } from "./alignment.js";
import { FaceDetector } from "./detector.js";
import { withImageSize } from "./model_shapes.js";
import { unit } from "./matching.js";
import { LiteRtNetwork } from "./network.js";
import { pixelsOf } from "./photo_pixels.js";

const RUNTIME = new URL("../../vendor/litert/", import.meta.url).href;
const PROPOSAL_NETWORKS_KEPT = 64;

export class Pipeline {
  #detector;
  /** @type {Map<string, LiteRtNetwork>} */
  #networks = new Map();
  /** @type {Map<number, {pixels: import('./area.js').Pixels, faces: import('./detector.js').Face[]}>} */
  #photos = new Map();
  #keys = 0;

  /** @param {{proposal: Uint8Array, refinement: Uint8Array, landmark: Uint8Array}} files the detector's networks */
  async start(files) {
    // In a worker, Emscripten looks for its files beside the worker unless it is told.
    self.Module = { locateFile: (name) => RUNTIME + name };
    await loadLiteRt(RUNTIME);
    this.#detector = new FaceDetector({
      proposal: kept(PROPOSAL_NETWORKS_KEPT, (height, width) =>
        LiteRtNetwork.load(withImageSize(files.proposal, height, width)),
      ),
      refinement: await LiteRtNetwork.load(files.refinement),
      landmark: await LiteRtNetwork.load(files.landmark),
    });
  }

  /** Makes a network known under a name, in place of another one. @returns side of its image, names of its results */
  async use(name, file) {
    const network = await LiteRtNetwork.load(file);
    this.#networks.get(name)?.dispose();
    this.#networks.set(name, network);
    return { size: network.inputShape[1], outputs: network.outputNames };
  }

  /** Finds the faces of a photo and keeps it under a key that no other photo has or had. @param {ImageBitmap} bitmap */
  async read(bitmap) {
    const pixels = pixelsOf(bitmap);
    bitmap.close();
    const faces = await this.#detector.detect(pixels);
    const key = ++this.#keys;
    this.#photos.set(key, { pixels, faces });
    return { key, width: pixels.width, height: pixels.height, faces };
  }

  /** Lets go of a kept photo. */
  forget(key) {
    this.#photos.delete(key);
  }

  /** Unit descriptors of the faces of a kept photo. */
  async describe(key, name, view) {
    const { pixels, faces } = this.#photos.get(key);
    const network = this.#networks.get(name);
    const result = [];
    for (const face of faces) {
      const results = await network.run(imageOf(viewFace(pixels, face, network.inputShape[1], view)));
      result.push(unit(results.descriptor ?? Object.values(results)[0]));
    }
    return result;
  }

  /** Faces of a camera frame, each with probabilities, and the milliseconds of each step. @param {ImageBitmap} bitmap */
  async frame(name, bitmap, view) {
    const clock = new Clock();
    const pixels = pixelsOf(bitmap);
    bitmap.close();
    clock.step("pixels");
    const faces = await this.#detector.detect(pixels);
    clock.step("detection");
    const network = this.#networks.get(name);
    for (const face of faces) {
      const { probabilities } = await network.run(imageOf(viewFace(pixels, face, network.inputShape[1], view)));
      face.probabilities = Array.from(probabilities);
    }
    clock.step("expression");
    return { faces, milliseconds: clock.milliseconds };
  }
}

/** Time since the last step, by the name of the step. */
class Clock {
  milliseconds = {};
  #last = performance.now();

  step(name) {
    const now = performance.now();
    this.milliseconds[name] = now - this.#last;
    this.#last = now;
  }
}

/** RGB in 0..255, as networks take it. */
function imageOf({ data, width, height }) {
  const result = new Float32Array(width * height * 3);
  for (let i = 0, k = 0; i < data.length; i += 4) {
    result[k++] = data[i];
    result[k++] = data[i + 1];
    result[k++] = data[i + 2];
  }
  return result;
}

/** Networks by the size of their image; the one that was not asked for longest makes room. */
function kept(count, load) {
  const networks = new Map();
  return async (height, width) => {
    const key = `${height}x${width}`;
    const network = networks.get(key) ?? (await load(height, width));
    networks.delete(key);
    networks.set(key, network);
    if (networks.size > count) {
      const [oldest] = networks.keys();
      networks.get(oldest).dispose();
      networks.delete(oldest);
    }
    return network;
  };
}
