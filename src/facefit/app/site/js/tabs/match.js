/** Match: all faces of two photos, and lines between those that are alike. */

import { element } from "../elements.js";
import { FALSE_ACCEPTANCE, chooseDescriber } from "../faces/describer.js";
import { matches } from "../faces/matching.js";
import { answer, count, spoken } from "../match/answer.js";
import { Links } from "../match/links.js";
import { PhotoSlot } from "../match/photo_slot.js";
import { Photos } from "../match/photos.js";
import { NetworkChoice } from "../network_choice.js";

const NAMES = ["First photo", "Second photo"];

class MatchTab {
  #context;
  #photos;
  #slots = NAMES.map((name, i) => new PhotoSlot(name, (file) => this.#photos.read(i, file)));
  #links = new Links();
  #answer = element("p", { className: "answer", role: "status" });
  #spoken = element("ul", { className: "unseen" });
  #slider = element("input", { type: "range", id: "threshold", min: "-0.2", max: "1", step: "0.01" });
  #value = element("output", { htmlFor: "threshold" });
  #network;
  #knows = element("p", { className: "muted small knows" });
  #stage;
  #watch = new ResizeObserver(() => this.#draw());
  #onModels = () => this.#compare();
  #onPhotos = () => this.#draw();

  constructor(panel, context) {
    this.#context = context;
    this.#photos = kept(context.settings, "match photos", () => new Photos(context.faces, context.models));
    this.#stage = element(
      "div",
      { className: "photos" },
      ...this.#slots.map((slot) => slot.element),
      this.#links.element,
    );
    this.#network = new NetworkChoice(context.models, "identity");
    this.#slider.addEventListener("input", () => this.#chosen(Number(this.#slider.value)));
    panel.append(
      element(
        "section",
        { className: "match", "aria-label": "Match" },
        this.#stage,
        element("div", { className: "card" }, this.#answer, this.#spoken, this.#controls(), this.#network.element, this.#knows),
      ),
    );
    this.#watch.observe(this.#stage);
    context.models.addEventListener("change", this.#onModels);
    this.#photos.addEventListener("change", this.#onPhotos);
    this.#compare();
  }

  close() {
    this.#watch.disconnect();
    this.#context.models.removeEventListener("change", this.#onModels);
    this.#photos.removeEventListener("change", this.#onPhotos);
  }

  #controls() {
    const name = element("label", { htmlFor: "threshold" }, "Least similarity of a match");
    return element("div", { className: "threshold" }, name, this.#value, this.#slider);
  }

  #chosen(threshold) {
    this.#context.settings.set("match threshold", threshold);
    this.#draw();
  }

  /** By the present network. */
  #compare() {
    this.#network.update();
    this.#draw();
    this.#photos.describe();
  }

  #draw() {
    const describer = chooseDescriber(this.#context.models);
    const threshold = this.#context.settings.get("match threshold") ?? describer?.threshold ?? 0.5;
    this.#slider.value = String(threshold);
    this.#value.textContent = threshold.toFixed(2);
    this.#photos.both.forEach((photo, i) => photo.address && this.#slots[i].show(photo.address, word(photo)));
    const { pairs } = this.#photos;
    const matched = matches(pairs ?? [], threshold);
    this.#links.draw(this.#boxes(), matched);
    this.#answer.textContent = this.#words(describer, pairs, matched);
    this.#spoken.replaceChildren(...spoken(matched).map((line) => element("li", {}, line)));
    this.#knows.textContent = describer ? whatItKnows(describer) : "";
  }

  #words(describer, pairs, matched) {
    if (describer) return answer(this.#photos.both, pairs, matched);
    return this.#context.models.asked ? NO_NETWORK : ASKING;
  }

  /** Boxes of the faces of both photos, on the stage. */
  #boxes() {
    return this.#photos.both.map((photo, i) => {
      if (!photo.faces?.length) return [];
      const place = this.#slots[i].placing(photo, this.#stage);
      return photo.faces.map(({ box }) => place(box));
    });
  }
}

const ASKING = "Asking the computer for networks…";
const NO_NETWORK = "There is no network yet. Pair this device in the tab Fit.";

/** What the network is for, and what its threshold means. */
function whatItKnows({ threshold, known }) {
  const purpose = "This network was trained to tell people apart, and it errs.";
  if (!known) return purpose;
  return `${purpose} About 1 in ${1 / FALSE_ACCEPTANCE} pairs of different people reaches ${threshold.toFixed(2)}.`;
}

function word({ busy, unreadable, faces }) {
  if (busy) return "looking…";
  if (unreadable) return "not readable";
  return faces?.length ? count(faces.length, "face", "faces") : "no face";
}

function kept(settings, name, make) {
  if (!settings.has(name)) settings.set(name, make());
  return settings.get(name);
}

let tab = null;

export function mount(panel, context) {
  tab = new MatchTab(panel, context);
}

export function unmount() {
  tab?.close();
  tab = null;
}
