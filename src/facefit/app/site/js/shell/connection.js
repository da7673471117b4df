/** Whether the computer is within reach and knows this device: shown on top, mended in the tab Fit. */

const TEXTS = {
  paired: "connected",
  unpaired: "not paired",
  offline: "works offline",
};
const NOT_KEPT =
  "The computer took the code, but this browser did not keep that. Allow cookies for this page, then pair with the code that the computer shows now.";

/** Tells by the event "paired" that the computer knows this device now, where it was away or did not know it before. */
export class Connection extends EventTarget {
  #api;
  #button = document.querySelector("#connection");

  /** @param {import("../api.js").Api} api @param {() => void} mend what to do when an unpaired device is tapped */
  constructor(api, mend) {
    super();
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

  /** Spends a one-time code; rejects with a sentence if the computer does not take it, or the browser does not keep it. */
  async pair(code) {
    await this.#api.pair(code);
    const { paired } = await this.#api.status();
    this.#show(paired ? "paired" : "unpaired");
    if (!paired) throw new Error(NOT_KEPT);
  }

  #show(state) {
    const before = this.state;
    this.#button.dataset.state = state;
    this.#button.querySelector(".text").textContent = TEXTS[state];
    if (state === "paired" && ["unpaired", "offline"].includes(before)) this.dispatchEvent(new Event("paired"));
  }
}
