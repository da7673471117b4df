/** Whether the computer is within reach and knows this device: shown on top, mended in the tab Fit. */

import { Unreachable } from "../api.js";

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
    await this.status().catch(() => null);
    return this.state;
  }

  /** What the computer says, as `Api.status`; it is shown on top as well. */
  async status() {
    try {
      const status = await this.#api.status();
      this.#show(status.paired ? "paired" : "unpaired");
      return status;
    } catch (error) {
      this.#show("offline");
      throw error;
    }
  }

  /** Spends a one-time code; rejects with a sentence if the computer does not take it, or the browser does not keep it. */
  async pair(code) {
    await this.#api.pair(code);
    this.#button.dataset.state = "unpaired"; // whatever it was, this is another session
    const kept = await this.#api.status().then(
      ({ paired }) => paired,
      (error) => error instanceof Unreachable, // the code is spent; only an answer can tell that a cookie was lost
    );
    this.#show(kept ? "paired" : "unpaired");
    if (!kept) throw new Error(NOT_KEPT);
  }

  #show(state) {
    const before = this.state;
    this.#button.dataset.state = state;
    this.#button.querySelector(".text").textContent = TEXTS[state];
    if (state === "paired" && ["unpaired", "offline"].includes(before)) this.dispatchEvent(new Event("paired"));
  }
}
