/** Boxes around faces, and lines between those that match, drawn over both photos. */

import { drawing } from "../elements.js";

const PILL = { width: 52, height: 26 };

export class Links {
  constructor() {
    this.element = drawing("svg", { class: "links", "aria-hidden": "true" });
  }

  /**
   * @param {import("../faces/boxes.js").Box[][]} boxes of the faces of each photo, on the stage
   * @param {{a: number, b: number, similarity: number}[]} pairs that match
   */
  draw(boxes, pairs) {
    const matched = [new Set(pairs.map(({ a }) => a)), new Set(pairs.map(({ b }) => b))];
    const faces = boxes.flatMap((those, i) => those.map((box, k) => face(box, matched[i].has(k))));
    const ends = pairs.map(({ a, b }) => between(boxes[0][a], boxes[1][b]));
    const lines = ends.map(([x1, y1, x2, y2]) => drawing("line", { x1, y1, x2, y2 }));
    const places = labelPlaces(ends);
    const labels = pairs.map(({ similarity }, i) => label(places[i], similarity.toFixed(2)));
    this.element.replaceChildren(...faces, ...lines, ...labels);
  }
}

function face([x0, y0, x1, y1], matched) {
  const size = { x: x0, y: y0, width: Math.max(x1 - x0, 1), height: Math.max(y1 - y0, 1), rx: 5 };
  return drawing("rect", { class: matched ? "face matched" : "face", ...size });
}

/** From the edge of one box to the edge of the other: downwards, or to the right where photos stand side by side. */
function between(a, b) {
  const middle = (box) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const [ax, ay] = middle(a);
  const [bx, by] = middle(b);
  return Math.abs(by - ay) >= Math.abs(bx - ax) ? [ax, a[3], bx, b[1]] : [a[2], ay, b[0], by];
}

/** In the middle of each line, or further along it where another label is in the way. */
function labelPlaces(ends) {
  const placed = [];
  for (const [x1, y1, x2, y2] of ends) {
    const candidates = [0.5, 0.36, 0.64, 0.22, 0.78].map((t) => [x1 + (x2 - x1) * t, y1 + (y2 - y1) * t]);
    const free = ([x, y]) => placed.every(([u, v]) => Math.abs(u - x) > PILL.width || Math.abs(v - y) > PILL.height);
    placed.push(candidates.find(free) ?? candidates[0]);
  }
  return placed;
}

function label([x, y], text) {
  const { width, height } = PILL;
  return drawing(
    "g",
    {},
    drawing("rect", { class: "pill", x: x - width / 2, y: y - height / 2, width, height, rx: height / 2 }),
    drawing("text", { x, y }, text),
  );
}
