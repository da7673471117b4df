/*
 * The worker in which faces are found and described, so that the page stays smooth. A classic worker, because LiteRT.js
 * loads its WebAssembly with importScripts; all else is in modules.
 */

const pipeline = import("./pipeline.js").then(({ Pipeline }) => new Pipeline());
let last = Promise.resolve();

self.onmessage = ({ data: { id, call, values } }) => {
  last = last.then(async () => {
    try {
      self.postMessage({ id, result: await (await pipeline)[call](...values) });
    } catch (error) {
      self.postMessage({ id, error: String(error?.message ?? error) });
    }
  });
};
