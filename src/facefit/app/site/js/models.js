// The networks that all tabs choose from: those of the computer, those uploaded into the page, and the fitted one.

import { Model } from "./runtime/runtime.js";
import { TASKS, taskOf } from "./tasks.js";

/** What tells an entry's network from others, under the same name too: its bytes, or the address that names them. */
export function contentOf({ bytes, url }) {
  return bytes ?? url;
}

export class Models extends EventTarget {
  #api;
  #entries = new Map();
  #loaded = new Map();
  #chosen = new Map();

  constructor(api) {
    super();
    this.#api = api;
    /** Whether the computer has answered, or could not be reached. */
    this.asked = false;
  }

  /** Asks the computer for its networks (`cache` as for `Api.models`); tells listeners by the event "change". */
  async refresh(cache) {
    try {
      const listed = (await this.#api.models(cache)).map((entry) => [entry.name, this.#renewed(entry)]);
      const own = [...this.#entries].filter(([, { uploaded }]) => uploaded);
      this.#entries = new Map([...listed, ...own]);
    } finally {
      this.asked = true;
      this.#changed();
    }
  }

  /**
   * What can be chosen, for a task or at all: [{name, title, kind, url?, uploaded, card?}]; kind: fitted, default,
   * reference, uploaded.
   */
  list(task = null) {
    const entries = [...this.#entries.values()];
    return task ? entries.filter((entry) => taskOf(entry) === task) : entries;
  }

  /** The network that tabs use for a task: the one that was chosen, else the first; undefined if there is none. */
  chosen(task) {
    return this.#entries.get(this.#chosen.get(task)) ?? this.list(task)[0];
  }

  /** Those that tabs use. */
  used() {
    return TASKS.map((task) => this.chosen(task)).filter(Boolean);
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

  /** Takes the newest bytes of a network of the computer, and makes it the one that tabs use for its task. */
  renew(name, bytes) {
    this.#forget(name);
    this.#entries.get(name).bytes = bytes;
    this.choose(name);
  }

  /** Makes a network the one that tabs use for its task. */
  choose(name) {
    this.#chosen.set(taskOf(this.#entries.get(name)), name);
    this.#changed();
  }

  /** The network, loaded once and kept. */
  load(name) {
    const entry = this.#entries.get(name);
    if (!entry) return Promise.reject(new Error("there is no network yet; pair this device with the computer first"));
    if (!this.#loaded.has(name)) {
      const loading = this.#content(entry).then((bytes) => Model.load(bytes));
      loading.catch(() => this.#loaded.delete(name));
      this.#loaded.set(name, loading);
    }
    return this.#loaded.get(name);
  }

  async #content({ bytes, url }) {
    return bytes ?? this.#api.bytes(url);
  }

  /** What the computer says of a network; what the page took from the same address stays: it names the content. */
  #renewed(entry) {
    const before = this.#entries.get(entry.name);
    if (before?.url === entry.url) return { ...entry, bytes: before.bytes, uploaded: false };
    this.#forget(entry.name);
    return { ...entry, uploaded: false };
  }

  #forget(name) {
    this.#loaded.get(name)?.then((model) => model.dispose(), () => {});
    this.#loaded.delete(name);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
