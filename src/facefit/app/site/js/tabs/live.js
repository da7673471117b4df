/** Live: the front camera, its faces, and what a network reads in them. */

import { element } from "../elements.js";
import { Camera, frameOf, nextFrame } from "../live/camera.js";
import { Overlay } from "../live/overlay.js";
import { Pace } from "../live/pace.js";
import { Probabilities } from "../live/probabilities.js";
import { Times } from "../live/times.js";
import { NetworkChoice } from "../network_choice.js";

const LONG_SIDE_PX = 320;
const INVITATION = "The network reads the expressions of faces, on this phone. No picture leaves it.";
const ASKING = "Asking the computer for networks…";
const TAKEN = "The camera was switched off: another app took it, it was unplugged, or it is not allowed any more.";
const NO_NETWORK = "There is no network yet. Pair this device in the tab Fit.";

class LiveTab {
  #context;
  #camera = null;
  /** Changes with each start and stop: what waited meanwhile sees that it is over. */
  #run = null;
  #video = element("video", { playsInline: true, muted: true, "aria-label": "Picture of the front camera" });
  #overlay = new Overlay();
  #words = element("p", { role: "status" }, INVITATION);
  #start = element("button", { className: "primary", type: "button" }, "Start the camera");
  #stop = element("button", { className: "stop", type: "button", hidden: true }, "Stop");
  #invitation = element("div", { className: "invitation" }, this.#words, this.#start);
  #network;
  #probabilities = new Probabilities();
  #times = new Times();
  #onModels = () => this.#listNetworks();
  #onHidden = () => document.hidden && this.#run && this.stop("The camera pauses while the page is hidden.");

  constructor(panel, context) {
    this.#context = context;
    this.#network = new NetworkChoice(context.models, "expression");
    this.#start.addEventListener("click", () => this.#begin());
    this.#stop.addEventListener("click", () => this.stop());
    panel.append(this.#section());
    context.models.addEventListener("change", this.#onModels);
    document.addEventListener("visibilitychange", this.#onHidden);
    this.#listNetworks();
  }

  close() {
    this.stop();
    this.#context.models.removeEventListener("change", this.#onModels);
    document.removeEventListener("visibilitychange", this.#onHidden);
  }

  /** Lets go of the camera; the panel says why. */
  stop(why = INVITATION) {
    this.#run = null;
    this.#camera?.close();
    this.#camera = null;
    this.#video.srcObject = null;
    this.#overlay.clear();
    this.#probabilities.show(null);
    this.#times.clear();
    this.#words.textContent = why;
    this.#start.disabled = !this.#context.models.chosen("expression");
    this.#invitation.hidden = false;
    this.#stop.hidden = true;
  }

  #section() {
    const view = element(
      "div",
      { className: "view" },
      this.#video,
      this.#overlay.element,
      this.#invitation,
      this.#stop,
    );
    const network = this.#network.element;
    const results = element("div", { className: "card" }, network, this.#probabilities.element, this.#times.element);
    return element("section", { className: "live", "aria-label": "Live" }, view, results);
  }

  #listNetworks() {
    const { models } = this.#context;
    const present = models.chosen("expression");
    this.#network.update();
    if (!this.#run) {
      this.#start.disabled = !present;
      this.#words.textContent = present ? INVITATION : models.asked ? NO_NETWORK : ASKING;
    }
    this.#probabilities.setClasses(present?.card.classes ?? []);
  }

  async #begin() {
    const run = (this.#run = Symbol("run"));
    this.#start.disabled = true;
    try {
      this.#words.textContent = "Getting the network…";
      await this.#reader();
      if (this.#run !== run) return;
      this.#words.textContent = "Waiting for the camera…";
      await this.#open(run);
      if (this.#run !== run) return;
      this.#invitation.hidden = true;
      this.#stop.hidden = false;
      await this.#loop(run);
    } catch (error) {
      if (this.#run === run) this.stop(error.message);
    }
  }

  /** Shows the camera's picture; a camera that comes too late is closed. */
  async #open(run) {
    const camera = await Camera.open();
    if (this.#run !== run) {
      camera.close();
      return;
    }
    this.#camera = camera;
    camera.addEventListener("end", () => this.#camera === camera && this.stop(TAKEN));
    await camera.show(this.#video);
  }

  /** The worker with the chosen network in it. */
  async #reader() {
    const entry = this.#context.models.chosen("expression");
    return { entry, faces: await this.#context.faces.startWith("expression", entry) };
  }

  async #loop(run) {
    const pace = new Pace();
    while (this.#run === run) {
      await nextFrame(this.#video);
      const { entry, faces } = await this.#reader();
      if (this.#run !== run) return;
      const begin = performance.now();
      const bitmap = await frameOf(this.#video, LONG_SIDE_PX);
      const frame = { width: bitmap.width, height: bitmap.height };
      const grabbed = performance.now() - begin;
      const { faces: found, milliseconds } = await faces.frame("expression", bitmap, "portrait");
      if (this.#run !== run) return;
      pace.add({ ...milliseconds, picture: grabbed + milliseconds.pixels });
      this.#show(frame, found, entry.card.classes, pace);
    }
  }

  #show(frame, found, classes, pace) {
    const label = ({ probabilities }) => {
      const top = probabilities.indexOf(Math.max(...probabilities));
      return `${classes[top]} ${Math.round(100 * probabilities[top])} %`;
    };
    this.#overlay.draw(
      frame,
      found.map((face) => ({ box: face.box, label: label(face) })),
    );
    const size = ({ box }) => box[3] - box[1];
    const nearest = found.reduce((best, face) => (!best || size(face) > size(best) ? face : best), null);
    this.#probabilities.show(nearest?.probabilities ?? null);
    this.#times.show(pace);
  }
}

let tab = null;

export function mount(panel, context) {
  tab = new LiveTab(panel, context);
}

export function unmount() {
  tab?.close();
  tab = null;
}
