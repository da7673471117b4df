/** Which network compares faces, and from which similarity on two faces pass as one person. */

const FALSE_ACCEPTANCE = "0.001";
/** Cosine 0.5 is distance 1 between unit vectors, the threshold of the paper's app. */
const THRESHOLD = 0.5;

/**
 * A network that knows people if the computer offers one, else one of those that describe faces otherwise.
 *
 * @param {import("../models.js").Models} models
 * @returns {{entry: object, knowsPeople: boolean, threshold: number, view: "aligned" | "cropped"} | null}
 */
export function chooseDescriber(models) {
  const describing = models.list().filter(({ card }) => card?.outputs?.includes("descriptor"));
  const knowing = describing.filter(({ card }) => card.task === "identity");
  const entry = preferred(knowing, models) ?? preferred(describing, models);
  if (!entry) return null;
  const said = entry.card.identification ?? {};
  return {
    entry,
    knowsPeople: entry.card.task === "identity",
    threshold: said.thresholds?.[FALSE_ACCEPTANCE] ?? THRESHOLD,
    view: said.view === "cropped" ? "cropped" : "aligned",
  };
}

/** Networks that read expressions. */
export function expressionNetworks(models) {
  return models.list().filter(({ card }) => card?.outputs?.includes("probabilities") && card.classes?.length);
}

/** The chosen one if it is among them, else the first. */
export function preferred(entries, models) {
  return entries.find(({ name }) => name === models.chosen) ?? entries[0];
}
