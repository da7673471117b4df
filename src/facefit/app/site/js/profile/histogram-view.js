// A histogram as a drawing that follows the colours of the page.

import { drawing } from "../elements.js";
import { histogram, quantile } from "./statistics.js";

const WIDTH = 320;
const HEIGHT = 96;
const BINS = 32;

/** Of milliseconds; `title` is what a screen reader says of it. */
export function histogramView(values, title) {
  const top = Math.max(quantile(values, 0.99), Math.min(...values) * 1.02);
  const { low, width, counts } = histogram(values, BINS, top);
  const highest = Math.max(...counts);
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 18}`, role: "img", class: "histogram", "aria-label": title });
  counts.forEach((count, i) => {
    const height = (HEIGHT * count) / highest;
    const bar = { x: (i * WIDTH) / BINS, y: HEIGHT - height, width: WIDTH / BINS - 1, height, fill: "currentColor" };
    svg.append(drawing("rect", bar));
  });
  svg.append(label(0, "start", low), label(WIDTH, "end", low + width * BINS));
  return svg;
}

function label(x, anchor, milliseconds) {
  const text = drawing("text", { x, y: HEIGHT + 14, "text-anchor": anchor, "font-size": 12, fill: "currentColor" });
  text.textContent = `${milliseconds.toPrecision(3)} ms`;
  return text;
}
