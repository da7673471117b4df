/** Frames a second and milliseconds of each step, as they were measured. */

import { element } from "../elements.js";

const STEPS = { picture: "picture", detection: "faces", expression: "expression" };

export class Times {
  #numbers = new Map();

  constructor() {
    const named = (key, name) => {
      const number = element("dd", {}, "–");
      this.#numbers.set(key, number);
      return element("div", {}, element("dt", {}, name), number);
    };
    const steps = Object.entries(STEPS).map(([key, name]) => named(key, name));
    this.element = element("dl", { className: "times number" }, named("frames", "frames/s"), ...steps);
  }

  /** @param {import("./pace.js").Pace} pace */
  show(pace) {
    this.#numbers.get("frames").textContent = pace.framesPerSecond.toFixed(1);
    for (const step of Object.keys(STEPS)) this.#numbers.get(step).textContent = `${pace.median(step).toFixed(1)} ms`;
  }

  clear() {
    for (const number of this.#numbers.values()) number.textContent = "–";
  }
}
