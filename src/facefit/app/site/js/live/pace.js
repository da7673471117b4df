/** Frames a second, and how long each step takes: over the last second or so. */

const WINDOW = 30;

export class Pace {
  #ends = [];
  #steps = [];

  /** @param {Record<string, number>} milliseconds of each step of a frame */
  add(milliseconds) {
    this.#ends.push(performance.now());
    this.#steps.push(milliseconds);
    if (this.#ends.length > WINDOW) {
      this.#ends.shift();
      this.#steps.shift();
    }
  }

  /** 0 before the second frame. */
  get framesPerSecond() {
    const span = this.#ends[this.#ends.length - 1] - this.#ends[0];
    return span > 0 ? (1000 * (this.#ends.length - 1)) / span : 0;
  }

  /** Median milliseconds of a step; 0 before the first frame. */
  median(step) {
    const values = this.#steps.map((milliseconds) => milliseconds[step] ?? 0).sort((a, b) => a - b);
    return values[values.length >> 1] ?? 0;
  }
}
