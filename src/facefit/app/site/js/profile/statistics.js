// Figures of a list of numbers.

export function median(values) {
  return quantile(values, 0.5);
}

/** By linear interpolation between the order statistics. */
export function quantile(values, share) {
  const ordered = [...values].sort((a, b) => a - b);
  const place = share * (ordered.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, ordered.length - 1);
  return ordered[low] + (place - low) * (ordered[high] - ordered[low]);
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** With n - 1 below. */
export function standardDeviation(values) {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Counts in equal bins from the smallest value to `top`; what lies above falls into the last one. */
export function histogram(values, bins, top = quantile(values, 0.99)) {
  const low = Math.min(...values);
  const width = Math.max((top - low) / bins, Number.EPSILON);
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / width))] += 1;
  return { low, width, counts };
}
