// Measure: how long networks take on this device.

import { element, labelled } from "../elements.js";
import { browserIdentity } from "../profile/browser-identity.js";
import { histogramView } from "../profile/histogram-view.js";
import { figures, measure, record } from "../profile/measurement.js";
import { RecordSharing } from "../profile/record-sharing.js";
import { readNetwork } from "../profile/uploads.js";
import { TASKS, taskOf, wordsOf } from "../tasks.js";

let mounted = null;

export function mount(panel, context) {
  mounted = new MeasureView(panel, context);
  return mounted.open();
}

export function unmount() {
  mounted?.close();
  mounted = null;
}

class MeasureView {
  #context;
  #stop = null;
  #rows = [];
  #picked = new Set(); // the networks that tabs use, until the user picks
  #touched = false;
  #choices = element("fieldset", { className: "choices" });
  #seconds = element(
    "select",
    { name: "seconds" },
    ...[2, 5, 10, 30].map((s) => element("option", { value: s, selected: s === 5 }, `${s} seconds each`)),
  );
  #file = element("input", { type: "file", name: "network", onchange: () => this.#upload() });
  #button = element("button", { className: "primary", onclick: () => this.#toggle() }, "Measure");
  #sharing;
  #progress = element("progress", { max: 1, value: 0, hidden: true, "aria-label": "progress of measuring" });
  #results = element("div", { className: "results", "aria-live": "polite" });
  #refill = () => this.#fill();

  constructor(panel, context) {
    this.#context = context;
    this.#sharing = new RecordSharing(() => this.#record(), context.say);
    panel.replaceChildren(
      this.#choices,
      labelled("A network of your own (stays on this device)", this.#file),
      labelled("How long", this.#seconds),
      this.#button,
      this.#progress,
      this.#results,
      ...this.#sharing.parts,
    );
  }

  open() {
    this.#context.models.addEventListener("change", this.#refill);
    this.#fill();
  }

  close() {
    this.#context.models.removeEventListener("change", this.#refill);
    this.#stop?.abort();
  }

  #fill() {
    const { models } = this.#context;
    if (!this.#touched) this.#picked = new Set(models.used().map(({ name }) => name));
    const groups = [...TASKS, undefined].flatMap((task) => this.#group(task));
    const hint = element("p", {}, "No network is here yet: pair this device in the tab Fit, or bring one of your own.");
    this.#choices.replaceChildren(element("legend", {}, "Networks"), ...(groups.length ? groups : [hint]));
  }

  /** The networks for a task under what it is, or those without one. */
  #group(task) {
    const entries = this.#context.models.list().filter((entry) => taskOf(entry) === task);
    const heading = element("h3", { className: "group" }, purposeOf(task));
    return entries.length ? [heading, ...entries.map((entry) => this.#choice(entry))] : [];
  }

  #choice({ name, title }) {
    const pick = ({ target }) => {
      this.#touched = true;
      if (target.checked) this.#picked.add(name);
      else this.#picked.delete(name);
    };
    const checked = this.#picked.has(name);
    const box = element("input", { type: "checkbox", name: "pick", value: name, checked, onchange: pick });
    return element("label", { className: "choice" }, box, element("span", {}, title));
  }

  async #upload() {
    const [file] = this.#file.files;
    const { models, say, warn } = this.#context;
    if (!file) return;
    try {
      const bytes = await readNetwork(file);
      this.#touched = true;
      this.#picked.add(file.name);
      models.add(file.name, file.name, "uploaded", bytes);
      say("");
    } catch (error) {
      warn(error.message);
    } finally {
      this.#file.value = "";
    }
  }

  async #toggle() {
    if (this.#stop) {
      this.#stop.abort();
      return;
    }
    const { models, say, warn } = this.#context;
    const names = models.list().map(({ name }) => name).filter((name) => this.#picked.has(name));
    if (!names.length) {
      warn("Choose a network first.");
      return;
    }
    this.#begin();
    try {
      const tell = (share) => (this.#progress.value = share);
      this.#rows = await measure(models, names, Number(this.#seconds.value), this.#stop.signal, tell);
      this.#show();
      say("");
    } catch (error) {
      if (error.name === "AbortError") say("Stopped: timing needs the page in sight.");
      else warn(error.message);
    } finally {
      this.#end();
    }
  }

  #begin() {
    this.#stop = new AbortController();
    this.#button.textContent = "Stop";
    this.#progress.value = 0;
    this.#progress.hidden = false;
  }

  #end() {
    this.#stop = null;
    this.#button.textContent = "Measure";
    this.#progress.hidden = true;
  }

  #show() {
    this.#results.replaceChildren(...this.#rows.map(({ name, runsMs }) => this.#card(name, runsMs)));
    this.#sharing.offer();
  }

  #card(name, runsMs) {
    const entry = this.#context.models.entry(name);
    const { title } = entry;
    const f = figures(runsMs);
    const summary = `${f.mean_ms.toFixed(2)} ± ${f.standard_deviation_ms.toFixed(2)} ms`;
    return element(
      "section",
      { className: "card latency" },
      element("h2", {}, title),
      element("p", { className: "for" }, purposeOf(taskOf(entry))),
      element("p", { className: "figure" }, summary),
      element("p", {}, `median ${f.median_ms.toFixed(2)} ms, fastest ${f.minimum_ms.toFixed(2)} ms, ${f.runs} runs`),
      histogramView(runsMs, `${title}: inference times, ${summary}`),
    );
  }

  async #record() {
    return record(await browserIdentity(), this.#rows, (name) => this.#context.models.entry(name));
  }
}

function purposeOf(task) {
  if (!task) return "To compare with";
  const { purpose, tab } = wordsOf(task);
  return `${purpose}, for the tab ${tab}`;
}
