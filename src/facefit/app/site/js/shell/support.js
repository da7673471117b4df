/** What the page needs of a browser, and what it says where that is missing. */

/** The smallest module with a SIMD instruction: a function that makes a vector of zeros and drops it. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];
const OLD = "This browser is too old for this page: ";
const ADVICE = " Use Chrome 108, Firefox 114, Safari 16.4 or a later one.";

/** Whether there is what is needed, and what is said where there is not. */
const NEEDED = [
  [() => typeof WebAssembly === "object", "it has no WebAssembly."],
  [() => WebAssembly.validate(new Uint8Array(SIMD)), "its WebAssembly has no SIMD instructions."],
  [
    () => typeof OffscreenCanvas === "function" && typeof createImageBitmap === "function",
    "it cannot read images away from the screen.",
  ],
  [() => "roundRect" in CanvasRenderingContext2D.prototype, "it cannot draw boxes with round corners."],
  [() => CSS.supports("height", "100dvh"), "it does not know how high its window is."],
  [() => "timeout" in AbortSignal && "throwIfAborted" in AbortSignal.prototype, "it cannot end a request in time."],
];

/** In a sentence what this browser lacks; null if nothing. */
export function missingFeature() {
  const missing = NEEDED.find(([has]) => !has());
  return missing ? OLD + missing[1] + ADVICE : null;
}
