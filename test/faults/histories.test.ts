import { expect, test } from "vitest";
import { playHistories } from "./histories/play-histories.js";
import { isFull } from "./world/random.js";

/** `AGENTBOT_FAULT_SEED` repeats one history. */
const givenSeed = process.env["AGENTBOT_FAULT_SEED"];
const size = isFull
  ? { count: 1000, length: 100, atOnce: 4, timeoutMs: 5_400_000 }
  : { count: 12, length: 40, atOnce: 2, timeoutMs: 280_000 };

test(
  "random histories on PostgreSQL and Redis end as in the model, with everything done once and in order",
  async () => {
    const startedAtMs = performance.now();
    const { timeoutMs: _, ...all } = size;
    const plan =
      givenSeed === undefined ? { ...all, seed: 1 } : { ...all, seed: Number(givenSeed), count: 1, atOnce: 1 };
    const failed = await playHistories(plan);
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    if (isFull) process.stdout.write(`Histories: ${JSON.stringify({ ...plan, seconds })}\n`);
    expect(failed, `AGENTBOT_FAULT_SEED=${failed?.seed} ${JSON.stringify(failed)}`).toBeNull();
  },
  size.timeoutMs,
);
