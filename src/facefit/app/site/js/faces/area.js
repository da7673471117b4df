/** Shrinking by area means, in whole numbers: the same definition as `facefit/faces/area.py`. */

/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels  RGBA, as canvases give it. */

/**
 * Means over parts of one photo, from sums that are made once (Crow 1984, summed areas).
 *
 * What lies outside of the photo counts as black.
 */
export class AreaMeans {
  #sums;
  #width;
  #height;

  /** @param {Pixels} photo */
  constructor({ data, width, height }) {
    this.#width = width;
    this.#height = height;
    this.#sums = summed(data, width, height);
  }

  /**
   * A window at another size, RGB in 0..255, row by row. Pixel i of n becomes the mean over the pixels from
   * floor(i * side / n) up to ceil((i + 1) * side / n).
   *
   * @param {number[]} window left, top, right and bottom edge in whole pixels; may stick out of the photo
   * @param {number} height
   * @param {number} width
   * @returns {Float32Array} of height * width * 3
   */
  resized([left, top, right, bottom], height, width) {
    const rows = intervals(top, bottom, height, this.#height);
    const columns = intervals(left, right, width, this.#width);
    const result = new Float32Array(height * width * 3);
    const sums = this.#sums;
    const line = (this.#width + 1) * 3;
    let k = 0;
    for (let i = 0; i < height; i++) {
      const upper = rows.first[i] * line;
      const lower = rows.last[i] * line;
      for (let j = 0; j < width; j++) {
        const near = columns.first[j] * 3;
        const far = columns.last[j] * 3;
        const area = rows.size[i] * columns.size[j];
        for (let c = 0; c < 3; c++) {
          const total = sums[lower + far + c] - sums[upper + far + c] - sums[lower + near + c] + sums[upper + near + c];
          result[k++] = total / area;
        }
      }
    }
    return result;
  }
}

/** Sums over all pixels above and to the left; (height + 1) x (width + 1) x 3, in doubles, which hold them exactly. */
function summed(data, width, height) {
  const line = (width + 1) * 3;
  const sums = new Float64Array((height + 1) * line);
  for (let y = 0; y < height; y++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let pixel = y * width * 4;
    let k = (y + 1) * line + 3;
    for (let x = 0; x < width; x++, pixel += 4, k += 3) {
      red += data[pixel];
      green += data[pixel + 1];
      blue += data[pixel + 2];
      sums[k] = sums[k - line] + red;
      sums[k + 1] = sums[k - line + 1] + green;
      sums[k + 2] = sums[k - line + 2] + blue;
    }
  }
  return sums;
}

/** First and last edge of each of `count` intervals, cut off at the photo, and their sizes before that. */
function intervals(start, end, count, limit) {
  const side = end - start;
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  const size = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const from = start + Math.floor((i * side) / count);
    const to = start + Math.ceil(((i + 1) * side) / count);
    first[i] = Math.min(Math.max(from, 0), limit);
    last[i] = Math.min(Math.max(to, 0), limit);
    size[i] = to - from;
  }
  return { first, last, size };
}
