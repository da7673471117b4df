/** Two photos with their faces, and how alike those are. They outlive the tab that shows them. */

import { chooseDescriber } from "../faces/describer.js";
import { similarities } from "../faces/matching.js";

const ROLE = "descriptor";

/** Tells by the event "change" that there is something new. */
export class Photos extends EventTarget {
  #faces;
  #models;
  /**
   * Of each photo the address and, as far as it is known: its size, its `faces`, whether it is `busy` being read, and
   * in a sentence why it is `unreadable` or its faces are `undescribed`.
   */
  both = [{}, {}];

  /** @param {import("../faces/service.js").FaceService} faces @param {import("../models.js").Models} models */
  constructor(faces, models) {
    super();
    this.#faces = faces;
    this.#models = models;
  }

  /** All pairs of faces; null as long as not both photos are described by the present network. */
  get pairs() {
    const content = chooseDescriber(this.#models)?.content;
    const described = this.both.filter(({ describedBy }) => content && describedBy === content);
    return described.length === 2 ? similarities(...described.map(({ descriptors }) => descriptors)) : null;
  }

  /** Takes a file as the first or second photo (0 or 1), in place of what was there. */
  async read(i, file) {
    const photo = { address: URL.createObjectURL(file), busy: true };
    this.#replace(i, photo);
    try {
      const faces = await this.#faces.start();
      Object.assign(photo, await faces.read(file));
      if (this.both[i] !== photo) await faces.forget(photo.key); // another one was chosen meanwhile
    } catch (error) {
      photo.unreadable = inWords(error);
    }
    photo.busy = false;
    this.#tell();
    await this.#describe(i);
    this.#tell();
  }

  /** Has the present network describe what it has not described yet. */
  async describe() {
    await this.#describe(0);
    await this.#describe(1);
    this.#tell();
  }

  #replace(i, photo) {
    const { address, key } = this.both[i];
    if (address) URL.revokeObjectURL(address);
    if (key) this.#faces.start().then((faces) => faces.forget(key)).catch(() => {}); // with the worker it is gone as well
    this.both[i] = photo;
    this.#tell();
  }

  async #describe(i) {
    const photo = this.both[i];
    const describer = chooseDescriber(this.#models);
    if (!photo.faces || !describer || photo.describedBy === describer.content) return;
    const isPresent = () => this.both[i] === photo && chooseDescriber(this.#models)?.content === describer.content;
    photo.undescribed = null;
    try {
      const faces = await this.#faces.startWith(ROLE, describer.entry);
      if (!isPresent()) return; // another photo or network was chosen meanwhile, and is seen to as well
      const descriptors = await faces.describe(photo.key, ROLE, describer.view);
      if (isPresent()) Object.assign(photo, { descriptors, describedBy: describer.content });
    } catch (error) {
      if (isPresent()) photo.undescribed = error.message;
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function inWords(error) {
  return error.name === "InvalidStateError" ? "This file is not a photo that the browser can read." : error.message;
}
