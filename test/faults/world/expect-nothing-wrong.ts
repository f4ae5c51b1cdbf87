import { expect } from "vitest";
import { isFull } from "./random.js";
import type { World } from "./start-world.js";
import { nothingWrong, type Verdict } from "./verdict.js";

/** The seed to run it again, with the counts and the last log lines of the processes. */
export function describeRun({ seed, logs }: World, counts: object): string {
  return `AGENTBOT_FAULT_SEED=${seed} ${JSON.stringify(counts)}\n${logs().slice(-6000)}`;
}

/**
 * Waits for every task and expects that nothing was lost and nothing done twice. The long version prints the counts, with
 * what else was measured.
 */
export async function expectNothingWrong(
  world: World,
  what: string,
  measured: object = {},
  timeoutMs?: number,
): Promise<Verdict> {
  const verdict = await world.verdict(timeoutMs);
  const counts = { ...verdict, ...measured };
  if (isFull) process.stdout.write(`${what}: seed ${world.seed}, ${JSON.stringify(counts)}\n`);
  expect(verdict, describeRun(world, counts)).toMatchObject({ ...nothingWrong, acknowledged: verdict.sent });
  return verdict;
}
