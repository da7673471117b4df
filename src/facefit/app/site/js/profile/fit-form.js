// What to fit: for which task, within which limits.

import { element, labelled } from "../elements.js";
import { TASKS, taskOf, wordsOf } from "../tasks.js";

const LIMITS = ["0.3x", "0.4x", "0.6x", "0.8x", "1x"];
const USUAL_LIMIT = "0.6x";
const MILLION = 1e6;
/** Names that the computer knows, units in which they are typed, and words. */
const SIZES = [
  ["max_megabytes", 1, "File, in MB"],
  ["max_parameters", MILLION, "Weights, in millions"],
  ["max_macs", MILLION, "Multiplications for a face, in millions"],
];

export class FitForm {
  #tasks = element("fieldset", { className: "choices" });
  #limit = element(
    "select",
    { name: "limit" },
    ...LIMITS.map((limit) => element("option", { value: limit, selected: limit === USUAL_LIMIT }, `${limit} of EfficientNet-B0`)),
  );
  #sizes = SIZES.map(([name]) =>
    element("input", { type: "number", name, min: "0", step: "any", inputMode: "decimal", placeholder: "no limit" }),
  );
  #anew = element("input", { type: "checkbox", name: "anew" });
  #chosen = TASKS[0];

  constructor() {
    this.element = element(
      "fieldset",
      { className: "form" },
      this.#tasks,
      labelled("At most so much time", this.#limit),
      element(
        "details",
        { className: "card sizes" },
        element("summary", {}, "Limits on its size"),
        ...SIZES.map(([, , words], i) => labelled(words, this.#sizes[i])),
      ),
      element("label", { className: "choice" }, this.#anew, element("span", {}, "Forget what was measured before")),
    );
  }

  /** Whether everything is to be measured anew. */
  get anew() {
    return this.#anew.checked;
  }

  /** The computer began: what it keeps from now on is of this fit. */
  begun() {
    this.#anew.checked = false;
  }

  /** What the form says: {task, limit, max_megabytes, max_parameters, max_macs}. Throws in words for an odd number. */
  get wish() {
    const sizes = SIZES.map(([name, unit, words], i) => [name, sizeOf(this.#sizes[i], unit, words)]);
    return { task: this.#chosen, limit: this.#limit.value, ...Object.fromEntries(sizes) };
  }

  set wish(wish) {
    if (TASKS.includes(wish.task)) this.#chosen = wish.task;
    if (LIMITS.includes(wish.limit)) this.#limit.value = wish.limit;
    SIZES.forEach(([name, unit], i) => (this.#sizes[i].value = wish[name] ? String(wish[name] / unit) : ""));
    this.element.querySelector("details").open = this.#sizes.some(({ value }) => value);
  }

  set disabled(disabled) {
    this.element.disabled = disabled;
  }

  /** Lists the tasks, with what is fitted for each. */
  update(models) {
    const boxes = TASKS.map((task) => this.#choice(task, models.list(task).find(({ kind }) => kind === "fitted")));
    this.#tasks.replaceChildren(element("legend", {}, "What should it do?"), ...boxes);
  }

  #choice(task, fitted) {
    const { order, tab } = wordsOf(task);
    const onchange = () => (this.#chosen = task);
    const box = element("input", { type: "radio", name: "task", value: task, checked: task === this.#chosen, onchange });
    const state = `for ${tab}, ${fitted ? fitted.title : "not fitted yet"}`;
    const words = element("span", {}, order, element("span", { className: "state" }, state));
    return element("label", { className: "choice" }, box, words);
  }
}

function sizeOf(input, unit, words) {
  const number = input.valueAsNumber;
  if (input.validity.badInput || number <= 0) throw new Error(`${words}: expected a number above 0, or nothing`);
  return Number.isNaN(number) ? null : number * unit;
}
