/** Comparing described faces by cosine similarity: the same definition as `facefit/faces/matching.py`. */

/** The vector divided by its length. @param {Float32Array} vector */
export function unit(vector) {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

/**
 * The pairs whose similarity is at least the threshold, most similar first.
 *
 * @param {{a: number, b: number, similarity: number}[]} pairs @param {number} threshold
 */
export function matches(pairs, threshold) {
  return pairs
    .filter(({ similarity }) => similarity >= threshold)
    .sort((one, other) => other.similarity - one.similarity);
}

/**
 * The cosine of every face of one photo with every face of another.
 *
 * @param {Float32Array[]} a unit descriptors of the faces of the one @param {Float32Array[]} b and of the other
 * @returns {{a: number, b: number, similarity: number}[]}
 */
export function similarities(a, b) {
  return a.flatMap((one, i) => b.map((other, j) => ({ a: i, b: j, similarity: dot(one, other) })));
}

function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
