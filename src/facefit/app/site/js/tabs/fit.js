// Fit: this device times the blocks of a SuperNet, the computer searches, and the fitted network comes back.

import { Unreachable } from "../api.js";
import { element } from "../elements.js";
import { TimingAgent } from "../profile/agent.js";
import { browserIdentity } from "../profile/browser-identity.js";
import { FitForm } from "../profile/fit-form.js";
import { pairingForm } from "../profile/pairing-form.js";
import { ProgressView } from "../profile/progress-view.js";
import { resultView } from "../profile/result-view.js";
import { inAndroidApp } from "../shell/host.js";
import { median } from "../profile/statistics.js";

const UNFINISHED = "facefit.fit.wish";
const OWN_TIMING_MS = 2000;
const BEGIN = "Fit to this device";
const IN_APP =
  "Fitting needs the computer: start “facefit app” there, and open its page in this phone’s browser. " +
  "This app has the networks that it was built with.";
const AWAY = "The computer is out of reach. Start “facefit app” there to fit.";
const GO_ON = "Go on with the fit";
let running = null;

export async function mount(panel, context) {
  const view = new FitView(panel, context);
  running = view;
  await view.open();
}

export function unmount() {
  running?.close();
  running = null;
}

class FitView {
  #panel;
  #context;
  #stop = null;
  #closed = false;
  #waiting = false;
  #progress = new ProgressView();
  #form = new FitForm();
  #button = element("button", { className: "primary", onclick: () => this.#toggle() }, BEGIN);
  #result = element("div");
  #onModels = () => this.#form.update(this.#context.models);
  #onPaired = () => this.#waiting && this.open(); // by the form, or by an address that was still on its way

  constructor(panel, context) {
    this.#panel = panel;
    this.#context = context;
    this.#form.element.addEventListener("change", () => (this.#button.textContent = BEGIN)); // another fit
  }

  async open() {
    if (this.#closed) return; // the panel shows another tab by now
    const { connection, models, warn } = this.#context;
    if (inAndroidApp()) {
      this.#panel.replaceChildren(element("p", {}, IN_APP));
      return;
    }
    models.addEventListener("change", this.#onModels);
    connection.addEventListener("paired", this.#onPaired);
    this.#waiting = false;
    this.#panel.replaceChildren(element("p", { role: "status" }, "Asking the computer…"));
    const status = await connection.status().catch((error) => ({ wrong: error instanceof Unreachable ? AWAY : error.message }));
    if (this.#closed) return;
    this.#waiting = !status.paired;
    if (status.wrong) this.#panel.replaceChildren(element("p", { role: "status" }, status.wrong));
    else if (!status.paired) this.#panel.replaceChildren(pairingForm(connection, warn));
    else await this.#goOn(status);
  }

  close() {
    this.#closed = true;
    this.#context.models.removeEventListener("change", this.#onModels);
    this.#context.connection.removeEventListener("paired", this.#onPaired);
    this.#stop?.abort();
  }

  /** Shows the form, and takes up what is unfinished. */
  async #goOn({ purpose, job }) {
    const unfinished = remembered();
    const wish = job?.state === "running" ? job.wish : unfinished;
    if (wish) this.#form.wish = wish;
    this.#onModels();
    this.#panel.replaceChildren(...this.#parts(purpose));
    if (purpose === "profile" || job?.state === "running") await this.#start();
    else if (unfinished) this.#button.textContent = GO_ON;
  }

  #parts(purpose) {
    const intro =
      purpose === "profile"
        ? "The computer measures this browser. Keep the page open and in sight."
        : "This device times a SuperNet’s blocks for a minute, once for each task; keep the page in sight. " +
          "Nothing but timings is sent.";
    this.#form.element.hidden = purpose === "profile";
    return [element("p", {}, intro), this.#form.element, this.#button, this.#progress.element, this.#result];
  }

  #toggle() {
    if (this.#stop) this.#stop.abort();
    else this.#start();
  }

  async #start() {
    const { say, warn } = this.#context;
    say("");
    try {
      const { wish } = this.#form;
      this.#begin(wish);
      const job = await this.#serve(wish, this.#stop.signal);
      if (job.state === "failed") throw new Error(job.error);
      localStorage.removeItem(UNFINISHED);
      say("");
      await this.#finish(job.result);
      this.#button.textContent = "Fit again";
    } catch (error) {
      if (this.#stop) this.#button.textContent = GO_ON;
      if (error.name === "AbortError") say("Stopped; what was measured is kept.");
      else warn(error.message);
    } finally {
      this.#stop = null;
      this.#form.disabled = false;
      this.#progress.hide();
    }
  }

  #begin(wish) {
    this.#stop = new AbortController();
    this.#button.textContent = "Stop";
    this.#form.disabled = true;
    localStorage.setItem(UNFINISHED, JSON.stringify(wish));
  }

  async #serve(wish, signal) {
    const { api } = this.#context;
    const identity = await browserIdentity();
    const begin = async () => {
      const job = await api.post("/api/jobs", { ...identity, ...wish, anew: this.#form.anew });
      this.#form.begun();
      return job;
    };
    return new TimingAgent(api, begin, (state) => this.#progress.show(state)).run(signal);
  }

  async #finish(fit) {
    if (!fit?.file) {
      this.#result.replaceChildren(element("p", {}, "Measured. The computer has the profile; this page may be closed."));
      return;
    }
    const { api, models } = this.#context;
    const name = `${fit.task}-fitted`;
    await models.refresh("reload");
    const bytes = await api.bytes(models.entry(name).url);
    models.renew(name, bytes);
    if (this.#closed) return; // what is timed beside another tab says nothing
    const model = await models.load(name);
    const thisPageMs = median(await model.time({ milliseconds: OWN_TIMING_MS }));
    this.#result.replaceChildren(resultView(fit, thisPageMs, bytes));
  }
}

/** The wish of a fit that was not finished, if there is one. */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(UNFINISHED));
  } catch {
    return null;
  }
}
