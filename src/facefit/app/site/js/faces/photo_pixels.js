/** From image files and bitmaps to pixels. */

/** Above this a phone may run out of memory; such photos are shrunk as they are read. */
const MAX_PIXELS = 16_000_000;

/**
 * The photo upright, with the colours that are in the file (as Python reads it).
 *
 * @param {Blob} file
 * @returns {Promise<ImageBitmap>}
 */
export async function readPhoto(file) {
  // Upright is what browsers do by themselves; the word for it differs between them and is refused by some.
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const scale = Math.sqrt(MAX_PIXELS / (bitmap.width * bitmap.height));
  if (scale >= 1) return bitmap;
  const [resizeWidth, resizeHeight] = [bitmap.width, bitmap.height].map((side) => Math.floor(side * scale));
  const small = await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
  bitmap.close();
  return small;
}

/** @param {ImageBitmap} bitmap @returns {import('./area.js').Pixels} */
export function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
