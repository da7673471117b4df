/** What networks are for, in words. A network without a task is there to be timed beside the others. */

export const TASKS = ["expression", "identity"];

const WORDS = {
  expression: { order: "Read expressions", purpose: "Reads expressions", tab: "Live" },
  identity: { order: "Recognise people", purpose: "Recognises people", tab: "Match" },
};

/** @returns {{order: string, purpose: string, tab: string}} */
export function wordsOf(task) {
  return WORDS[task];
}

/** The task of an entry of `models`; undefined where it has none. */
export function taskOf({ card }) {
  return TASKS.find((task) => task === card?.task);
}
