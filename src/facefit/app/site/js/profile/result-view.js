// What a fit came to: latency, accuracy, and the file to keep.

import { element, shareFile } from "../elements.js";
import { wordsOf } from "../tasks.js";

const ACCURACY = {
  expression: "of expressions read rightly, predicted for the faces that the search used",
  identity: "of people recognised by one photo of each, predicted for the people that the search used",
};

/** `thisPageMs` is the median of runs that the page timed by itself afterwards. */
export function resultView(fit, thisPageMs, bytes) {
  const speedUp = fit.reference_ms / fit.measured_ms;
  const { purpose, tab } = wordsOf(fit.task);
  const rows = [
    ["Latency", `${ms(fit.measured_ms)} (limit ${ms(fit.limit_ms)}, predicted ${ms(fit.predicted_ms)})`],
    ["Here and now", `${ms(thisPageMs)}, median of many runs`],
    ["EfficientNet-B0", `${ms(fit.reference_ms)}: the fitted network is ${speedUp.toFixed(1)} times as fast`],
    ["Accuracy", `${(100 * fit.accuracy).toFixed(1)} % ${ACCURACY[fit.task]}`],
    ["Prediction", `${fit.error_median_percent.toFixed(1)} % off (median of ${fit.held_out_networks} other networks)`],
    ["File", `${(fit.size_bytes / 1e6).toFixed(1)} MB, checked against its original (${fit.parity_max_abs.toExponential(0)})`],
  ];
  const save = () => shareFile(`facefit-${fit.task}.tflite`, new Blob([bytes], { type: "application/octet-stream" }));
  return element(
    "section",
    { className: "card result" },
    element("h2", {}, "Fitted to this device"),
    element("p", {}, `${purpose}, for the tab ${tab}.`),
    element("dl", {}, ...rows.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)])),
    element("p", {}, `The tab ${tab} uses it from now on.`),
    element("button", { className: "primary", onclick: save }, "Keep the file"),
  );
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}
