/** A source of chance that gives the same numbers for the same seed (mulberry32). */
export interface Random {
  /** From 0 up to 1. */
  fraction(): number;
  /** A whole number from `lowest` to `highest`, both included. */
  between(lowest: number, highest: number): number;
  pick<Value>(values: readonly Value[]): Value;
}

/** The seed of this run: `AGENTBOT_FAULT_SEED` repeats a plan of faults that was printed. */
export const faultSeed = Number(process.env["AGENTBOT_FAULT_SEED"] ?? 20_260_101);

/** True when the numbers that were promised are to be reached: `AGENTBOT_TEST_FULL=1`. */
export const isFull = process.env["AGENTBOT_TEST_FULL"] === "1";

/** A generator whose numbers depend on the seed only. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (lowest: number, highest: number): number => lowest + Math.floor(fraction() * (highest - lowest + 1));
  return {
    fraction,
    between,
    pick(values) {
      const picked = values[between(0, values.length - 1)];
      if (picked === undefined) throw new Error("There is nothing to pick from");
      return picked;
    },
  };
}
