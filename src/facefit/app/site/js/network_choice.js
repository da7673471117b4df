/** Which network a tab uses, where there is more than one for its task. */

import { element } from "./elements.js";

export class NetworkChoice {
  #models;
  #task;
  #select;

  /** @param {import("./models.js").Models} models @param {string} task */
  constructor(models, task) {
    this.#models = models;
    this.#task = task;
    const id = `${task}-network`;
    this.#select = element("select", { id, onchange: () => models.choose(this.#select.value) });
    this.element = element("div", { className: "network" }, element("label", { htmlFor: id }, "Network"), this.#select);
  }

  /** Lists what there is now. */
  update() {
    const chosen = this.#models.chosen(this.#task);
    const options = this.#models.list(this.#task).map(({ name, title }) => new Option(title, name, false, name === chosen.name));
    this.#select.replaceChildren(...options);
    this.#select.disabled = !chosen;
  }
}
