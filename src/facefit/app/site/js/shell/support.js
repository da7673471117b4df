/** What the page needs of a browser, and what it says where that is missing. */

/** The smallest module with a SIMD instruction: a function that makes a vector of zeros and drops it. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];

/** In a sentence what this browser lacks to run networks; null if nothing. */
export function missingFeature() {
  const old = "This browser is too old to run networks: ";
  const advice = " Use Chrome 91, Firefox 105, Safari 16.4 or a later one.";
  if (typeof WebAssembly !== "object") return `${old}it has no WebAssembly.${advice}`;
  if (!WebAssembly.validate(new Uint8Array(SIMD))) return `${old}its WebAssembly has no SIMD instructions.${advice}`;
  if (typeof OffscreenCanvas !== "function" || typeof createImageBitmap !== "function") {
    return `${old}it cannot read images away from the screen.${advice}`;
  }
  return null;
}
