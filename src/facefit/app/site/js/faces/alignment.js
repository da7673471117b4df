/** From a face in a photo to the image that a network sees: the same definition as `facefit/faces/alignment.py`. */

import { portrait } from "./portrait.js";
import { resample } from "./resampling.js";

const TEMPLATE_PX = 112;
/** Where eyes, nose and corners of the mouth lie in an aligned image of 112x112 (ArcFace, Deng et al. 2019). */
const TEMPLATE = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];
const MAX_OVERSAMPLING = 16;

/**
 * @param {import('./area.js').Pixels} photo RGBA
 * @param {import('./detector.js').Face} face
 * @param {number} size side in pixels
 * @param {'aligned' | 'cropped' | 'portrait'} view
 * @returns {import('./area.js').Pixels} size x size
 */
export function viewFace(photo, face, size, view) {
  if (view === "aligned") return align(photo, face.points, size);
  return view === "cropped" ? crop(photo, face.box, size) : portrait(photo, face.box, size);
}

/** The face turned, scaled and shifted so that its points fall on the template; black where the photo ends. */
export function align(photo, points, size) {
  const target = TEMPLATE.map(([x, y]) => [(x * size) / TEMPLATE_PX, (y * size) / TEMPLATE_PX]);
  const { turn, shift } = similarity(points, target);
  const samples = Math.min(Math.max(1, Math.ceil(1 / Math.hypot(...turn) - 1e-6)), MAX_OVERSAMPLING);
  const back = divide([1, 0], turn);
  const offset = divide([-shift[0], -shift[1]], turn);
  const step = [back[0] / samples, back[1] / samples];
  const matrix = [step[0], -step[1], offset[0], step[1], step[0], offset[1]];
  return reduce(transform(photo, size * samples, matrix), samples);
}

/** The part of the box that lies in the photo, without margins, stretched to a square. */
export function crop(photo, [left, top, right, bottom], size) {
  const x = Math.max(Math.floor(left), 0);
  const y = Math.max(Math.floor(top), 0);
  const width = Math.min(Math.ceil(right), photo.width) - x;
  const height = Math.min(Math.ceil(bottom), photo.height) - y;
  if (width <= 0 || height <= 0) throw new RangeError("the face lies outside of the photo");
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * photo.width + x) * 4;
    data.set(photo.data.subarray(start, start + width * 4), row * width * 4);
  }
  return resample({ data, width, height }, size, size, "bilinear");
}

/**
 * Turn-and-scale and shift, as complex numbers, that take source points nearest to target points: least squares over
 * similarities without reflection (Umeyama 1991).
 */
export function similarity(source, target) {
  const [from, to] = [mean(source), mean(target)];
  let spread = 0;
  const sum = [0, 0];
  source.forEach(([x, y], i) => {
    const [u, v] = [x - from[0], y - from[1]];
    const [p, q] = [target[i][0] - to[0], target[i][1] - to[1]];
    spread += u * u + v * v;
    sum[0] += u * p + v * q;
    sum[1] += u * q - v * p;
  });
  if (!(spread > 1e-6)) throw new RangeError("the five points of the face coincide");
  const turn = [sum[0] / spread, sum[1] / spread];
  return {
    turn,
    shift: [to[0] - turn[0] * from[0] + turn[1] * from[1], to[1] - turn[0] * from[1] - turn[1] * from[0]],
  };
}

/** Pillow's affine transform with its bilinear filter, which cuts fractions off; `matrix` leads back to the photo. */
function transform({ data, width, height }, side, [a, b, c, d, e, f]) {
  const result = new Uint8ClampedArray(side * side * 4);
  for (let y = 0, k = 0; y < side; y++) {
    for (let x = 0; x < side; x++, k += 4) {
      const u = a * (x + 0.5) + b * (y + 0.5) + c;
      const v = d * (x + 0.5) + e * (y + 0.5) + f;
      result[k + 3] = 255;
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      const [left, top] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
      const [dx, dy] = [u - 0.5 - left, v - 0.5 - top];
      const [x0, x1] = [Math.max(left, 0), Math.min(left + 1, width - 1)];
      const [y0, y1] = [Math.max(top, 0), Math.min(top + 1, height - 1)];
      for (let colour = 0; colour < 3; colour++) {
        const at = (row, column) => data[(row * width + column) * 4 + colour];
        const upper = at(y0, x0) * (1 - dx) + at(y0, x1) * dx;
        const lower = at(y1, x0) * (1 - dx) + at(y1, x1) * dx;
        result[k + colour] = Math.floor(upper * (1 - dy) + lower * dy);
      }
    }
  }
  return { data: result, width: side, height: side };
}

/** Means of n x n pixels, rounded as Pillow's `Reduce.c` does it: with a reciprocal of 24 bits, cut off. */
function reduce({ data, width }, n) {
  const side = width / n;
  const reciprocal = Math.trunc(Math.fround(2 ** 24 / (n * n)));
  const result = new Uint8ClampedArray(side * side * 4);
  for (let y = 0, k = 0; y < side; y++) {
    for (let x = 0; x < side; x++, k += 4) {
      for (let colour = 0; colour < 4; colour++) {
        let total = (n * n) >> 1;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) total += data[((y * n + i) * width + x * n + j) * 4 + colour];
        }
        result[k + colour] = Math.floor((total * reciprocal) / 2 ** 24);
      }
    }
  }
  return { data: result, width: side, height: side };
}

function mean(points) {
  const total = points.reduce(([u, v], [x, y]) => [u + x, v + y], [0, 0]);
  return [total[0] / points.length, total[1] / points.length];
}

function divide([a, b], [c, d]) {
  const norm = c * c + d * d;
  return [(a * c + b * d) / norm, (b * c - a * d) / norm];
}
