import fc from "fast-check";
import { inject, onTestFinished } from "vitest";
import { type HistorySettings, playHistory } from "./play-history.js";
import { prepareServers } from "./servers.js";
import { smallestHistory } from "./smallest-history.js";
import { type Step, step } from "./step.js";

/** How many histories of how many steps, from which seed on. */
export interface HistoriesRequest extends HistorySettings {
  /** The first history's; the others have the numbers after it. */
  readonly seed: number;
  readonly count: number;
  readonly length: number;
  /** How many are played at once, each on a database of its own. */
  readonly atOnce: number;
  /** How long to look for a smaller history that fails, in milliseconds. @defaultValue 60,000 */
  readonly shrinkMs?: number;
  /** Violations that do not match are ignored. @defaultValue every violation counts */
  readonly concerns?: RegExp;
}

/** A history that went wrong, and what was found to be enough for it. */
export interface FailedHistory {
  readonly seed: number;
  readonly wrong: readonly string[];
  readonly smallest: readonly Step[];
}

/** The steps of a seed. */
function stepsOf(seed: number, length: number): readonly Step[] {
  const [steps = []] = fc.sample(fc.array(step, { minLength: length, maxLength: length }), { seed, numRuns: 1 });
  return steps;
}

/** Plays histories until one goes wrong; gives that one, or null. */
export async function playHistories(request: HistoriesRequest): Promise<FailedHistory | null> {
  const { seed, count, length, atOnce, shrinkMs = 60_000, concerns = /^/, ...settings } = request;
  let next = seed;
  let failed: FailedHistory | null = null;
  const playSome = async (): Promise<void> => {
    const servers = await prepareServers(inject("databaseUrl"), inject("redisUrl"));
    onTestFinished(() => servers.close());
    while (next < seed + count && failed === null) {
      const own = next;
      next += 1;
      const steps = stepsOf(own, length);
      const wrong = (await playHistory(servers, steps, settings)).filter((words) => concerns.test(words));
      if (wrong.length === 0 || failed !== null) continue;
      failed = { seed: own, wrong, smallest: steps };
      const fails = async (fewer: readonly Step[]) => (await playHistory(servers, fewer, settings)).length > 0;
      failed = { ...failed, smallest: await smallestHistory(steps, fails, shrinkMs) };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playSome));
  return failed;
}
