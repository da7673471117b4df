// The networks that all tabs choose from: those of the computer, those uploaded into the page, and the fitted one.

import { Model } from "./runtime/runtime.js";

export class Models extends EventTarget {
  #api;
  #entries = new Map();
  #loaded = new Map();

  constructor(api) {
    super();
    this.#api = api;
    /** Name of the network that tabs use unless told otherwise. */
    this.chosen = null;
    /** Whether the computer has answered, or could not be reached. */
    this.asked = false;
  }

  /** Asks the computer for its networks; tells listeners by the event "change". */
  async refresh() {
    try {
      for (const entry of await this.#api.models()) this.#entries.set(entry.name, { ...entry, uploaded: false });
      this.chosen ??= [...this.#entries.keys()][0] ?? null;
    } finally {
      this.asked = true;
      this.#changed();
    }
  }

  /** What can be chosen: [{name, title, kind, url?, uploaded, card?}]; kind: fitted, default, reference, uploaded. */
  list() {
    return [...this.#entries.values()];
  }

  entry(name) {
    return this.#entries.get(name);
  }

  /** Adds a network that the page holds; its bytes stay in the page. */
  add(name, title, kind, bytes, card = null) {
    this.#forget(name);
    this.#entries.set(name, { name, title, kind, bytes, card, uploaded: kind === "uploaded" });
    this.#changed();
  }

  /** Takes the newest bytes of a network of the computer, and makes it the one that tabs use. */
  renew(name, bytes) {
    this.#forget(name);
    this.#entries.get(name).bytes = bytes;
    this.choose(name);
  }

  /** Makes a network the one that tabs use. */
  choose(name) {
    this.chosen = name;
    this.#changed();
  }

  /** The network, loaded once and kept; by default the chosen one. */
  load(name = this.chosen) {
    const entry = this.#entries.get(name);
    if (!entry) return Promise.reject(new Error("there is no network yet; pair this device with the computer first"));
    if (!this.#loaded.has(name)) {
      const loading = Model.load(entry.bytes ?? entry.url);
      loading.catch(() => this.#loaded.delete(name));
      this.#loaded.set(name, loading);
    }
    return this.#loaded.get(name);
  }

  #forget(name) {
    this.#loaded.get(name)?.then((model) => model.dispose(), () => {});
    this.#loaded.delete(name);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
