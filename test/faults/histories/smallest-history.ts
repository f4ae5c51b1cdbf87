import type { Step } from "./step.js";

/** Takes steps away, many at once and then one by one, as long as the rest still fails; stops after `shrinkMs`. */
export async function smallestHistory(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  withinMs: number,
): Promise<readonly Step[]> {
  const untilMs = performance.now() + withinMs;
  let smallest = steps;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.length && performance.now() < untilMs; ) {
      const fewer = [...smallest.slice(0, from), ...smallest.slice(from + size)];
      if (await fails(fewer)) smallest = fewer;
      else from += size;
    }
  }
  return smallest;
}
