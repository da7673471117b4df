/**
 * Pillow's resampling of 8-bit images, to the last bit, so that faces look to a network here as they did in training.
 *
 * Source of the method: Pillow's `Resample.c` (separable filters in fixed point, rounded after each direction).
 */

const FRACTION_BITS = 22;

const FILTERS = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
};

/**
 * @param {import('./area.js').Pixels} image RGBA
 * @param {number} width
 * @param {number} height
 * @param {'box' | 'bilinear'} filter which averages areas when it shrinks
 * @returns {import('./area.js').Pixels} opaque
 */
export function resample(image, width, height, filter) {
  const rows = (pixels) => (height === pixels.height ? pixels : vertically(pixels, height, FILTERS[filter]));
  const columns = (pixels) => (width === pixels.width ? pixels : horizontally(pixels, width, FILTERS[filter]));
  // Pillow 13 begins with the direction that leaves it less to do; the order shows in the last bit.
  const lost = image.height - height;
  return lost > 0 && lost > 2 * (image.width - width) ? columns(rows(image)) : rows(columns(image));
}

/** For each of `count` pixels the first one that it takes from, and the weights from there on, in fixed point. */
function taps(side, count, { support, weight }) {
  const scale = side / count;
  const spread = Math.max(scale, 1);
  const reach = support * spread;
  return Array.from({ length: count }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), side);
    const weights = [];
    let total = 0;
    for (let k = first; k < end; k++) {
      weights.push(weight((k - centre + 0.5) * (1 / spread)));
      total += weights[weights.length - 1];
    }
    return { first, weights: Int32Array.from(weights, (w) => Math.trunc((w / total) * 2 ** FRACTION_BITS + 0.5)) };
  });
}

function horizontally({ data, width, height }, count, filter) {
  const result = new Uint8ClampedArray(count * height * 4);
  taps(width, count, filter).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      accumulate(data, (y * width + first) * 4, 4, weights, result, (y * count + x) * 4);
    }
  });
  return { data: result, width: count, height };
}

function vertically({ data, width, height }, count, filter) {
  const result = new Uint8ClampedArray(width * count * 4);
  taps(height, count, filter).forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x++) {
      accumulate(data, (first * width + x) * 4, width * 4, weights, result, (y * width + x) * 4);
    }
  });
  return { data: result, width, height: count };
}

/** One pixel: a weighted sum over pixels that lie `step` values apart. Sums stay below 2^31. */
function accumulate(data, start, step, weights, result, target) {
  const half = 1 << (FRACTION_BITS - 1);
  let red = half;
  let green = half;
  let blue = half;
  for (let k = 0, source = start; k < weights.length; k++, source += step) {
    red += data[source] * weights[k];
    green += data[source + 1] * weights[k];
    blue += data[source + 2] * weights[k];
  }
  result[target] = red >> FRACTION_BITS;
  result[target + 1] = green >> FRACTION_BITS;
  result[target + 2] = blue >> FRACTION_BITS;
  result[target + 3] = 255;
}
