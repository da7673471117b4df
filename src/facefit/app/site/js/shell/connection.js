/** Whether the computer is within reach and knows this device: shown on top, mended in the tab Fit. */

const TEXTS = {
  paired: "connected",
  unpaired: "not paired",
  offline: "works offline",
};

export class Connection {
  #api;
  #button = document.querySelector("#connection");

  /** @param {import("../api.js").Api} api @param {() => void} mend what to do when an unpaired device is tapped */
  constructor(api, mend) {
    this.#api = api;
    this.#button.addEventListener("click", async () => (await this.look()) === "unpaired" && mend());
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
  }

  #show(state) {
    this.#button.dataset.state = state;
    this.#button.querySelector(".text").textContent = TEXTS[state];
  }
}
