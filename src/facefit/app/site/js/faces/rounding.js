/** Rounding as Python and numpy do it, so that whole pixels are the same ones there and here. */

/** The nearest whole number; of two, the even one. @param {number} value */
export function roundHalfEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
