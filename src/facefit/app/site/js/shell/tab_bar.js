/** The tabs at the bottom, for fingers, keyboards and screen readers (WAI-ARIA's pattern of tabs). */

export class TabBar {
  #tabs;
  #onChoice;

  /** @param {string[]} names @param {(name: string) => void} onChoice */
  constructor(names, onChoice) {
    this.#onChoice = onChoice;
    this.#tabs = new Map(names.map((name) => [name, document.querySelector(`#tab-${name}`)]));
    for (const [name, tab] of this.#tabs) {
      tab.addEventListener("click", () => this.choose(name));
      tab.addEventListener("keydown", (event) => this.#onKey(event, names, name));
    }
  }

  choose(name) {
    for (const [other, tab] of this.#tabs) {
      tab.setAttribute("aria-selected", String(other === name));
      tab.tabIndex = other === name ? 0 : -1;
    }
    this.#onChoice(name);
  }

  #onKey(event, names, name) {
    const place = names.indexOf(name);
    const target = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: names.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = names[(target + names.length) % names.length];
    this.#tabs.get(next).focus();
    this.choose(next);
  }
}
