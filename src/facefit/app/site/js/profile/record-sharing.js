// The record of a measurement on its way out of the page: shared or saved; in the Android app copied, or shown.

import { element, shareFile } from "../elements.js";
import { inAndroidApp } from "../shell/host.js";

const NAME = "facefit-latency.json";

export class RecordSharing {
  #make;
  #say;
  #button = element(
    "button",
    { hidden: true, onclick: () => this.#share() },
    inAndroidApp() ? "Copy as JSON" : "Share as JSON",
  );
  #text = element("textarea", { className: "record", readOnly: true, hidden: true, "aria-label": "The record as JSON" });

  /** @param {() => Promise<object>} make gives the record @param {(words: string) => void} say */
  constructor(make, say) {
    this.#make = make;
    this.#say = say;
    this.parts = [this.#button, this.#text];
  }

  /** There is a record now. */
  offer() {
    this.#button.hidden = false;
    this.#text.hidden = true;
  }

  async #share() {
    const text = JSON.stringify(await this.#make(), null, 1);
    if (inAndroidApp()) await this.#copy(text);
    else if ((await shareFile(NAME, new Blob([text], { type: "application/json" }))) === "saved") this.#say(`Saved as ${NAME}.`);
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.#say("Copied: it can be pasted into another app.");
    } catch {
      this.#text.value = text; // to be copied by hand
      this.#text.hidden = false;
    }
  }
}
