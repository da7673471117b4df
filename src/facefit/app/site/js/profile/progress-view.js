// How far a fit is: a bar, the stage, the time left.

import { element } from "../elements.js";

const PAUSED = {
  hidden: "paused while this page is hidden",
  unreachable: "the computer is out of reach; trying again",
};

export class ProgressView {
  #bar = element("progress", { max: 1, value: 0, hidden: true, "aria-label": "progress of the fit" });
  #stage = element("p", { className: "stage", role: "status" });
  /** Changes every second, so it is not spoken. */
  #left = element("p", { className: "stage" });

  constructor() {
    this.element = element("div", { className: "progress" }, this.#bar, this.#stage, this.#left);
  }

  show({ job, steps, paused }) {
    this.#bar.hidden = false;
    if (paused) {
      this.#say(PAUSED[paused], "");
      return;
    }
    const done = Math.min(job.total, job.done + steps);
    if (job.total) this.#bar.value = done / job.total;
    else this.#bar.removeAttribute("value");
    const percent = job.total ? `${Math.floor((100 * done) / job.total)} %` : "";
    this.#say(job.stage, [percent, left(job)].filter(Boolean).join(", "));
  }

  hide() {
    this.#bar.hidden = true;
    this.#say("", "");
  }

  #say(stage, left) {
    if (this.#stage.textContent !== stage) this.#stage.textContent = stage;
    this.#left.textContent = left;
  }
}

function left({ seconds_left }) {
  if (seconds_left === null) return "";
  return seconds_left < 60 ? `${Math.ceil(seconds_left / 5) * 5} s left` : `${Math.ceil(seconds_left / 60)} min left`;
}
