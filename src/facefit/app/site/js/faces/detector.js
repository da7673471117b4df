/** Finding faces and their five points: the cascade of MTCNN, the same definition as `facefit/faces/detector.py`. */

import { AreaMeans } from "./area.js";
import { shifted, square, strongest } from "./boxes.js";
import { resample } from "./resampling.js";
import { roundHalfEven } from "./rounding.js";

/**
 * @typedef {{box: import('./boxes.js').Box, points: [number, number][], score: number}} Face
 *   Pixels from the photo's upper left corner; points are eyes, nose and corners of the mouth, each from left to right.
 *
 * @typedef {{run: (pixels: Float32Array) => Promise<Record<string, Float32Array>>}} Network
 *
 * @typedef {object} Networks
 * @property {(height: number, width: number) => Promise<Network>} proposal
 * @property {Network} refinement
 * @property {Network} landmark
 */

const WINDOW_PX = 12;
const STEP_PX = 2;
const REFINEMENT_PX = 24;
const LANDMARK_PX = 48;
const SHORT_SIDE_PX = 600;
const MAX_PIXELS = 4_000_000;
const PYRAMID_STEP = 0.709;
const [PROPOSED, REFINED, ACCEPTED] = [0.6, 0.7, 0.7].map(Math.fround);
const [LEVEL_OVERLAP, OVERLAP] = [0.5, 0.7];

/**
 * Finds faces of at least `minFacePx` pixels, counted after large photos were shrunk to a short side of 600, and to 4
 * megapixels where they are long and narrow.
 */
export class FaceDetector {
  #networks;
  #minFacePx;

  /**
   * @param {Networks} networks
   * @param {number} minFacePx
   */
  constructor(networks, minFacePx = 40) {
    this.#networks = networks;
    this.#minFacePx = minFacePx;
  }

  /**
   * Faces, most certain first; an empty list if there is none.
   *
   * @param {import('./area.js').Pixels} photo RGBA
   * @returns {Promise<Face[]>}
   */
  async detect(photo) {
    const small = shrunk(photo);
    const means = new AreaMeans(small);
    const proposed = await this.#propose(means, small.height, small.width);
    const refined = await this.#refine(means, proposed);
    const faces = await this.#accept(means, refined);
    const [x, y] = [photo.width / small.width, photo.height / small.height];
    return faces.map(({ box, points, score }) => ({
      box: [box[0] * x, box[1] * y, box[2] * x, box[3] * y],
      points: points.map((point) => [point[0] * x, point[1] * y]),
      score,
    }));
  }

  /** Squares that may hold a face, from all levels of the image pyramid. */
  async #propose(means, height, width) {
    const all = [];
    for (const level of this.#levels(height, width)) {
      const network = await this.#networks.proposal(level.height, level.width);
      const pixels = means.resized([0, 0, width, height], level.height, level.width);
      const windows = proposals(await network.run(pixels), level, width / level.width, height / level.height);
      all.push(...select(windows, LEVEL_OVERLAP, "union"));
    }
    return select(all, OVERLAP, "union").map(({ box, shift }) => square(shifted(box, shift)));
  }

  /** Those squares that hold a face, closer around it. */
  async #refine(means, boxes) {
    const seen = [];
    for (const box of boxes) {
      const { face, shift } = await this.#networks.refinement.run(means.resized(box, REFINEMENT_PX, REFINEMENT_PX));
      if (face[1] > REFINED) seen.push({ box, score: face[1], shift });
    }
    return select(seen, OVERLAP, "union").map(({ box, shift }) => square(shifted(box, shift)));
  }

  /** Box, points and score of each face. */
  async #accept(means, boxes) {
    const seen = [];
    for (const box of boxes) {
      const { face, shift, points } = await this.#networks.landmark.run(means.resized(box, LANDMARK_PX, LANDMARK_PX));
      if (face[1] > ACCEPTED) {
        seen.push({ box: shifted(box, shift), points: placed(points, box), score: face[1] });
      }
    }
    return select(seen, OVERLAP, "smaller");
  }

  /** Sizes at which the window covers faces of the smallest size, and then ever larger ones. */
  *#levels(height, width) {
    let scale = WINDOW_PX / this.#minFacePx;
    while (Math.min(height, width) * scale >= WINDOW_PX) {
      yield { height: Math.ceil(height * scale), width: Math.ceil(width * scale) };
      scale *= PYRAMID_STEP;
    }
  }
}

/** The windows of one level that look like a face, in pixels of the photo. */
function proposals({ face, shift }, level, scaleX, scaleY) {
  const columns = Math.ceil((level.width - 2) / 2) - 4;
  const found = [];
  for (let i = 0; i < face.length / 2; i++) {
    const score = face[2 * i + 1];
    if (!(score > PROPOSED)) continue;
    const x = STEP_PX * (i % columns);
    const y = STEP_PX * Math.floor(i / columns);
    const box = [x * scaleX, y * scaleY, (x + WINDOW_PX) * scaleX, (y + WINDOW_PX) * scaleY];
    found.push({ box, score, shift: shift.subarray(4 * i, 4 * i + 4) });
  }
  return found;
}

function select(candidates, overlap, relativeTo) {
  const boxes = candidates.map(({ box }) => box);
  const scores = candidates.map(({ score }) => score);
  return strongest(boxes, scores, overlap, relativeTo).map((i) => candidates[i]);
}

/** Points in 0..1 of a window, first five x, then five y, as places in the photo. */
function placed(points, [left, top, right, bottom]) {
  return Array.from({ length: 5 }, (_, i) => [left + points[i] * (right - left), top + points[5 + i] * (bottom - top)]);
}

function shrunk(photo) {
  const { width: across, height: down } = photo;
  const scale = Math.min(SHORT_SIDE_PX / Math.min(down, across), Math.sqrt(MAX_PIXELS / (down * across)));
  if (scale >= 1) return photo;
  const width = Math.max(1, roundHalfEven(across * scale));
  const height = Math.max(1, roundHalfEven(down * scale));
  return resample(photo, width, height, "box");
}
