/** Which network compares faces, and from which similarity on two faces pass as one person. */

import { contentOf } from "../models.js";

/** The share of pairs of different people that pass at the threshold of the card. */
export const FALSE_ACCEPTANCE = "0.001";
/** Cosine 0.5 is distance 1 between unit vectors, the threshold of the paper's app. */
const THRESHOLD = 0.5;

/**
 * The network that Match uses; `known` where its card has a threshold.
 *
 * @param {import("../models.js").Models} models
 * @returns {{entry: object, content: Uint8Array | string, threshold: number, known: boolean,
 *            view: "aligned" | "cropped"} | null} `content` is equal for the same network only
 */
export function chooseDescriber(models) {
  const entry = models.chosen("identity");
  if (!entry) return null;
  const said = entry.card.identification ?? {};
  const threshold = said.thresholds?.[FALSE_ACCEPTANCE];
  return {
    entry,
    content: contentOf(entry),
    threshold: threshold ?? THRESHOLD,
    known: threshold !== undefined,
    view: said.view === "cropped" ? "cropped" : "aligned",
  };
}
