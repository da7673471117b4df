/** Whether the computer is within reach and knows this device: shown on top, mended in a dialog. */

import { element } from "../dom.js";

const TEXTS = {
  paired: "connected",
  unpaired: "enter the code",
  offline: "works offline",
};

export class Connection extends EventTarget {
  #api;
  #button = document.querySelector("#connection");

  constructor(api) {
    super();
    this.#api = api;
    this.#button.addEventListener("click", () => this.#clicked());
  }

  /** "paired", "unpaired" or "offline". */
  get state() {
    return this.#button.dataset.state;
  }

  /** Asks the computer. */
  async look() {
    try {
      const { paired } = await this.#api.status();
      this.#show(paired ? "paired" : "unpaired");
    } catch {
      this.#show("offline");
    }
    return this.state;
  }

  /** Spends a one-time code; rejects with a sentence if the computer does not take it. */
  async pair(code) {
    await this.#api.pair(code);
    this.#show("paired");
    this.dispatchEvent(new Event("paired"));
  }

  #show(state) {
    this.#button.dataset.state = state;
    this.#button.querySelector(".text").textContent = TEXTS[state];
  }

  #clicked() {
    if (this.state === "unpaired") this.#ask();
    else this.look().then((state) => state === "unpaired" && this.#ask());
  }

  /** The dialog for the code, for those who typed the address instead of scanning it. */
  #ask() {
    const code = element("input", { type: "text", id: "code", autocomplete: "one-time-code", maxLength: 20, required: true });
    const trouble = element("p", { className: "notice", role: "alert", hidden: true });
    const form = element(
      "form",
      { method: "dialog" },
      element("h2", {}, "Pair this device"),
      element("p", { className: "muted" }, "The computer that runs facefit app shows a code of eight letters."),
      element("label", { htmlFor: "code" }, "Code"),
      code,
      trouble,
      element("button", { className: "primary", type: "submit" }, "Pair"),
    );
    const dialog = element("dialog", { "aria-label": "Pair this device" }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await this.pair(code.value).then(
        () => dialog.close(),
        (error) => Object.assign(trouble, { textContent: error.message, hidden: false }),
      );
    });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }
}
