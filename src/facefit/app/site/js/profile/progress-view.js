// How far a fit is: a bar, the stage, the time left.

import { element } from "../elements.js";

const PAUSED = {
  hidden: "paused while this page is hidden",
  unreachable: "the computer is out of reach; trying again",
};

export class ProgressView {
  constructor() {
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "progress of the fit" });
    this.text = element("p", { className: "stage", role: "status" });
    this.element = element("div", { className: "progress", hidden: true }, this.bar, this.text);
  }

  show({ job, steps, paused }) {
    this.element.hidden = false;
    if (paused) {
      this.#say(PAUSED[paused]);
      return;
    }
    const done = Math.min(job.total, job.done + steps);
    if (job.total) this.bar.value = done / job.total;
    else this.bar.removeAttribute("value");
    this.#say([job.stage, job.total ? `${Math.floor((100 * done) / job.total)} %` : "", left(job)].filter(Boolean).join(", "));
  }

  hide() {
    this.element.hidden = true;
  }

  #say(text) {
    if (this.text.textContent !== text) this.text.textContent = text;
  }
}

function left({ seconds_left }) {
  if (seconds_left === null) return "";
  return seconds_left < 60 ? `${Math.ceil(seconds_left / 5) * 5} s left` : `${Math.ceil(seconds_left / 60)} min left`;
}
