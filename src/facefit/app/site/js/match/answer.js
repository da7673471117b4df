/** In words what came out of a comparison. */

const PLACES = ["first", "second"];

/**
 * @param {{faces?: object[], unreadable?: string, undescribed?: string, busy?: boolean}[]} photos both, in any state
 * @param {{similarity: number}[] | null} pairs all of them; null before they are compared
 * @param {object[]} matched those over the threshold
 */
export function answer(photos, pairs, matched) {
  const wrong = photos.find(({ unreadable }) => unreadable);
  if (wrong) return wrong.unreadable;
  if (photos.some(({ busy }) => busy)) return "Looking for faces…";
  const missing = PLACES.filter((_, i) => !photos[i].faces);
  if (missing.length === 2) return "Choose two photos. They stay here.";
  const without = PLACES.filter((_, i) => photos[i].faces?.length === 0);
  if (without.length) return `No face found in the ${without.join(" and in the ")} photo.`;
  if (missing.length) return `Choose the ${missing[0]} photo.`;
  if (!pairs) return photos.find(({ undescribed }) => undescribed)?.undescribed ?? "Comparing faces…";
  if (matched.length)
    return `${count(matched.length, "match", "matches")} among ${count(pairs.length, "pair", "pairs")}.`;
  const nearest = Math.max(...pairs.map(({ similarity }) => similarity));
  return `No match. The nearest pair reaches ${nearest.toFixed(2)}.`;
}

/** Which faces match, for those who do not see the lines. */
export function spoken(matched) {
  return matched.map(({ a, b, similarity }) => `Face ${a + 1} and face ${b + 1}: similarity ${similarity.toFixed(2)}`);
}

export function count(n, one, many) {
  return `${n} ${n === 1 ? one : many}`;
}
