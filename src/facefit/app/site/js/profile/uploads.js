// Networks that the user brings. They stay in the page; the computer has no address for them.

import { Model } from "../runtime/runtime.js";
import { RuntimeWorker } from "../runtime/worker-client.js";

const LARGEST_BYTES = 256 * 2 ** 20;
const MARK = "TFL3";
const OFFSET = 4;

/** The bytes of a .tflite file that this browser can run; rejects with a reason in words. */
export async function readNetwork(file) {
  if (file.size > LARGEST_BYTES) {
    throw new Error(`${file.name} has ${Math.round(file.size / 2 ** 20)} MB; expected at most 256`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (String.fromCharCode(...bytes.subarray(OFFSET, OFFSET + MARK.length)) !== MARK) {
    throw new Error(`${file.name} is not a .tflite file`);
  }
  await tryOut(file.name, bytes);
  return bytes;
}

/** In a worker of its own: a damaged file may take the runtime down with it. */
async function tryOut(name, bytes) {
  const worker = new RuntimeWorker();
  try {
    const model = await Model.load(bytes, { worker });
    await model.time({ milliseconds: 0, warmUps: 1 });
  } catch (error) {
    throw new Error(`${name} does not run here: ${error.message}`);
  } finally {
    worker.terminate();
  }
}
