/** The view of a face that FER+ has: a grey square around it, upright. */

import { resample } from "./resampling.js";

/**
 * The longer side of the detector's box against the side of FER+'s photos, and where the middle of the box lies in them:
 * medians over 228 photos of FER+ in which the detector sees a face.
 */
const BOX_SIDE = 1.043;
const BOX_MIDDLE = [0.486, 0.5025];

/**
 * @param {import('./area.js').Pixels} photo RGBA
 * @param {import('./boxes.js').Box} box
 * @param {number} size side in pixels
 * @returns {import('./area.js').Pixels} grey, size x size; where the photo ends, its edge is repeated
 */
export function portrait(photo, [left, top, right, bottom], size) {
  const side = Math.max(Math.round(Math.max(right - left, bottom - top) / BOX_SIDE), 1);
  const x = Math.round((left + right) / 2 - BOX_MIDDLE[0] * side);
  const y = Math.round((top + bottom) / 2 - BOX_MIDDLE[1] * side);
  return resample(grey(photo, x, y, side), size, size, "bilinear");
}

function grey({ data, width, height }, left, top, side) {
  const result = new Uint8ClampedArray(side * side * 4);
  for (let y = 0, k = 0; y < side; y++) {
    const row = Math.min(Math.max(top + y, 0), height - 1) * width;
    for (let x = 0; x < side; x++, k += 4) {
      const pixel = (row + Math.min(Math.max(left + x, 0), width - 1)) * 4;
      const luma = 0.299 * data[pixel] + 0.587 * data[pixel + 1] + 0.114 * data[pixel + 2];
      result.fill(Math.round(luma), k, k + 3);
      result[k + 3] = 255;
    }
  }
  return { data: result, width: side, height: side };
}
