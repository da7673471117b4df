/** A place for one photo from the gallery. */

import { drawing, element } from "../elements.js";

export class PhotoSlot {
  #image = element("img", { alt: "", hidden: true });
  #badge = element("span", { className: "badge", hidden: true });
  #invitation;
  #input;

  /** @param {string} name such as "First photo" @param {(file: File) => void} onFile */
  constructor(name, onFile) {
    this.name = name;
    this.#input = element("input", { type: "file", accept: "image/*", className: "unseen", "aria-label": name });
    this.#input.addEventListener("change", () => {
      const [file] = this.#input.files;
      this.#input.value = ""; // so that the same photo can be chosen again
      if (file) onFile(file);
    });
    this.#invitation = element("span", { className: "invitation" }, picture(), element("b", {}, name), "tap to choose");
    this.element = element("label", { className: "slot" }, this.#input, this.#invitation, this.#image, this.#badge);
  }

  /** Shows a photo, with a word about it in the corner. */
  show(address, word) {
    if (this.#image.src !== address) this.#image.src = address;
    this.#image.hidden = false;
    this.#invitation.hidden = true;
    this.element.classList.add("filled");
    this.#badge.textContent = word;
    this.#badge.hidden = false;
    this.#image.alt = `${this.name}: ${word}`;
  }

  /** From places in the photo to places in the stage around. @param {{width: number, height: number}} photo */
  placing(photo, stage) {
    const slot = this.element.getBoundingClientRect();
    const around = stage.getBoundingClientRect();
    const scale = Math.min(slot.width / photo.width, slot.height / photo.height);
    const left = slot.left - around.left + (slot.width - photo.width * scale) / 2;
    const top = slot.top - around.top + (slot.height - photo.height * scale) / 2;
    return ([x0, y0, x1, y1]) => [left + x0 * scale, top + y0 * scale, left + x1 * scale, top + y1 * scale];
  }
}

function picture() {
  return drawing(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    drawing("rect", { x: 3, y: 4.5, width: 18, height: 15, rx: 3 }),
    drawing("circle", { cx: 9, cy: 10, r: 1.8 }),
    drawing("path", { d: "m5 17.500 5-4 3 2.300 3.500-3.300 3 2.800" }),
  );
}
