/** Match: all faces of two photos, and lines between those that are alike. */

import { element } from "../elements.js";
import { FALSE_ACCEPTANCE, chooseDescriber } from "../faces/describer.js";
import { matches, similarities } from "../faces/matching.js";
import { answer, count, spoken } from "../match/answer.js";
import { Links } from "../match/links.js";
import { PhotoSlot } from "../match/photo_slot.js";
import { NetworkChoice } from "../network_choice.js";

const KEYS = ["first", "second"];

class MatchTab {
  #context;
  #photos;
  /** Tells of photos that were read: a photo outlives the tab that began to read it. */
  #news;
  #threshold;
  #slots = KEYS.map((key, i) => new PhotoSlot(i ? "Second photo" : "First photo", (file) => this.#read(i, file)));
  #links = new Links();
  #answer = element("p", { className: "answer", role: "status" });
  #spoken = element("ul", { className: "unseen" });
  #slider = element("input", { type: "range", id: "threshold", min: "-0.2", max: "1", step: "0.01" });
  #value = element("output", { htmlFor: "threshold" });
  #network;
  #knows = element("p", { className: "muted small knows" });
  #stage;
  #watch = new ResizeObserver(() => this.#draw());
  #onModels = () => this.#describeAll();
  #onNews = () => this.#draw();

  constructor(panel, context) {
    this.#context = context;
    this.#photos = kept(context.settings, "match photos", () => [{}, {}]);
    this.#news = kept(context.settings, "match news", () => new EventTarget());
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
    this.#news.addEventListener("change", this.#onNews);
    this.#describeAll();
  }

  close() {
    this.#watch.disconnect();
    this.#context.models.removeEventListener("change", this.#onModels);
    this.#news.removeEventListener("change", this.#onNews);
  }

  #controls() {
    const name = element("label", { htmlFor: "threshold" }, "Least similarity of a match");
    return element("div", { className: "threshold" }, name, this.#value, this.#slider);
  }

  #chosen(threshold) {
    this.#context.settings.set("match threshold", threshold);
    this.#draw();
  }

  async #read(i, file) {
    const photo = { address: URL.createObjectURL(file), busy: true };
    if (this.#photos[i].address) URL.revokeObjectURL(this.#photos[i].address);
    this.#photos[i] = photo;
    this.#tell();
    try {
      const faces = await this.#context.faces.start();
      Object.assign(photo, await faces.read(KEYS[i], file));
      await this.#describe(i);
    } catch (error) {
      photo.error = inWords(error);
    }
    photo.busy = false;
    this.#tell();
  }

  #tell() {
    this.#news.dispatchEvent(new Event("change"));
  }

  /** Descriptors of a photo's faces by the present network; none while there is no network. */
  async #describe(i) {
    const photo = this.#photos[i];
    const describer = chooseDescriber(this.#context.models);
    const content = describer?.entry.bytes ?? describer?.entry.url;
    if (!photo.faces || !describer || photo.describedBy === content) return;
    const faces = await this.#context.faces.startWith("descriptor", describer.entry);
    const descriptors = await faces.describe(KEYS[i], "descriptor", describer.view);
    const now = chooseDescriber(this.#context.models)?.entry;
    if (content !== (now.bytes ?? now.url)) return; // another network was chosen meanwhile, and describes as well
    photo.descriptors = descriptors;
    photo.describedBy = content;
  }

  async #describeAll() {
    this.#network.update();
    this.#draw();
    try {
      await this.#describe(0);
      await this.#describe(1);
    } catch (error) {
      this.#context.say(inWords(error));
    }
    this.#draw();
  }

  #draw() {
    const describer = chooseDescriber(this.#context.models);
    const threshold = this.#context.settings.get("match threshold") ?? describer?.threshold ?? 0.5;
    this.#slider.value = String(threshold);
    this.#value.textContent = threshold.toFixed(2);
    this.#photos.forEach((photo, i) => photo.address && this.#slots[i].show(photo.address, word(photo)));
    const [a, b] = this.#photos.map(({ descriptors }) => descriptors ?? []);
    const matched = matches(a, b, threshold);
    this.#links.draw(this.#boxes(), matched);
    this.#answer.textContent = this.#words(describer, similarities(a, b), matched);
    this.#spoken.replaceChildren(...spoken(matched).map((line) => element("li", {}, line)));
    this.#knows.textContent = describer ? whatItKnows(describer) : "";
  }

  #words(describer, pairs, matched) {
    if (describer) return answer(this.#photos, pairs, matched);
    return this.#context.models.asked ? NO_NETWORK : ASKING;
  }

  /** Boxes of the faces of both photos, on the stage. */
  #boxes() {
    return this.#photos.map((photo, i) => {
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

function word({ busy, error, faces }) {
  if (busy) return "looking…";
  if (error) return "not readable";
  return faces?.length ? count(faces.length, "face", "faces") : "no face";
}

function inWords(error) {
  if (error.name === "InvalidStateError") return "This file is not a photo that the browser can read.";
  return error.message;
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
