/** A bar for each expression; rows keep their places, whatever is likeliest. */

import { element } from "../elements.js";

const SPOKEN_EVERY_MS = 2500;

export class Probabilities {
  #rows = [];
  #list = element("ul", { className: "probabilities", "aria-hidden": "true" });
  #spoken = element("p", { className: "unseen", role: "status" });
  #lastSpoken = 0;

  constructor() {
    this.element = element("div", {}, this.#list, this.#spoken);
  }

  /** @param {string[]} classes */
  setClasses(classes) {
    this.#rows = classes.map((name) => {
      const fill = element("span");
      const number = element("span", { className: "number" }, "–");
      const row = element("li", {}, name, element("span", { className: "bar" }, fill), number);
      return { name, row, fill, number };
    });
    this.#list.replaceChildren(...this.#rows.map(({ row }) => row));
  }

  /** @param {number[] | null} values in the order of the classes; null where there is no face */
  show(values) {
    const top = values ? values.indexOf(Math.max(...values)) : -1;
    this.#rows.forEach(({ row, fill, number }, i) => {
      row.classList.toggle("likeliest", i === top);
      fill.style.transform = `scaleX(${values ? values[i].toFixed(3) : 0})`;
      number.textContent = values ? `${Math.round(100 * values[i])} %` : "–";
    });
    this.#say(values ? this.#rows[top].name : "no face");
  }

  #say(text) {
    const now = performance.now();
    if (this.#spoken.textContent === text || now - this.#lastSpoken < SPOKEN_EVERY_MS) return;
    this.#spoken.textContent = text;
    this.#lastSpoken = now;
  }
}
