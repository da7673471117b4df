/** Short messages over the page. Notes go by themselves; what went wrong stays until the next action. */

const NOTE_MS = 6000;

export class Toast {
  // Both are there from the start, and empty: screen readers tell what changes in a region that they know.
  #note = document.querySelector("#message");
  #alarm = document.querySelector("#alarm");
  #going = 0;

  constructor() {
    const clear = () => (this.#alarm.textContent = "");
    for (const action of ["click", "input", "keydown"]) document.addEventListener(action, clear, { capture: true });
  }

  /** A note in place of what was told before; "" for none. */
  say(words) {
    this.#show(words, "");
    this.#going = setTimeout(() => (this.#note.textContent = ""), NOTE_MS);
  }

  /** What went wrong, in place of what was told before. */
  warn(words) {
    this.#show("", words);
  }

  #show(note, alarm) {
    clearTimeout(this.#going);
    this.#note.textContent = note;
    this.#alarm.textContent = alarm;
  }
}
