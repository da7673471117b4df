// Fit: this device times the blocks of the SuperNet, the computer searches, and the fitted network comes back.

import { element, labelled } from "../elements.js";
import { TimingAgent } from "../profile/agent.js";
import { browserIdentity } from "../profile/browser-identity.js";
import { pairingForm } from "../profile/pairing-form.js";
import { ProgressView } from "../profile/progress-view.js";
import { resultView } from "../profile/result-view.js";
import { median } from "../profile/statistics.js";

const UNFINISHED = "facefit.fit.limit";
const LIMITS = ["0.3x", "0.4x", "0.6x", "0.8x", "1x"];
const OWN_TIMING_MS = 2000;
let running = null;

export async function mount(panel, context) {
  const view = new FitView(panel, context);
  running = view;
  await view.open();
}

export function unmount() {
  running?.stop();
  running = null;
}

class FitView {
  #panel;
  #context;
  #stop = null;
  #progress = new ProgressView();
  #limit = element(
    "select",
    { name: "limit" },
    ...LIMITS.map((limit) => element("option", { value: limit, selected: limit === "0.6x" }, `${limit} of EfficientNet-B0`)),
  );
  #anew = element("input", { type: "checkbox", name: "anew" });
  #button = element("button", { className: "primary", onclick: () => this.#toggle() }, "Fit to this device");
  #result = element("div");

  constructor(panel, context) {
    this.#panel = panel;
    this.#context = context;
  }

  async open() {
    const { api, say } = this.#context;
    let status;
    try {
      status = await api.status();
    } catch {
      this.#panel.replaceChildren(element("p", {}, "The computer is out of reach. Start “facefit app” there to fit."));
      return;
    }
    if (!status.paired) {
      this.#panel.replaceChildren(pairingForm(api, say, () => this.#paired()));
      return;
    }
    this.#panel.replaceChildren(...this.#parts(status.task));
    const unfinished = localStorage.getItem(UNFINISHED);
    if (unfinished) this.#limit.value = unfinished;
    if (status.task === "profile" || status.job?.state === "running") await this.#start();
    else if (unfinished) this.#button.textContent = "Go on with the fit";
  }

  stop() {
    this.#stop?.abort();
  }

  async #paired() {
    await this.#context.models.refresh();
    await this.open();
  }

  #parts(task) {
    const intro =
      task === "profile"
        ? "The computer measures this browser. Keep the page open and in sight."
        : "This device times the SuperNet’s blocks for a minute; keep the page in sight. Nothing but timings is sent.";
    const options = element(
      "div",
      { className: "options", hidden: task === "profile" },
      labelled("Limit", this.#limit),
      element("label", { className: "choice" }, this.#anew, element("span", {}, "Forget what was measured before")),
    );
    return [element("p", {}, intro), options, this.#button, this.#progress.element, this.#result];
  }

  #toggle() {
    if (this.#stop) this.stop();
    else this.#start();
  }

  async #start() {
    const { say } = this.#context;
    const limit = this.#limit.value;
    say("");
    this.#stop = new AbortController();
    this.#button.textContent = "Stop";
    this.#limit.disabled = true;
    localStorage.setItem(UNFINISHED, limit);
    try {
      const job = await this.#serve(limit, this.#stop.signal);
      if (job.state === "failed") throw new Error(job.error);
      localStorage.removeItem(UNFINISHED);
      say("");
      await this.#finish(job.result);
      this.#button.textContent = "Fit again";
    } catch (error) {
      this.#button.textContent = "Go on with the fit";
      say(error.name === "AbortError" ? "Stopped; what was measured is kept." : error.message);
    } finally {
      this.#stop = null;
      this.#limit.disabled = false;
      this.#progress.hide();
    }
  }

  async #serve(limit, signal) {
    const { api } = this.#context;
    const identity = await browserIdentity();
    let anew = this.#anew.checked; // the first time: what a restarted computer kept is of this fit
    const begin = async () => {
      const job = await api.post("/api/jobs", { ...identity, limit, anew });
      anew = this.#anew.checked = false;
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
    await models.refresh();
    const bytes = await api.bytes(models.entry("fitted").url);
    models.renew("fitted", bytes);
    const model = await models.load("fitted");
    const thisPageMs = median(await model.time({ milliseconds: OWN_TIMING_MS }));
    this.#result.replaceChildren(resultView(fit, thisPageMs, bytes));
  }
}
