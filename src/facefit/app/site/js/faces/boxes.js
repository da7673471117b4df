/** Boxes as arrays of left, top, right and bottom in pixels: the same definition as `facefit/faces/boxes.py`. */

import { roundHalfEven } from "./rounding.js";

/** @typedef {[number, number, number, number]} Box */

/**
 * Indices, best first, of boxes that no better one covers by more than `overlap` (non-maximum suppression).
 *
 * @param {Box[]} boxes
 * @param {number[]} scores
 * @param {number} overlap the common area as a share of the union, or of the smaller box
 * @param {'union' | 'smaller'} relativeTo
 */
export function strongest(boxes, scores, overlap, relativeTo) {
  const areas = boxes.map(area);
  let order = boxes.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept = [];
  while (order.length) {
    const [best, ...rest] = order;
    kept.push(best);
    order = rest.filter((other) => {
      const common = area(intersection(boxes[best], boxes[other]));
      const union = areas[best] + areas[other] - common;
      const whole = relativeTo === "union" ? union : Math.min(areas[best], areas[other]);
      return common <= overlap * whole;
    });
  }
  return kept;
}

/** Each edge moved by its shift, in units of the box's width or height. */
export function shifted([left, top, right, bottom], shift) {
  const width = right - left;
  const height = bottom - top;
  return [left + shift[0] * width, top + shift[1] * height, right + shift[2] * width, bottom + shift[3] * height];
}

/** The square around the same centre with the longer side, on whole pixels and at least one pixel large. */
export function square([left, top, right, bottom]) {
  const side = Math.max(roundHalfEven(Math.max(right - left, bottom - top)), 1);
  const x = roundHalfEven((left + right - side) / 2);
  const y = roundHalfEven((top + bottom - side) / 2);
  return [x, y, x + side, y + side];
}

function intersection(a, b) {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}

/** 0 for boxes whose edges are in the wrong order. */
function area([left, top, right, bottom]) {
  return Math.max(right - left, 0) * Math.max(bottom - top, 0);
}
